//! Owns what the committed description promises of refusals: which operation a request is for, and which reasons that
//! one lists.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;

/// Reasons that any request may meet before it reaches an operation.
const BEFORE_ANY_OPERATION: [&str; 7] = [
    "NOT_FOUND",
    "METHOD_NOT_ALLOWED",
    "MISDIRECTED",
    "CROSS_SITE",
    "HEADERS_TOO_LARGE",
    "URI_TOO_LONG",
    "BODY_TOO_LARGE",
];

/// An operation of the description and the reasons that it lists.
pub(crate) struct Operation {
    pub method: String,
    /// With its variable parts in braces.
    pub path: String,
    pub reasons: BTreeSet<String>,
}

static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let document: Value =
        serde_json::from_str(include_str!("../../docs/openapi.json")).expect("the description is JSON");
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations by method") {
            let Some(responses) = operation["responses"].as_object() else { continue };
            let shared = responses.values().filter_map(|response| response["$ref"].as_str());
            let names = shared.map(|reference| reference.rsplit('/').next().expect("a reference has a last part"));
            let reasons = names.flat_map(|name| name.split('.')).map(str::to_owned).collect();
            operations.push(Operation { method: method.to_uppercase(), path: path.clone(), reasons });
        }
    }
    operations
});

/// Every operation that is described.
pub(crate) fn operations() -> &'static [Operation] {
    &OPERATIONS
}

/// The operation that a request is for; `path` may have a query.
pub(crate) fn operation(method: &str, path: &str) -> Option<&'static Operation> {
    let path = path.split('?').next().expect("a text has a beginning");
    let method = if method == "HEAD" { "GET" } else { method };
    operations().iter().find(|known| known.method == method && fits(&known.path, path))
}

/// Whether a request may be refused with `reason`.
pub(crate) fn may_refuse(method: &str, path: &str, reason: &str) -> bool {
    let listed = operation(method, path).is_none_or(|operation| operation.reasons.contains(reason));
    listed || BEFORE_ANY_OPERATION.contains(&reason)
}

fn fits(template: &str, path: &str) -> bool {
    let (expected, parts) = (template.split('/'), path.split('/'));
    expected.clone().count() == parts.clone().count()
        && expected.zip(parts).all(|(expected, part)| expected.starts_with('{') || expected == part)
}
