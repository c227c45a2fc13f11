//! The refusals of an operation, as the table of reasons makes them: an operation names its reasons, everything else
//! about them comes from [`Reason`].

use std::collections::BTreeMap;

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
}

impl Refusals {
    /// The answers with `reasons`, by status.
    pub(super) fn of(&mut self, reasons: &[Reason]) -> Map<String, Value> {
        let mut by_status: BTreeMap<u16, Vec<Reason>> = BTreeMap::new();
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

    /// The answers that operations refer to, by name.
    pub(super) fn into_components(self) -> Map<String, Value> {
        self.shared.into_iter().collect()
    }
}

/// What a component is called that shows a reason as a problem.
fn problem_name(reason: Reason) -> String {
    format!("{}.problem", reason.word())
}

/// An example of every reason, in the envelope and as a problem.
pub(super) fn examples() -> Map<String, Value> {
    let both = |reason: &Reason| {
        let envelope: Value = serde_json::from_slice(&reason.example().to_json()).expect("the envelope is JSON");
        let message = envelope["body"]["message"].clone();
        let shown = problem(envelope.clone(), "/api/v1").expect("the envelope is of a refusal");
        [
            (reason.word().to_owned(), json!({"summary": message, "value": envelope})),
            (problem_name(*reason), json!({"summary": message, "value": shown})),
        ]
    };
    Reason::ALL.iter().flat_map(both).collect()
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
    response
}

/// The schemas of refusals.
pub(super) fn schemas() -> [(String, Value); 3] {
    [("Failure", envelope()), ("Problem", problem_details()), ("Reason", words())]
        .map(|(name, schema)| (name.to_owned(), schema))
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
        "required": ["result", "body"],
        "properties": {
            "result": {"type": "string", "enum": ["error"]},
            "body": {
                "type": "object",
                "description": "Some reasons add fields: `field`, `why`, `queuePosition`, `seat`, `seats`, `oldest`.",
                "required": ["code", "reason", "message"],
                "properties": {
                    "code": {"type": "integer", "description": "The HTTP status."},
                    "reason": {"$ref": "#/components/schemas/Reason"},
                    "message": {"type": "string", "description": "For people."},
                    "field": {"type": "string", "description": "The field that is wrong."},
                    "why": {
                        "type": "string", "description": "Why the place has ended, or `token_stale`: it lives.",
                        "enum": END_REASONS.map(end_word).into_iter().chain(["token_stale"]).collect::<Vec<_>>()
                    },
                    "queuePosition": {"type": "integer", "description": "1 for the next to be admitted."},
                    "seat": {"type": "integer", "description": "The seat that stood in the way."},
                    "date": {"type": "string", "format": "date", "description": "The first date that stood in the way."},
                    "seats": {
                        "type": "array", "items": {"type": "integer"},
                        "description": "The seats of `date` that stood in the way, ascending."
                    },
                    "dates": {
                        "type": "array", "description": "Every date with its seats, at most 20 seats together.",
                        "items": {
                            "type": "object", "required": ["date", "seats"],
                            "properties": {
                                "date": {"type": "string", "format": "date"},
                                "seats": {"type": "array", "items": {"type": "integer"}}
                            }
                        }
                    },
                    "oldest": {"type": "integer", "description": "The number of the oldest event that is kept."},
                    "newest": {"type": "integer", "description": "The number of the newest event."}
                },
                "additionalProperties": true
            }
        }
    })
}

/// The schema of every refusal for whoever prefers problems.
fn problem_details() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457. Some reasons add the same fields as in the envelope.",
        "required": ["type", "title", "status", "detail", "instance", "reason"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "For people."},
            "instance": {"type": "string", "format": "uri-reference", "description": "What was asked for."},
            "reason": {"$ref": "#/components/schemas/Reason"}
        },
        "additionalProperties": true
    })
}
