//! Typed reading of JSON objects: every refusal names the exact field and says what would be right.
//! It knows JSON and the form of values, not what they mean.

use std::fmt::Display;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::nearest;
use crate::http::Problem;

/// What an object says about a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given<T> {
    Absent,
    Null,
    Value(T),
}

impl<T> Given<T> {
    /// The value; nothing when the field is absent or `null`.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Absent | Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }

    fn read<U>(self, read: impl FnOnce(T) -> Result<U, Problem>) -> Result<Given<U>, Problem> {
        Ok(match self {
            Self::Absent => Given::Absent,
            Self::Null => Given::Null,
            Self::Value(value) => Given::Value(read(value)?),
        })
    }
}

/// The fields of one object and its place in the body, such as `dates[1].`.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    place: String,
}

impl<'a> Fields<'a> {
    /// The fields of the body itself.
    pub fn of(object: &'a Map<String, Value>) -> Self {
        Self { object, place: String::new() }
    }

    /// The full name of `field`, as refusals give it.
    pub fn name(&self, field: &str) -> String {
        format!("{}{field}", self.place)
    }

    /// The refusal of `field`.
    pub fn refuse(&self, field: &str, expected: impl Display) -> Problem {
        Problem::invalid(&self.name(field), expected)
    }

    /// That the object has no other fields than `known`. What an operator sends means something, or it is refused.
    ///
    /// # Errors
    /// 400 naming the first other one, and the known one that is nearest to it.
    pub fn only(&self, known: &[&str]) -> Result<(), Problem> {
        let Some(other) = self.object.keys().find(|name| !known.contains(&name.as_str())) else { return Ok(()) };
        let meant = nearest(other, known).map(|name| self.name(name));
        Err(Problem::unknown_field(&self.name(other), meant.as_deref()))
    }

    /// Whether `field` carries something other than `null`.
    pub fn has(&self, field: &str) -> bool {
        self.given(field).value().is_some()
    }

    /// The field as it stands.
    pub fn given(&self, field: &str) -> Given<&'a Value> {
        match self.object.get(field) {
            None => Given::Absent,
            Some(Value::Null) => Given::Null,
            Some(value) => Given::Value(value),
        }
    }

    /// A text of `characters` characters, none of them a control character.
    ///
    /// # Errors
    /// 400 when it is of another type, shorter, longer, or has a control character.
    pub fn line(&self, field: &str, characters: RangeInclusive<usize>) -> Result<Given<&'a str>, Problem> {
        self.checked_text(field, characters, "a text without control characters", |text| {
            !text.chars().any(char::is_control)
        })
    }

    /// A text of `characters` characters, which may run over several lines.
    ///
    /// # Errors
    /// 400 when it is of another type, shorter or longer.
    pub fn text(&self, field: &str, characters: RangeInclusive<usize>) -> Result<Given<&'a str>, Problem> {
        self.checked_text(field, characters, "a text", |_| true)
    }

    fn checked_text(
        &self,
        field: &str,
        characters: RangeInclusive<usize>,
        kind: &str,
        is_sane: impl FnOnce(&str) -> bool,
    ) -> Result<Given<&'a str>, Problem> {
        self.given(field).read(|value| match value {
            Value::String(text) if characters.contains(&text.chars().count()) && is_sane(text) => Ok(text.as_str()),
            _ => {
                let (least, most) = (characters.start(), characters.end());
                Err(self.refuse(field, format_args!("{kind} of {least} to {most} characters")))
            }
        })
    }

    /// A text whose form `read` decides.
    ///
    /// # Errors
    /// 400 with `expected` when it is no text or `read` gives nothing.
    pub fn parsed<T>(
        &self,
        field: &str,
        expected: &str,
        read: impl FnOnce(&'a str) -> Option<T>,
    ) -> Result<Given<T>, Problem> {
        self.given(field).read(|value| value.as_str().and_then(read).ok_or_else(|| self.refuse(field, expected)))
    }

    /// An integer within `range`.
    ///
    /// # Errors
    /// 400 when it is not written as an integer, or lies outside.
    pub fn integer(&self, field: &str, range: RangeInclusive<u32>) -> Result<Given<u32>, Problem> {
        self.given(field).read(|value| {
            let fitting = integer(value).and_then(|number| u32::try_from(number).ok());
            fitting
                .filter(|number| range.contains(number))
                .ok_or_else(|| self.refuse(field, format_args!("an integer from {} to {}", range.start(), range.end())))
        })
    }

    /// An integer of at most 64 bits, whose range someone else judges.
    ///
    /// # Errors
    /// 400 when it is not written as an integer, or has more bits.
    pub fn any_integer(&self, field: &str) -> Result<Given<i128>, Problem> {
        self.given(field).read(|value| integer(value).ok_or_else(|| self.refuse(field, "an integer")))
    }

    /// # Errors
    /// 400 when it is neither `true` nor `false`.
    pub fn truth(&self, field: &str) -> Result<Given<bool>, Problem> {
        self.given(field).read(|value| value.as_bool().ok_or_else(|| self.refuse(field, "true or false")))
    }

    /// The fields of an object in this one.
    ///
    /// # Errors
    /// 400 when it is no object.
    pub fn object(&self, field: &str) -> Result<Given<Fields<'a>>, Problem> {
        self.given(field).read(|value| {
            let object = value.as_object().ok_or_else(|| self.refuse(field, "an object"))?;
            Ok(Fields { object, place: format!("{}{field}.", self.place) })
        })
    }

    /// The objects of a list with `items` entries.
    ///
    /// # Errors
    /// 400 when it is no list, has fewer or more entries, or one of them is no object.
    pub fn objects(&self, field: &str, items: RangeInclusive<usize>) -> Result<Given<Vec<Fields<'a>>>, Problem> {
        self.list(field, items, "objects")?.read(|values| {
            let entry = |(at, value): (usize, &'a Value)| {
                let object = value.as_object().ok_or_else(|| self.refuse(&format!("{field}[{at}]"), "an object"))?;
                Ok(Fields { object, place: format!("{}{field}[{at}].", self.place) })
            };
            values.iter().enumerate().map(entry).collect()
        })
    }

    /// The integers of a list with `items` entries, none of them twice.
    ///
    /// # Errors
    /// 400 when it is no list, has fewer or more entries, or one of them is no integer or there already.
    pub fn integers(&self, field: &str, items: RangeInclusive<usize>) -> Result<Given<Vec<i128>>, Problem> {
        self.list(field, items, "integers")?.read(|values| {
            let mut numbers = Vec::with_capacity(values.len());
            for (at, value) in values.iter().enumerate() {
                let number = integer(value).ok_or_else(|| self.refuse(&format!("{field}[{at}]"), "an integer"))?;
                numbers.push(number);
            }
            let mut ascending = numbers.clone();
            ascending.sort_unstable();
            match ascending.windows(2).find(|pair| pair[0] == pair[1]) {
                Some(pair) => {
                    Err(self.refuse(field, format_args!("a list without repeats; {} is there twice", pair[0])))
                }
                None => Ok(numbers),
            }
        })
    }

    fn list(&self, field: &str, items: RangeInclusive<usize>, of: &str) -> Result<Given<&'a Vec<Value>>, Problem> {
        self.given(field).read(|value| {
            value
                .as_array()
                .filter(|values| items.contains(&values.len()))
                .ok_or_else(|| self.refuse(field, format_args!("a list of {} to {} {of}", items.start(), items.end())))
        })
    }
}

/// The number that `value` writes as an integer of at most 64 bits; `1.0`, `1e3` and `"1"` are none.
fn integer(value: &Value) -> Option<i128> {
    let number = value.as_number()?;
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

#[cfg(test)]
mod tests;
