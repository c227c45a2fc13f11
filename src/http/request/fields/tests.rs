//! What the readers take and what they refuse.

use serde_json::{Map, Value};

use super::{Fields, Given};
use crate::http::Problem;

fn object(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).expect("the test writes well-formed objects")
}

/// What a refusal says.
fn named(problem: &Problem) -> String {
    String::from_utf8(problem.to_json()).expect("JSON is UTF-8")
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
    for (text, fits) in [("0", false), ("1", true), ("4", true), ("5", false), ("4294967297", false), ("-1", false)] {
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
