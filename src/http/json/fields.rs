//! Typed reading of JSON objects: every refusal names the exact field and says what would be right.
//! It knows JSON and the form of values, not what they mean.

use std::fmt::Display;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::http::Failure;

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

    fn read<U>(self, read: impl FnOnce(T) -> Result<U, Failure>) -> Result<Given<U>, Failure> {
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
    pub fn refuse(&self, field: &str, expected: impl Display) -> Failure {
        Failure::invalid(&self.name(field), expected)
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
    pub fn line(&self, field: &str, characters: RangeInclusive<usize>) -> Result<Given<&'a str>, Failure> {
        self.checked_text(field, characters, "a text without control characters", |text| {
            !text.chars().any(char::is_control)
        })
    }

    /// A text of `characters` characters, which may run over several lines.
    ///
    /// # Errors
    /// 400 when it is of another type, shorter or longer.
    pub fn text(&self, field: &str, characters: RangeInclusive<usize>) -> Result<Given<&'a str>, Failure> {
        self.checked_text(field, characters, "a text", |_| true)
    }

    fn checked_text(
        &self,
        field: &str,
        characters: RangeInclusive<usize>,
        kind: &str,
        is_sane: impl FnOnce(&str) -> bool,
    ) -> Result<Given<&'a str>, Failure> {
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
    ) -> Result<Given<T>, Failure> {
        self.given(field).read(|value| value.as_str().and_then(read).ok_or_else(|| self.refuse(field, expected)))
    }

    /// An integer within `range`.
    ///
    /// # Errors
    /// 400 when it is not written as an integer, or lies outside.
    pub fn integer(&self, field: &str, range: RangeInclusive<u32>) -> Result<Given<u32>, Failure> {
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
    pub fn any_integer(&self, field: &str) -> Result<Given<i128>, Failure> {
        self.given(field).read(|value| integer(value).ok_or_else(|| self.refuse(field, "an integer")))
    }

    /// # Errors
    /// 400 when it is neither `true` nor `false`.
    pub fn truth(&self, field: &str) -> Result<Given<bool>, Failure> {
        self.given(field).read(|value| value.as_bool().ok_or_else(|| self.refuse(field, "true or false")))
    }

    /// The fields of an object in this one.
    ///
    /// # Errors
    /// 400 when it is no object.
    pub fn object(&self, field: &str) -> Result<Given<Fields<'a>>, Failure> {
        self.given(field).read(|value| {
            let object = value.as_object().ok_or_else(|| self.refuse(field, "an object"))?;
            Ok(Fields { object, place: format!("{}{field}.", self.place) })
        })
    }

    /// The objects of a list with `items` entries.
    ///
    /// # Errors
    /// 400 when it is no list, has fewer or more entries, or one of them is no object.
    pub fn objects(&self, field: &str, items: RangeInclusive<usize>) -> Result<Given<Vec<Fields<'a>>>, Failure> {
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
    pub fn integers(&self, field: &str, items: RangeInclusive<usize>) -> Result<Given<Vec<i128>>, Failure> {
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

    fn list(&self, field: &str, items: RangeInclusive<usize>, of: &str) -> Result<Given<&'a Vec<Value>>, Failure> {
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
mod tests {
    use serde_json::{Map, Value};

    use super::{Fields, Given};
    use crate::http::Failure;

    fn object(text: &str) -> Map<String, Value> {
        serde_json::from_str(text).expect("the test writes well-formed objects")
    }

    /// What a refusal says.
    fn named(failure: &Failure) -> String {
        String::from_utf8(failure.to_json()).expect("JSON is UTF-8")
    }

    #[test]
    fn an_integer_is_written_as_an_integer_of_at_most_64_bits() {
        for (text, expected) in [
            ("1", Some(1)),
            ("-1", Some(-1)),
            ("0", Some(0)),
            ("9223372036854775807", Some(i128::from(i64::MAX))),
            ("-9223372036854775808", Some(i128::from(i64::MIN))),
            ("18446744073709551615", Some(i128::from(u64::MAX))),
            ("18446744073709551616", None),
            ("-9223372036854775809", None),
            ("1.0", None),
            ("1e3", None),
            ("-0", None),
            ("\"1\"", None),
            ("true", None),
            ("[]", None),
            ("{}", None),
        ] {
            let body = object(&format!("{{\"amount\":{text}}}"));
            let read = Fields::of(&body).any_integer("amount");
            match expected {
                Some(number) => assert_eq!(read.ok(), Some(Given::Value(number)), "{text}"),
                None => assert!(named(&read.expect_err(text)).contains("`amount`"), "{text}"),
            }
        }
    }

    #[test]
    fn absent_and_null_are_told_apart() {
        let body = object(r#"{"a":null}"#);
        let fields = Fields::of(&body);
        assert_eq!(fields.any_integer("a").ok(), Some(Given::Null));
        assert_eq!(fields.any_integer("b").ok(), Some(Given::Absent));
        assert!(!fields.has("a") && !fields.has("b"));
    }

    #[test]
    fn a_range_includes_its_ends() {
        for (text, fits) in [("0", false), ("1", true), ("4", true), ("5", false), ("4294967297", false), ("-1", false)]
        {
            let body = object(&format!("{{\"n\":{text}}}"));
            assert_eq!(Fields::of(&body).integer("n", 1..=4).is_ok(), fits, "{text}");
        }
    }

    #[test]
    fn texts_are_measured_in_characters_and_lines_have_no_control_characters() {
        let body = object(r#"{"short":"","fits":"자리","long":"abc","broken":"a\nb","other":7}"#);
        let fields = Fields::of(&body);
        assert_eq!(fields.line("fits", 1..=2).ok(), Some(Given::Value("자리")));
        for field in ["short", "long", "other"] {
            assert!(fields.line(field, 1..=2).is_err(), "{field}");
        }
        assert!(fields.line("broken", 1..=9).is_err());
        assert!(fields.text("broken", 1..=9).is_ok());
    }

    #[test]
    fn lists_refuse_emptiness_excess_repeats_and_strangers() {
        for (text, fits) in [
            ("[1,2]", true),
            ("[2,1]", true),
            ("[]", false),
            ("[1,1]", false),
            ("[1,2,1]", false),
            ("[1,\"2\"]", false),
            ("[1,2.0]", false),
            ("[1,null]", false),
            ("[1,2,3,4]", false),
            ("7", false),
            ("\"1,2\"", false),
        ] {
            let body = object(&format!("{{\"seats\":{text}}}"));
            assert_eq!(Fields::of(&body).integers("seats", 1..=3).is_ok(), fits, "{text}");
        }
    }

    #[test]
    fn a_refusal_names_the_whole_way_to_the_field() {
        let body = object(r#"{"dates":[{},{"sections":[{"rows":0}]}]}"#);
        let dates = Fields::of(&body).objects("dates", 1..=9).ok().and_then(Given::value).expect("a list of objects");
        let sections = dates[1].objects("sections", 1..=9).ok().and_then(Given::value).expect("a list of objects");
        let refusal = sections[0].integer("rows", 1..=9).expect_err("0 is outside");
        assert!(named(&refusal).contains(r#""field":"dates[1].sections[0].rows""#));
        let body = object(r#"{"dates":[{},7]}"#);
        let refusal = Fields::of(&body).objects("dates", 1..=9).expect_err("7 is no object");
        assert!(named(&refusal).contains(r#""field":"dates[1]""#));
    }
}
