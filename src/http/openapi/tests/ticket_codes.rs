//! The codes of tickets in examples are genuine, so that whoever writes a checker can try it with them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::super::describe;
use crate::http::values::TicketId;
use crate::identity::{CODE_LENGTH, TicketCodes, TicketKey};

/// Each object of `value` that tells a code of a ticket beside its id.
fn with_codes<'a>(value: &'a Value, found: &mut Vec<(&'a str, &'a str)>) {
    match value {
        Value::Object(fields) => {
            if let (Some(Value::String(id)), Some(Value::String(code))) = (fields.get("ticketId"), fields.get("code")) {
                found.push((id, code));
            }
            fields.values().for_each(|value| with_codes(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| with_codes(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_codes_of_examples_are_genuine_by_the_key_of_the_example() {
    let document = describe();
    let codes = TicketCodes::new(&TicketKey::from_bytes([7; 32]));
    let mut found = Vec::new();
    with_codes(&document, &mut found);
    assert_eq!(found.len(), 4, "a payment, a sale, a list of tickets, a ticket that was handed over: {found:?}");
    for (id, code) in found {
        let said = codes.read(code).unwrap_or_else(|| panic!("of {CODE_LENGTH} characters, genuine: {code}"));
        assert_eq!(serde_json::to_value(TicketId(said.ticket)).expect("an id is a text"), id, "{code}");
    }
    let key = &document["paths"]["/api/v1/tickets/key"]["get"]["responses"]["200"]["content"]["application/json"];
    let told = key["example"]["body"]["publicKey"].as_str().expect("the example tells a key");
    assert_eq!(told, URL_SAFE_NO_PAD.encode(codes.public_key()));
}
