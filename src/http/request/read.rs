//! Reading a request from the JSON of its body. A request is a serde type, and this is what its fields are read with:
//! they are read in the order of their declaration; one that is not there is read, too, so that its type says what would
//! be right; and a refusal has the way to the field.

use std::fmt::{self, Display, Formatter};
use std::{iter, slice};

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, Expected, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

use super::nearest::nearest;
use crate::http::problem::Problem;

/// The request that `object` writes.
///
/// # Errors
/// 400 naming the first field that is missing, wrong, or, where a request is strict, unknown.
pub(crate) fn read<T: DeserializeOwned>(object: &Map<String, Value>) -> Result<T, Problem> {
    T::deserialize(Node::Object(object)).map_err(Problem::from)
}

/// A field that ended the reading.
#[derive(Debug)]
struct Refused {
    /// The way to it, from the field back to the body.
    way: Vec<Part>,
    wrong: Wrong,
}

#[derive(Clone, Debug)]
enum Part {
    Field(String),
    Entry(usize),
}

#[derive(Debug)]
enum Wrong {
    /// What would be right.
    Value(String),
    /// The known field that is nearest, if any is known.
    Unknown(Option<&'static str>),
}

impl Refused {
    fn expected(expected: impl Into<String>) -> Self {
        Self { way: Vec::new(), wrong: Wrong::Value(expected.into()) }
    }

    /// The same, seen from the object or list that has `part`.
    fn within(mut self, part: Part) -> Self {
        self.way.push(part);
        self
    }
}

/// The name of a field as refusals write it, such as `dates[1].price`.
fn written(way: &[Part]) -> String {
    let mut name = String::new();
    for (at, part) in way.iter().rev().enumerate() {
        match part {
            Part::Field(field) if at == 0 => name.push_str(field),
            Part::Field(field) => name.extend([".", field]),
            Part::Entry(entry) => name.push_str(&format!("[{entry}]")),
        }
    }
    name
}

impl From<Refused> for Problem {
    fn from(Refused { mut way, wrong }: Refused) -> Self {
        let field = written(&way);
        match wrong {
            Wrong::Value(expected) => Self::invalid(&field, expected),
            Wrong::Unknown(nearest) => {
                let nearest = nearest.map(|nearest| {
                    way[0] = Part::Field(nearest.to_owned());
                    written(&way)
                });
                Self::unknown_field(&field, nearest.as_deref())
            }
        }
    }
}

impl Display for Refused {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{} is wrong", written(&self.way))
    }
}

impl std::error::Error for Refused {}

impl Error for Refused {
    fn custom<T: Display>(expected: T) -> Self {
        Self::expected(expected.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(expected.to_string())
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(expected.to_string())
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::expected(expected.to_string())
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        Self { way: vec![Part::Field(field.to_owned())], wrong: Wrong::Unknown(nearest(field, known)) }
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::expected(one_of(known))
    }
}

/// `"draft", "on_sale" or "closed"`.
fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        Some((only, _)) => only.clone(),
        None => String::new(),
    }
}

/// A value, or a field that is not there.
#[derive(Clone, Copy)]
enum Node<'de> {
    Absent,
    Object(&'de Map<String, Value>),
    Other(&'de Value),
}

impl<'de> From<&'de Value> for Node<'de> {
    fn from(value: &'de Value) -> Self {
        match value {
            Value::Object(object) => Self::Object(object),
            other => Self::Other(other),
        }
    }
}

impl<'de> Deserializer<'de> for Node<'de> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self {
            Self::Absent => visitor.visit_none(),
            Self::Object(object) => visitor.visit_map(Fields::new(object, &[])),
            Self::Other(Value::Null | Value::Object(_)) => visitor.visit_unit(),
            Self::Other(Value::Bool(value)) => visitor.visit_bool(*value),
            Self::Other(Value::Number(number)) => match (number.as_i64(), number.as_u64()) {
                (Some(number), _) => visitor.visit_i64(number),
                (None, Some(number)) => visitor.visit_u64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Self::Other(Value::String(text)) => visitor.visit_borrowed_str(text),
            Self::Other(Value::Array(entries)) => visitor.visit_seq(Entries(entries.iter().enumerate())),
        }
    }

    /// A field that is not there reads as none and `null` as a unit: a type can tell them apart, and an option takes
    /// both as nothing.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self {
            Self::Absent => visitor.visit_none(),
            Self::Other(Value::Null) => visitor.visit_unit(),
            Self::Object(_) | Self::Other(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        match self {
            Self::Object(object) => visitor.visit_map(Fields::new(object, fields)),
            Self::Absent | Self::Other(_) => Err(Refused::expected("an object")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        match self {
            Self::Other(Value::String(text)) => visitor.visit_enum(StrDeserializer::new(text)),
            Self::Absent | Self::Object(_) | Self::Other(_) => Err(Refused::expected(one_of(variants))),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

/// The fields of an object: first those that are not declared, then all that are, whether they are there or not.
struct Fields<'de> {
    object: &'de Map<String, Value>,
    declared: &'static [&'static str],
    undeclared: serde_json::map::Keys<'de>,
    left: slice::Iter<'static, &'static str>,
    name: &'de str,
}

impl<'de> Fields<'de> {
    fn new(object: &'de Map<String, Value>, declared: &'static [&'static str]) -> Self {
        Self { object, declared, undeclared: object.keys(), left: declared.iter(), name: "" }
    }
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refused> {
        let undeclared = self.undeclared.find(|name| !self.declared.contains(&name.as_str())).map(String::as_str);
        let Some(name) = undeclared.or_else(|| self.left.next().copied()) else { return Ok(None) };
        self.name = name;
        seed.deserialize(StrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        let value = self.object.get(self.name).map_or(Node::Absent, Node::from);
        seed.deserialize(value).map_err(|refused| refused.within(Part::Field(self.name.to_owned())))
    }
}

/// The entries of a list.
struct Entries<'de>(iter::Enumerate<slice::Iter<'de, Value>>);

impl<'de> SeqAccess<'de> for Entries<'de> {
    type Error = Refused;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refused> {
        let Some((at, value)) = self.0.next() else { return Ok(None) };
        seed.deserialize(Node::from(value)).map(Some).map_err(|refused| refused.within(Part::Entry(at)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

#[cfg(test)]
mod tests;
