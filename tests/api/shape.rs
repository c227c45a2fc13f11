//! Owns the checks on the shape of answers that several themes share.

use serde_json::Value;

use crate::harness::client::Answer;

/// The object has exactly these names; names that end in `?` may be missing.
#[track_caller]
pub(crate) fn assert_names(value: &Value, names: &[&str]) {
    let object = value.as_object().unwrap_or_else(|| panic!("not an object: {value}"));
    for name in names.iter().filter(|name| !name.ends_with('?')) {
        assert!(object.contains_key(*name), "{name} is missing in {value}");
    }
    for name in object.keys() {
        let known = names.iter().any(|known| known.trim_end_matches('?') == name);
        assert!(known, "{name} is not of the contract in {value}");
    }
}

/// The answer is 400 `INVALID_REQUEST`, and one word of its `field` is one of these names.
#[track_caller]
pub(crate) fn assert_invalid(answer: &Answer, names: &[&str]) {
    let body = answer.refused(400, "INVALID_REQUEST");
    let field = body["field"].as_str().unwrap();
    let mut words = field.split(|character: char| !character.is_alphanumeric() && character != '-' && character != '_');
    assert!(words.any(|word| names.contains(&word)), "field {field:?} is none of {names:?}: {}", answer.story());
}

/// The refusal says that the place has ended, and why.
#[track_caller]
pub(crate) fn assert_ended(answer: &Answer, why: &str) {
    let body = answer.refused(401, "TOKEN_EXPIRED");
    assert_eq!(body["why"], why, "{}", answer.story());
}

/// The refusal says that the place waits, and where.
#[track_caller]
pub(crate) fn assert_waiting(answer: &Answer, position: u64) {
    let body = answer.refused(403, "QUEUE_WAITING");
    assert_eq!(body["queuePosition"], position, "{}", answer.story());
}

/// Integers written in a way that the contract refuses, as JSON text.
pub(crate) const NO_INTEGERS: [&str; 10] =
    ["null", "1.0", "1.5", "1e3", "\"1\"", "true", "[]", "{}", "18446744073709551616", "-99999999999999999999"];
