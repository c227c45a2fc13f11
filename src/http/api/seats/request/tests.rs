//! How seats may be asked for, field by field.

use serde_json::{Value, json};

use super::{Asked, ReserveRequest, SeatsRequest};
use crate::domain::Selection;
use crate::http::Problem;
use crate::http::request::read;

const KIM: &str = "00000000-0000-0000-0000-00000000002a";

fn asked(extra: &Value) -> Value {
    let mut body = json!({"userId": KIM, "date": "2030-12-24"});
    body.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
    body
}

fn selection(body: &Value) -> Result<Selection, Problem> {
    read::<ReserveRequest>(body.as_object().expect("an object"))
        .and_then(ReserveRequest::asked)
        .map(|asked| asked.seats)
}

fn seats(body: &Value) -> Result<Vec<u32>, Problem> {
    read::<SeatsRequest>(body.as_object().expect("an object")).and_then(SeatsRequest::asked).map(|asked| asked.seats)
}

fn field<T: std::fmt::Debug>(answer: Result<T, Problem>) -> String {
    let problem = answer.expect_err("it is refused");
    let body: Value = serde_json::from_slice(&problem.to_json()).expect("the envelope is JSON");
    body["body"]["field"].as_str().expect("the field is named").to_owned()
}

#[test]
fn seats_are_named_in_exactly_one_way_and_ascend() {
    let best = |count, section: Option<&str>| Selection::Best {
        count,
        section: section.map(str::to_owned),
        accessible: false,
    };
    for (extra, expected) in [
        (json!({"seat": 5}), Selection::Seats(vec![5])),
        (json!({"seats": [6, 5]}), Selection::Seats(vec![5, 6])),
        (json!({"seat": null, "seats": [5]}), Selection::Seats(vec![5])),
        (json!({"bestAvailable": {"count": 2}}), best(2, None)),
        (json!({"bestAvailable": {"count": 1000, "section": "A"}}), best(1_000, Some("A"))),
        (json!({"bestAvailable": {"count": 2, "section": null}, "seat": null}), best(2, None)),
    ] {
        assert_eq!(selection(&asked(&extra)).ok(), Some(expected), "{extra}");
    }
    for (extra, named) in [
        (json!({}), "seat"),
        (json!({"seat": null}), "seat"),
        (json!({"seat": 5, "seats": [5]}), "seats"),
        (json!({"seat": 5, "bestAvailable": {"count": 1}}), "seat"),
        (json!({"seats": [5], "bestAvailable": {"count": 1}}), "seat"),
    ] {
        assert_eq!(field(selection(&asked(&extra))), named, "{extra}");
    }
    assert_eq!(seats(&asked(&json!({"seats": [9, 7, 8]}))).ok(), Some(vec![7, 8, 9]));
    assert_eq!(field(seats(&asked(&json!({"bestAvailable": {"count": 1}})))), "seat");
    assert_eq!(field(seats(&asked(&json!({"seat": 5, "seats": [6]})))), "seats");
}

#[test]
fn a_seat_is_any_integer_and_those_that_no_date_has_are_looked_for_all_the_same() {
    for (number, expected) in [
        (json!(0), 0),
        (json!(-1), 0),
        (json!(50), 50),
        (json!(4_294_967_296_u64), u32::MAX),
        (json!(i64::MIN), 0),
        (json!(u64::MAX), u32::MAX),
    ] {
        assert_eq!(seats(&asked(&json!({"seat": number}))).ok(), Some(vec![expected]), "{number}");
    }
    for bad in [json!("5"), json!(5.0), json!(1e3), json!(true), json!([5]), json!({})] {
        assert_eq!(field(seats(&asked(&json!({"seat": bad})))), "seat", "{bad}");
    }
    for (bad, named) in [
        (json!([]), "seats"),
        (json!([5, 5]), "seats"),
        (json!([5, "6"]), "seats[1]"),
        (json!([5.0]), "seats[0]"),
        (json!(5), "seats"),
        (json!("5,6"), "seats"),
        (json!((0..1_001).collect::<Vec<u32>>()), "seats"),
    ] {
        assert_eq!(field(seats(&asked(&json!({"seats": bad})))), named, "{bad}");
    }
    assert!(seats(&asked(&json!({"seats": (1..=1_000).collect::<Vec<u32>>()}))).is_ok());
}

#[test]
fn best_available_has_a_count_and_perhaps_a_section() {
    for (best, named) in [
        (json!({}), "bestAvailable.count"),
        (json!({"count": null}), "bestAvailable.count"),
        (json!({"count": 0}), "bestAvailable.count"),
        (json!({"count": 1001}), "bestAvailable.count"),
        (json!({"count": "2"}), "bestAvailable.count"),
        (json!({"count": 2.0}), "bestAvailable.count"),
        (json!({"count": 2, "section": ""}), "bestAvailable.section"),
        (json!({"count": 2, "section": 1}), "bestAvailable.section"),
        (json!(2), "bestAvailable"),
        (json!([2]), "bestAvailable"),
    ] {
        assert_eq!(field(selection(&asked(&json!({"bestAvailable": best})))), named, "{best}");
    }
}

#[test]
fn user_and_date_are_required() {
    for (name, bad) in [
        ("userId", json!(null)),
        ("userId", json!("kim")),
        ("userId", json!(42)),
        ("userId", json!(KIM.replace('-', ""))),
        ("date", json!(null)),
        ("date", json!("2030-2-4")),
        ("date", json!("2030-02-30")),
        ("date", json!("2030-12-24T00:00:00Z")),
        ("date", json!(20_301_224)),
        ("date", json!("")),
    ] {
        let body = asked(&json!({"seat": 5, name: bad}));
        assert_eq!(field(seats(&body)), name, "{body}");
        assert_eq!(field(selection(&body)), name, "{body}");
    }
    let body = asked(&json!({"seat": 5}));
    let read = read::<SeatsRequest>(body.as_object().expect("an object")).and_then(SeatsRequest::asked);
    let Ok(Asked { user, date, .. }) = read else { panic!("it is fine") };
    assert_eq!((user.0, date.to_string().as_str()), (42, "2030-12-24"));
}
