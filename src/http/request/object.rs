//! Reading a JSON object in which every field is given once. What a second field of the same name was to mean is
//! anybody's guess, so it is refused wherever it stands, also in objects that nobody reads.

use std::cell::RefCell;
use std::fmt::{self, Display, Formatter};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::http::problem::Problem;

/// How the deserializer begins to tell of a number that no 64 bits hold.
const OUT_OF_RANGE: &str = "number out of range";

/// The object that `json` writes. Names are compared as they read, however they are escaped.
///
/// # Errors
/// 400 when it is no JSON, no object, or names a field twice; then it names the field.
pub(in crate::http) fn read_object(json: &[u8]) -> Result<Map<String, Value>, Problem> {
    let refused = RefCell::new(None);
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let body = Node { place: Place::Body, refused: &refused };
    let read = body.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    match (read, refused.take()) {
        (Ok(Value::Object(fields)), _) => Ok(fields),
        (Ok(_), _) => Err(Problem::invalid("body", "a JSON object")),
        (Err(_), Some(Refused { field, expected })) => Err(Problem::invalid(&field, expected)),
        (Err(error), None) => Err(Problem::invalid("body", format_args!("well-formed JSON ({error})"))),
    }
}

/// Where a value stands in the body; it displays as refusals write it, such as `dates[1].price`.
#[derive(Clone, Copy)]
enum Place<'a> {
    Body,
    Field(&'a Place<'a>, &'a str),
    Entry(&'a Place<'a>, usize),
}

impl Display for Place<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body => Ok(()),
            Self::Field(Place::Body, name) => formatter.write_str(name),
            Self::Field(object, name) => write!(formatter, "{object}.{name}"),
            Self::Entry(list, at) => write!(formatter, "{list}[{at}]"),
        }
    }
}

/// A field that ended the reading, and what would have been right.
struct Refused {
    field: String,
    expected: &'static str,
}

/// A value that is about to be read.
#[derive(Clone, Copy)]
struct Node<'a> {
    place: Place<'a>,
    /// What ended the reading: an error of the deserializer carries only a text.
    refused: &'a RefCell<Option<Refused>>,
}

impl Node<'_> {
    fn refuse(&self, expected: &'static str) {
        self.refused.borrow_mut().get_or_insert_with(|| Refused { field: self.place.to_string(), expected });
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self).inspect_err(|error| match self.place {
            Place::Body => {}
            // JSON has numbers of any size, so that it is the field that is wrong and not the body.
            Place::Field(..) | Place::Entry(..) if error.to_string().starts_with(OUT_OF_RANGE) => {
                self.refuse("a number of at most 64 bits");
            }
            Place::Field(..) | Place::Entry(..) => {}
        })
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        loop {
            let entry = Node { place: Place::Entry(&self.place, values.len()), ..self };
            match list.next_element_seed(entry)? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            let field = Node { place: Place::Field(&self.place, &name), ..self };
            if fields.contains_key(&name) {
                field.refuse("given once");
                return Err(A::Error::custom("a field is given twice"));
            }
            let value = object.next_value_seed(field)?;
            fields.insert(name, value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::read_object;

    #[test]
    fn values_are_read_as_they_stand() {
        let text = r#"{"a":null,"b":[true,-1,18446744073709551615,1.5,"x"],"c":{"a":{}},"d\n":"\u00e9"}"#;
        let expected = json!({
            "a": null, "b": [true, -1, 18_446_744_073_709_551_615_u64, 1.5, "x"], "c": {"a": {}}, "d\n": "é"
        });
        assert_eq!(Value::Object(read_object(text.as_bytes()).expect("an object")), expected);
    }

    #[test]
    fn a_field_that_ends_the_reading_is_named_with_its_place() {
        for (text, field) in [
            (r#"{"a":1,"a":1}"#, "a"),
            (r#"{"a":1,"\u0061":2}"#, "a"),
            (r#"{"a":null,"b":1,"a":2}"#, "a"),
            (r#"{"":1,"":2}"#, ""),
            (r#"{"a":{"b":1,"c":{},"b":2}}"#, "a.b"),
            (r#"{"a":[1,{"b":[[],[{"c":1,"c":2}]]}]}"#, "a[1].b[1][0].c"),
            // So is a number that no 64 bits hold, whatever comes after it.
            (r#"{"a":1e999}"#, "a"),
            (r#"{"a":[1,-1e999]}"#, "a[1]"),
            (r#"{"a":{"b":1e999},"c":1,"c":2}"#, "a.b"),
        ] {
            let problem = read_object(text.as_bytes()).expect_err(text);
            let told: Value = serde_json::from_slice(&problem.to_json()).expect("JSON");
            assert_eq!(told["body"]["field"], field, "{text}");
        }
        assert!(read_object(br#"{"a":{"a":[{"a":1},{"a":1}]},"A":1}"#).is_ok(), "equal names in different objects");
    }

    #[test]
    fn what_is_no_object_is_the_body_s_fault() {
        let deep = "[".repeat(10_000);
        for text in ["", "{", "[]", "7", "null", "{} {}", r#"{"a":01}"#, "1e999", "{\"a\":\"\\ud800\"}", &deep] {
            let problem = read_object(text.as_bytes()).expect_err(text);
            let told: Value = serde_json::from_slice(&problem.to_json()).expect("JSON");
            assert_eq!(told["body"]["field"], "body", "{text}");
        }
    }
}
