//! The way to a field, what would be right, and what a strict request does not know.

use serde::Deserialize;
use serde_json::{Value, json};

use super::read;
use crate::http::request::Given;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Strict {
    on_sale_at: String,
    maybe: Option<u32>,
    given: Given<u32>,
    inner: Option<Inner>,
    list: Option<Vec<Inner>>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inner {
    rows: u32,
    kind: Option<Kind>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Plain,
    VeryOdd,
    Odd,
}

#[derive(Debug, Deserialize)]
struct Lax {
    #[expect(dead_code, reason = "only whether it can be read counts")]
    name: String,
}

fn told(body: &Value) -> Value {
    let problem = read::<Strict>(body.as_object().expect("an object")).expect_err("it is refused");
    let told: Value = serde_json::from_slice(&problem.to_json()).expect("JSON");
    told["body"].clone()
}

#[test]
fn absent_null_and_a_value_are_told_apart_where_a_type_asks() {
    let full = |given: Value| {
        let mut body = json!({"onSaleAt": "x", "inner": {"rows": 1, "kind": "very_odd"}, "list": [{"rows": 2}]});
        body.as_object_mut().expect("an object").extend(given.as_object().expect("an object").clone());
        read::<Strict>(body.as_object().expect("an object")).expect("it is fine")
    };
    let read = full(json!({}));
    assert_eq!((read.maybe, read.given), (None, Given::Absent));
    assert_eq!(read.inner, Some(Inner { rows: 1, kind: Some(Kind::VeryOdd) }));
    let read = full(json!({"maybe": null, "given": null, "list": null}));
    assert_eq!((read.maybe, read.given, read.list), (None, Given::Null, None));
    let read = full(json!({"maybe": 1, "given": 2}));
    assert_eq!((read.maybe, read.given), (Some(1), Given::Value(2)));
}

#[test]
fn a_refusal_names_the_way_to_the_first_field_that_is_declared_and_wrong() {
    for (body, field) in [
        (json!({}), "onSaleAt"),
        (json!({"maybe": "x"}), "onSaleAt"),
        (json!({"onSaleAt": 1, "maybe": "x"}), "onSaleAt"),
        (json!({"onSaleAt": "x", "maybe": "x"}), "maybe"),
        (json!({"onSaleAt": "x", "inner": 7}), "inner"),
        (json!({"onSaleAt": "x", "inner": {}}), "inner.rows"),
        (json!({"onSaleAt": "x", "list": [{"rows": 1}, 7]}), "list[1]"),
        (json!({"onSaleAt": "x", "list": [{"rows": 1}, {"rows": 1, "kind": "x"}]}), "list[1].kind"),
    ] {
        assert_eq!(told(&body)["field"], field, "{body}");
    }
    let odd = told(&json!({"onSaleAt": "x", "inner": {"rows": 1, "kind": 7}}));
    assert_eq!(odd["message"], "Field `inner.kind` must be \"plain\", \"very_odd\" or \"odd\".");
}

#[test]
fn a_strict_request_names_what_it_does_not_know_and_others_pass_over_it() {
    for (body, field, nearest) in [
        (json!({"onsaleat": null, "maybe": "x"}), "onsaleat", "onSaleAt"),
        (json!({"onSaleAt": "x", "": 1}), "", "list"),
        (json!({"onSaleAt": "x", "inner": {"row": 1}}), "inner.row", "inner.rows"),
        (json!({"onSaleAt": "x", "list": [{"rows": 1, "kin": 1}]}), "list[0].kin", "list[0].kind"),
    ] {
        let told = told(&body);
        assert_eq!(told["field"], field, "{body}");
        let message = told["message"].as_str().expect("a text");
        assert!(message.ends_with(&format!("the nearest known one is `{nearest}`.")), "{message}");
    }
    let lax = json!({"price": {"name": 1}, "name": "x"});
    assert!(read::<Lax>(lax.as_object().expect("an object")).is_ok());
}
