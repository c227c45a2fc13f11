//! The description is whole: every route is in it, and every operation says what to send and what comes back.

mod choices;
mod examples;
mod ticket_codes;

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use serde_json::Value;

use super::{METHODS, describe};
use crate::domain::BALANCE_MAX;

/// The endpoints of the contract that exist in this version.
const ENDPOINTS: &[(&str, &str)] = &[
    ("post", "/api/v1/users"),
    ("post", "/api/v1/token"),
    ("get", "/api/v1/token"),
    ("delete", "/api/v1/token"),
    ("get", "/api/v1/token/events"),
    ("get", "/api/v1/users/{userId}/places"),
    ("get", "/api/v1/site"),
    ("get", "/api/v1/concerts/{concertId}/plan"),
    ("get", "/api/v1/seats/states"),
    ("get", "/api/v1/seats/events"),
    ("post", "/api/v1/admin/concerts/{concertId}/dates/{date}/block"),
    ("post", "/api/v1/admin/concerts/{concertId}/dates/{date}/release"),
    ("get", "/api/v1/concerts"),
    ("get", "/api/v1/concerts/{concertId}"),
    ("get", "/api/v1/concerts/{concertId}/availability"),
    ("get", "/api/v1/concerts/{concertId}/reservations"),
    ("get", "/api/v1/seats/dates"),
    ("get", "/api/v1/seats/available"),
    ("get", "/api/v1/seats"),
    ("post", "/api/v1/seats/reserve"),
    ("delete", "/api/v1/seats/cancel"),
    ("post", "/api/v1/seats/payment"),
    ("post", "/api/v1/users/{userId}/balance/charge"),
    ("get", "/api/v1/users/{userId}/balance"),
    ("get", "/api/v1/users/{userId}/ledger"),
    ("get", "/api/v1/users/{userId}/payments"),
    ("post", "/api/v1/payments/{paymentId}/refund"),
    ("get", "/api/v1/tickets/key"),
    ("get", "/api/v1/users/{userId}/tickets"),
    ("get", "/api/v1/tickets/{ticketId}"),
    ("get", "/api/v1/tickets/{ticketId}/qr.svg"),
    ("post", "/api/v1/tickets/{ticketId}/transfer"),
    ("delete", "/api/v1/tickets/{ticketId}/transfer"),
    ("post", "/api/v1/transfers/accept"),
    ("post", "/api/v1/admin/check-ins"),
    ("post", "/api/v1/admin/check-ins/batch"),
    ("delete", "/api/v1/admin/check-ins/{ticketId}"),
    ("get", "/api/v1/admin/concerts/{concertId}/dates/{date}/door"),
    ("get", "/api/v1/admin/concerts"),
    ("post", "/api/v1/admin/concerts"),
    ("get", "/api/v1/admin/concerts/{concertId}"),
    ("patch", "/api/v1/admin/concerts/{concertId}"),
    ("delete", "/api/v1/admin/concerts/{concertId}"),
    ("get", "/api/v1/admin/concerts/{concertId}/queue"),
    ("put", "/api/v1/admin/concerts/{concertId}/queue"),
    ("get", "/api/v1/admin/concerts/{concertId}/stats"),
    ("get", "/api/v1/admin/concerts/{concertId}/stats/series"),
    ("get", "/api/v1/admin/concerts/{concertId}/stats/stream"),
    ("get", "/api/v1/admin/concerts/{concertId}/dates/{date}/seats/{seat}"),
    ("get", "/api/v1/admin/payments"),
    ("get", "/api/v1/admin/tickets"),
    ("get", "/api/v1/admin/users"),
    ("get", "/api/v1/admin/users/{userId}"),
    ("patch", "/api/v1/admin/users/{userId}"),
    ("delete", "/api/v1/admin/users/{userId}"),
    ("post", "/api/v1/admin/sales"),
    ("post", "/api/v1/admin/concerts/{concertId}/dates/{date}/cancel"),
    ("post", "/api/v1/admin/concerts/{concertId}/dates/{date}/move"),
    ("post", "/api/v1/admin/users/{userId}/withdraw"),
    ("get", "/api/v1/admin/users/{userId}/export"),
    ("get", "/api/v1/admin/reports/till"),
    ("get", "/api/v1/admin/events"),
    ("get", "/api/v1/admin/events/stream"),
    ("get", "/api/v1/admin/keys"),
    ("post", "/api/v1/admin/keys"),
    ("delete", "/api/v1/admin/keys/{keyId}"),
    ("get", "/api/v1/admin/audit"),
    ("get", "/api/v1/admin/cluster"),
    ("post", "/api/v1/admin/cluster/members"),
    ("delete", "/api/v1/admin/cluster/members/{nodeId}"),
];

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                operations.push((method.to_owned(), path.clone(), operation));
            }
        }
    }
    operations
}

/// What `value` is, or refers to.
fn followed<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let reference = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    reference.map_or(value, |pointer| document.pointer(pointer).expect("a reference leads somewhere"))
}

fn has_example(content: &Value) -> bool {
    let kinds = content.as_object().expect("content by media type");
    !kinds.is_empty() && kinds.values().all(|kind| kind.get("example").is_some() || kind.get("examples").is_some())
}

#[test]
fn every_endpoint_of_the_contract_is_described_and_nothing_else() {
    let document = describe();
    let described: BTreeSet<(String, String)> =
        operations(&document).into_iter().map(|(method, path, _)| (method, path)).collect();
    let expected: BTreeSet<(String, String)> =
        ENDPOINTS.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(described, expected);
}

#[test]
fn every_operation_has_an_example_of_its_request_and_of_every_answer() {
    let document = describe();
    for (method, path, operation) in operations(&document) {
        let name = format!("{method} {path}");
        if let Some(body) = operation.get("requestBody") {
            assert!(has_example(&body["content"]), "{name} has no example of its request");
        }
        let mut successes = 0;
        for (status, response) in operation["responses"].as_object().expect("answers") {
            successes += usize::from(status.starts_with('2'));
            if status != "304" {
                assert!(
                    has_example(&followed(&document, response)["content"]),
                    "{name} has no example of its {status}"
                );
            }
        }
        assert!(successes > 0, "{name} never succeeds");
        for field in ["summary", "operationId", "tags", "security"] {
            assert!(operation.get(field).is_some(), "{name} has no {field}");
        }
        assert!(operation.get("x-refusals").is_none(), "{name} keeps what was for us only");
    }
}

#[test]
fn successes_and_failures_are_in_their_envelopes() {
    let document = describe();
    let reserve = &document["paths"]["/api/v1/seats/reserve"]["post"];
    let success = &reserve["responses"]["200"]["content"]["application/json"];
    assert_eq!(success["example"]["result"], "success");
    assert_eq!(success["example"]["body"]["seatNumber"], 5);
    assert_eq!(success["schema"]["allOf"][0]["$ref"], "#/components/schemas/Success");
    assert_eq!(success["schema"]["allOf"][1]["required"][0], "body");
    assert_eq!(success["schema"]["allOf"][1]["properties"]["body"]["$ref"], "#/components/schemas/ReservedBody");
    let conflict = followed(&document, &reserve["responses"]["409"]);
    let taken = &conflict["content"]["application/json"]["examples"]["SEAT_TAKEN"]["$ref"];
    assert_eq!(taken, "#/components/examples/SEAT_TAKEN");
    let taken = &document["components"]["examples"]["SEAT_TAKEN"]["value"];
    assert_eq!(taken["result"], "error");
    assert_eq!((&taken["body"]["code"], &taken["body"]["message"]), (&409.into(), &"Seat is already reserved.".into()));
    let parameters = reserve["parameters"].as_array().expect("parameters");
    assert!(parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key"));
}

#[test]
fn what_may_be_null_in_an_answer_is_always_there_and_what_may_be_missing_is_never_null() {
    let document = describe();
    let schemas = &document["components"]["schemas"];
    for (name, field, required) in [
        ("CreatedUserBody", "email", true),
        ("PlaceBody", "expiresAt", true),
        ("LedgerBody", "nextCursor", true),
        ("LedgerEntryBody", "paymentId", false),
        ("DateBody", "price", false),
    ] {
        let schema = &schemas[name];
        let is_required = schema["required"].as_array().is_some_and(|fields| fields.contains(&field.into()));
        assert_eq!(is_required, required, "{name} {field}");
        let is_nullable = schema["properties"][field].to_string().contains("\"null\"");
        assert_eq!(is_nullable, required, "{name} {field}");
    }
}

#[test]
fn values_of_a_kind_are_the_same_in_requests_and_answers() {
    let document = describe();
    let schemas = &document["components"]["schemas"];
    for (kind, format) in [("UserId", "uuid"), ("PaymentId", "uuid"), ("Date", "date"), ("Instant", "date-time")] {
        assert_eq!(schemas[kind]["format"], format, "{kind}");
    }
    let amount = &schemas["Amount"];
    assert_eq!((&amount["format"], &amount["maximum"]), (&"int64".into(), &BALANCE_MAX.into()));
    for (name, field, kind) in [
        ("JoinRequest", "userId", "UserId"),
        ("CreatedUserBody", "userId", "UserId"),
        ("ReserveSeatRequest", "date", "Date"),
        ("ReservedBody", "date", "Date"),
        ("EqualRowsSectionRequest", "price", "Price"),
        ("MapSeatBody", "price", "Price"),
        ("ReserveSeatRequest", "seat", "SeatNumber"),
        ("MapSeatBody", "seat", "SeatNumber"),
        ("PaymentPaid", "seats", "SeatNumber"),
        ("BestAvailableRequest", "section", "SectionName"),
        ("MapSeatBody", "section", "SectionName"),
        ("QueueRequest", "maxActive", "Places"),
        ("QueueBody", "maxActive", "Places"),
        ("ConcertRequest", "title", "Title"),
        ("ConcertBody", "title", "Title"),
        ("BalanceBody", "balance", "Amount"),
        ("PaidBody", "amount", "Amount"),
        ("WalletCharged", "balance", "Amount"),
        ("FailureBody", "balance", "Amount"),
        ("LedgerBody", "nextCursor", "Cursor"),
    ] {
        let reference = format!("#/components/schemas/{kind}");
        assert!(schemas[name]["properties"][field].to_string().contains(&reference), "{name} {field}");
    }
}

/// The components of which `schema` is exactly one.
fn one_of<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    schema["oneOf"].as_array().expect("a choice").iter().map(|kind| followed(document, kind)).collect()
}

#[test]
fn a_word_tells_which_event_it_is() {
    let document = describe();
    let schemas = &document["components"]["schemas"];
    for (name, word, choices) in [("EventBody", "type", 28), ("PlaceEventBody", "status", 2)] {
        let schema = &schemas[name];
        assert_eq!(schema["discriminator"]["propertyName"], word, "{name}");
        assert_eq!(one_of(&document, schema).len(), choices, "{name}");
        for (value, pointer) in schema["discriminator"]["mapping"].as_object().expect("words") {
            let pointer = pointer.as_str().and_then(|pointer| pointer.strip_prefix('#')).expect("a component");
            let object = document.pointer(pointer).expect("a component that is there");
            let words = followed(&document, &object["properties"][word]);
            assert!(words["enum"].as_array().expect("an enum").contains(&value.as_str().into()), "{name} {value}");
        }
    }
    let types = schemas["EventType"]["enum"].as_array().expect("an enum");
    assert_eq!(types.len(), 28);
}

#[test]
fn what_an_operator_sends_is_described_as_strict() {
    let document = describe();
    for name in [
        "KeyRequest",
        "ConcertRequest",
        "ConcertChangeRequest",
        "DateRequest",
        "EqualRowsSectionRequest",
        "NamedRowsSectionRequest",
        "QueueRequest",
        "StandingRequest",
        "RefundRequest",
        "CheckInByCodeRequest",
        "CheckInsRequest",
        "ReportedTicketRequest",
        "UndoRequest",
    ] {
        assert_eq!(document["components"]["schemas"][name]["additionalProperties"], false, "{name}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = describe();
    let text = document.to_string();
    for part in text.split("\"$ref\":\"#").skip(1) {
        let pointer = part.split('"').next().expect("a reference ends");
        assert!(document.pointer(pointer).is_some(), "#{pointer} leads nowhere");
    }
    assert_eq!(document["openapi"], "3.1.0");
    assert!(serde_json::from_slice::<Value>(&super::document()).is_ok_and(|written| written == document));
}

/// The description as it is reviewed with a change.
const COMMITTED: &str = "docs/openapi.json";
/// Set to anything, it has the committed description written anew.
const WRITE: &str = "WRITE_OPENAPI";

#[test]
fn the_committed_description_is_that_of_this_version() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(COMMITTED);
    let now = serde_json::to_string_pretty(&describe()).expect("a description can be written as JSON") + "\n";
    if env::var_os(WRITE).is_some() {
        fs::write(&path, &now).expect("the description can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let first = committed.lines().zip(now.lines()).position(|(one, other)| one != other);
    let line = first.unwrap_or(committed.lines().count()) + 1;
    assert!(committed == now, "{COMMITTED} differs in line {line}: {WRITE}=1 cargo test --lib openapi writes it anew");
}
