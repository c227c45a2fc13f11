//! Decimal numbers, which the core keeps as whole thousandths.

use std::fmt::{self, Formatter};

use serde::Serializer;
use serde::de::{Error, Unexpected, Visitor};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// Reads thousandths of a number within a range; what lies between two of them is the nearer one.
pub(crate) struct DecimalVisitor {
    pub least: i32,
    pub most: i32,
}

impl DecimalVisitor {
    fn thousandths<E: Error>(&self, number: f64) -> Result<i32, E> {
        if !(f64::from(self.least)..=f64::from(self.most)).contains(&number) {
            return Err(E::invalid_value(Unexpected::Float(number), self));
        }
        #[expect(clippy::cast_possible_truncation, reason = "it lies within a range of 32 bits")]
        let thousandths = (number * 1_000.0).round() as i32;
        Ok(thousandths)
    }
}

impl Visitor<'_> for DecimalVisitor {
    type Value = i32;

    fn expecting(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "a number from {} to {}", self.least, self.most)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<i32, E> {
        match i32::try_from(number) {
            Ok(number) => self.thousandths(number.into()),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(number), &self)),
        }
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<i32, E> {
        Err(E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<i32, E> {
        self.thousandths(number)
    }
}

/// Writes thousandths as people would: 2, 0.25.
pub(crate) fn write<S: Serializer>(thousandths: i32, serializer: S) -> Result<S::Ok, S::Error> {
    if thousandths % 1_000 == 0 {
        serializer.serialize_i32(thousandths / 1_000)
    } else {
        serializer.serialize_f64(f64::from(thousandths) / 1_000.0)
    }
}

/// The schema of a number within a range.
pub(crate) fn schema(doc: &str, least: i32, most: i32) -> RefOr<Schema> {
    let number = ObjectBuilder::new().schema_type(Type::Number).description(Some(doc.trim()));
    number.minimum(Some(least)).maximum(Some(most)).build().into()
}

/// Decimal numbers within a range: `Kind = least..=most;`.
macro_rules! decimal_kinds {
    ($($(#[doc = $doc:literal])* $kind:ident = $least:literal..=$most:literal;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub(crate) struct $kind(pub i32);

        impl<'de> serde::Deserialize<'de> for $kind {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let visitor = $crate::http::values::decimal::DecimalVisitor { least: $least, most: $most };
                deserializer.deserialize_any(visitor).map(Self)
            }
        }

        impl serde::Serialize for $kind {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::http::values::decimal::write(self.0, serializer)
            }
        }

        impl utoipa::PartialSchema for $kind {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $crate::http::values::decimal::schema(concat!($($doc),*), $least, $most)
            }
        }

        impl utoipa::ToSchema for $kind {}
    )*};
}

pub(in crate::http) use decimal_kinds;
