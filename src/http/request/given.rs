//! What an object says about a field, where absent and `null` mean different things.

use std::fmt::{self, Formatter};
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Visitor};

/// What an object says about a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given<T> {
    Absent,
    Null,
    Value(T),
}

impl<T> Given<T> {
    pub(crate) fn is_value(&self) -> bool {
        match self {
            Self::Absent | Self::Null => false,
            Self::Value(_) => true,
        }
    }
}

impl<T> From<Option<T>> for Given<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Value)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(GivenVisitor(PhantomData))
    }
}

struct GivenVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for GivenVisitor<T> {
    type Value = Given<T>;

    fn expecting(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str("a value or null")
    }

    fn visit_none<E>(self) -> Result<Given<T>, E> {
        Ok(Given::Absent)
    }

    fn visit_unit<E>(self) -> Result<Given<T>, E> {
        Ok(Given::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Given<T>, D::Error> {
        T::deserialize(deserializer).map(Given::Value)
    }
}
