//! The refusals of an operation, as the table of reasons makes them: an operation names its reasons, everything else
//! about them comes from [`Reason`].

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::answers::add_header;
use crate::http::problem::Reason;
use crate::http::problem::{END_REASONS, end_word};
use crate::http::server::pipeline::problem_details::{PROBLEM_TYPE, problem};

/// The extension in which a handler lists the reasons of its refusals, in the order in which they are checked.
const REFUSALS: &str = "x-refusals";

/// The reasons that an operation lists in its extension.
pub(super) fn listed(operation: &mut Map<String, Value>) -> Vec<Reason> {
    let listed = operation.remove(REFUSALS);
    let words = listed.iter().flat_map(|listed| listed.as_array().expect("reasons are a list"));
    let reason = |word: &Value| word.as_str().and_then(Reason::of_word).expect("reasons are written as their words");
    words.map(reason).collect()
}

/// The answers of all operations that refuse: operations with the same reasons for a status share one.
#[derive(Default)]
pub(super) struct Refusals {
    shared: BTreeMap<String, Value>,
    used: BTreeSet<Reason>,
}

impl Refusals {
    /// The answers with `reasons`, by status.
    pub(super) fn of(&mut self, reasons: &[Reason]) -> Map<String, Value> {
        let mut by_status: BTreeMap<u16, Vec<Reason>> = BTreeMap::new();
        self.used.extend(reasons);
        for reason in reasons {
            by_status.entry(reason.status().as_u16()).or_default().push(*reason);
        }
        let answer = |(status, reasons): (u16, Vec<Reason>)| {
            let name = reasons.iter().map(|reason| reason.word()).collect::<Vec<_>>().join(".");
            let reference = json!({"$ref": format!("#/components/responses/{name}")});
            self.shared.entry(name).or_insert_with(|| response(&reasons));
            (status.to_string(), reference)
        };
        by_status.into_iter().map(answer).collect()
    }

    /// An example of every reason that an operation refers to, in the envelope and as a problem.
    pub(super) fn examples(&self) -> Map<String, Value> {
        self.used.iter().flat_map(|reason| examples_of(*reason)).collect()
    }

    /// The answers that operations refer to, by name.
    pub(super) fn into_components(self) -> Map<String, Value> {
        self.shared.into_iter().collect()
    }
}

/// What a component is called that shows a reason as a problem.
fn problem_name(reason: Reason) -> String {
    format!("{}.problem", reason.word())
}

fn examples_of(reason: Reason) -> [(String, Value); 2] {
    let envelope: Value = serde_json::from_slice(&reason.example().to_json()).expect("the envelope is JSON");
    let message = envelope["body"]["message"].clone();
    let shown = problem(envelope.clone(), "/api/v1").expect("the envelope is of a refusal");
    [
        (reason.word().to_owned(), json!({"summary": message, "value": envelope})),
        (problem_name(reason), json!({"summary": message, "value": shown})),
    ]
}

fn response(reasons: &[Reason]) -> Value {
    let examples = |name: &dyn Fn(Reason) -> String| -> Map<String, Value> {
        let example = |reason: &Reason| json!({"$ref": format!("#/components/examples/{}", name(*reason))});
        reasons.iter().map(|reason| (reason.word().to_owned(), example(reason))).collect()
    };
    let words: Vec<String> = reasons.iter().map(|reason| format!("`{}`", reason.word())).collect();
    let mut response = json!({
        "description": words.join(", "),
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Failure"},
                "examples": examples(&|reason| reason.word().to_owned())
            },
            (PROBLEM_TYPE): {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": examples(&problem_name)
            }
        }
    });
    add_header(&mut response, "x-request-id");
    if reasons.iter().any(|reason| reason.status() == StatusCode::UNAUTHORIZED) {
        add_header(&mut response, "WWW-Authenticate");
    }
    if reasons.iter().any(|reason| reason.example().retry_after_seconds().is_some()) {
        add_header(&mut response, "Retry-After");
    }
    if reasons.contains(&Reason::RateLimited) {
        add_header(&mut response, "RateLimit-Policy");
        add_header(&mut response, "RateLimit");
    }
    response
}

/// The schemas of refusals.
pub(super) fn schemas() -> [(String, Value); 7] {
    let schemas = [
        ("Failure", envelope()),
        ("FailureBody", body()),
        ("Problem", problem_details()),
        ("Reason", words()),
        ("RefusedWhy", refused_why()),
        ("SeatsInTheWay", seats_in_the_way()),
        ("PlaceInTheWay", place_in_the_way()),
    ];
    schemas.map(|(name, schema)| (name.to_owned(), schema))
}

/// The schema of all reasons.
fn words() -> Value {
    let line =
        |reason: &Reason| format!("| `{}` | {} | {} |\n", reason.word(), reason.status().as_u16(), reason.text());
    let table: String = Reason::ALL.iter().map(line).collect();
    let words: Vec<&str> = Reason::ALL.iter().map(|reason| reason.word()).collect();
    json!({
        "type": "string",
        "description": format!("Why a request was refused; stable, for programs.\n\n| reason | status | text |\n| --- | --- | --- |\n{table}"),
        "enum": words
    })
}

/// The schema of every refusal.
fn envelope() -> Value {
    json!({
        "type": "object",
        "description": "The envelope of every refusal.",
        "required": ["result", "body"],
        "properties": {
            "result": {"type": "string", "enum": ["error"]},
            "body": {"$ref": "#/components/schemas/FailureBody"}
        }
    })
}

/// Why a request was refused, and what is known beyond it.
fn body() -> Value {
    json!({
        "type": "object",
        "description": "`code`, `reason` and `message` are always there; some reasons add a field.",
        "required": ["code", "reason", "message"],
        "properties": with_details(json!({
            "code": {"type": "integer", "format": "int32", "description": "The HTTP status."},
            "reason": {"$ref": "#/components/schemas/Reason"},
            "message": {"type": "string", "description": "For people."}
        })),
        "additionalProperties": true
    })
}

/// The schema of every refusal for whoever prefers problems.
fn problem_details() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457, for clients that name this type in `Accept` and do not weigh JSON more. Some reasons add the same fields as in the envelope.",
        "required": ["type", "title", "status", "detail", "instance", "reason"],
        "properties": with_details(json!({
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer", "format": "int32"},
            "detail": {"type": "string", "description": "For people."},
            "instance": {"type": "string", "format": "uri-reference", "description": "What was asked for."},
            "reason": {"$ref": "#/components/schemas/Reason"}
        })),
        "additionalProperties": true
    })
}

/// `properties`, and the fields that some reasons add.
fn with_details(mut properties: Value) -> Value {
    let known = |kind: &str, description: &str| json!({"$ref": format!("#/components/schemas/{kind}"), "description": description});
    let count = |description: &str| json!({"type": "integer", "format": "int64", "description": description});
    let seats = |description: &str| json!({"type": "array", "items": {"$ref": "#/components/schemas/SeatNumber"}, "description": description});
    let details = [
        ("field", json!({"type": "string", "description": "The field that is wrong."})),
        ("why", known("RefusedWhy", "Why the place has ended, or `token_stale`: it lives.")),
        ("queuePosition", count("1 for the next to be admitted.")),
        ("seat", count("The seat that stood in the way, as it was sent.")),
        ("section", json!({"type": "string", "description": "The section of `seat`."})),
        ("row", count("The row of `seat`, from 1 within the section.")),
        ("rowLabel", json!({"type": "string", "description": "What the row of `seat` is called."})),
        ("label", json!({"type": "string", "description": "What `seat` is called."})),
        ("seatLimit", known("SeatLimit", "What one user may hold and own.")),
        ("balance", known("Amount", "What the wallet has.")),
        ("amount", known("Amount", "What would be paid.")),
        ("most", known("Amount", "The largest amount that would do.")),
        ("date", known("Date", "The first date that stood in the way.")),
        ("seats", seats("The seats of `date` that stood in the way, ascending.")),
        (
            "dates",
            json!({
                "type": "array", "description": "Every date with its seats, at most 20 seats together.",
                "items": {"$ref": "#/components/schemas/SeatsInTheWay"}
            }),
        ),
        (
            "places",
            json!({
                "type": "array", "description": "The seats that stood in the way, in words.",
                "items": {"$ref": "#/components/schemas/PlaceInTheWay"}
            }),
        ),
        ("oldest", count("The number of the oldest event that is kept.")),
        ("newest", count("The number of the newest event.")),
        ("entries", count("Entries of the log that the instance lacks.")),
        ("setting", json!({"type": "string", "description": "The server's setting that decides."})),
    ];
    for (name, schema) in details {
        properties[name] = schema;
    }
    properties
}

/// Why a token is refused.
fn refused_why() -> Value {
    let words: Vec<&str> = END_REASONS.map(end_word).into_iter().chain(["token_stale"]).collect();
    json!({"type": "string", "description": "Why the place has ended, or `token_stale`: it lives.", "enum": words})
}

/// The seats of a date that stood in the way.
fn seats_in_the_way() -> Value {
    json!({
        "type": "object", "required": ["date", "seats"],
        "properties": {
            "date": {"$ref": "#/components/schemas/Date"},
            "seats": {"type": "array", "items": {"$ref": "#/components/schemas/SeatNumber"}, "description": "Ascending."}
        }
    })
}

/// A seat that stood in the way, in words.
fn place_in_the_way() -> Value {
    json!({
        "type": "object", "required": ["date", "seat", "section", "row", "rowLabel", "label"],
        "properties": {
            "date": {"$ref": "#/components/schemas/Date"},
            "seat": {"$ref": "#/components/schemas/SeatNumber"},
            "section": {"$ref": "#/components/schemas/SectionName"},
            "row": {"type": "integer", "format": "int32", "description": "From 1 within the section."},
            "rowLabel": {"$ref": "#/components/schemas/RowLabel"},
            "label": {"type": "string", "description": "What the seat is called."}
        }
    })
}
