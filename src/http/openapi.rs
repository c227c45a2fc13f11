//! The description of the API: what the handlers say about themselves, completed with the envelope, the failures of
//! each operation by reason, and the words that explain the journey. It describes and decides nothing.

mod answers;
pub(super) mod operations;
mod refusals;
mod variants;

use std::sync::LazyLock;

use axum::http::HeaderValue;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use self::operations::{METHODS, method_of};
use self::refusals::Refusals;
use crate::http::limits::Limited;
use crate::http::problem::Reason;
use crate::http::reach::{Reach, Reaches};
use crate::http::routes;
use crate::http::server::pipeline::compression::prepared::Prepared;

/// What the operations of the API have before their paths; the others are for whoever runs the server.
const API: &str = "/api/";
const DESCRIPTION: &str = "\
`jari` (자리, \"seat\") sells concert seats: waiting queue, seat holds, prepaid wallet, payment.

**The journey.** Create a user (`POST /api/v1/users`) and charge the wallet. Take a queue place (`POST /api/v1/token`): \
the answer has a queue token, which goes as `Authorization: Bearer` with everything about seats. Ask after the place \
(`GET /api/v1/token`, every `pollAfter` seconds) or follow it (`GET /api/v1/token/events`) until it is `ACTIVE`. Then \
list dates and seats, hold (`POST /api/v1/seats/reserve`), and pay before `expiresAt` (`POST /api/v1/seats/payment`). \
The payment ends the place. Afterwards reservations, payments and ledger tell what happened.

**Answers.** A success is `{\"result\":\"success\",\"body\":…}`, a failure `{\"result\":\"error\",\"body\":{\"code\",\
\"reason\",\"message\",…}}`: `code` is the HTTP status, `reason` is stable and for programs, `message` is for people. \
`Reason` lists every reason. A path that does not exist is 404 `NOT_FOUND`, another method 405 `METHOD_NOT_ALLOWED` with `Allow`. Refusals are \
checked in one order: overload, path, method, size, token, idempotency key, media type and body, then the state. \
A request names its server in `Host`, once and well (400 otherwise); on a loopback address the server answers only to \
loopback's names and to the host of its setting `server.public_url` (421 `MISDIRECTED`), and a change that a browser sends \
for a page of another origin is 403 `CROSS_SITE`. While arrivals are refused there is room for what the token of a queue \
place is for: a charge counts among it when the token goes with it. `Retry-After` goes with 429, 503 and `QUEUE_WAITING`; every answer has an `x-request-id`, the caller's if it sent one. \
Whoever prefers `application/problem+json` in `Accept` gets failures in the form of RFC 9457: `type`, `title`, \
`status`, `detail`, `instance`, `reason`, and the same further fields. A 401 has a `WWW-Authenticate`. Personal answers \
are `Cache-Control: private, no-store`; those above 1 KiB are compressed (gzip, zstd) as `Accept-Encoding` has it, and \
an `ETag` then ends with the coding: either form may be given back.

**Limits.** Where the server has them on, how often a client (its address, of IPv6 the network of 64 bits) may sign up, ask \
for a place and read, and how often a user may change something, is limited. Answers then tell with `RateLimit-Policy` and \
`RateLimit` how many requests are left; one too many is 429 `RATE_LIMITED`, judged behind the token and before the \
idempotency key. The operator is never limited.

**Values.** Times are RFC 3339 in UTC with milliseconds, durations whole seconds, money the smallest unit of the \
server's currency, which `currency` names. UUIDs are read in either case. Integers are written as integers. Unknown fields of buyers \
are ignored; what an operator sends is strict: an unknown field, or name of the query, is refused with its path and \
the nearest known one. A field given twice is refused. In a POST, absent and `null` mean the same.

**Retries.** A POST or DELETE that changes something takes an `Idempotency-Key`: its 2xx answer is kept for 24 hours \
and given again, with `Idempotent-Replayed: true`, to the same request with the same key: method, path and query \
(ids in either case of letters), the bytes of the body, and the concert of the queue token, be it of a new place. \
Another request with the key is 422. \
Only where several instances sell together there is 503 `NO_LEADER`: its message says whether the request may have been \
done.

**Editors.** A concert and its queue policy have an `ETag`, also in the answers to a change. A change with `If-Match` \
is made only while the tag is still right, else it is 412 `PRECONDITION_FAILED`, before anything else that depends on \
how the concert stands; a weak tag never is right. A GET with `If-None-Match` is 304 while nothing has changed.";

/// The description, made when it is first asked for.
pub(super) fn description() -> LazyLock<Prepared> {
    LazyLock::new(|| Prepared::new(document(), HeaderValue::from_static("application/json")))
}

/// The description as JSON text, made when it is first asked for.
fn document() -> Bytes {
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(describe().to_string()));
    DOCUMENT.clone()
}

fn describe() -> Value {
    let described = routes::table().into_openapi();
    let mut document = serde_json::to_value(described).expect("a description can be written as JSON");
    document["info"] = json!({
        "title": "jari",
        "summary": "One executable that sells concert seats.",
        "description": DESCRIPTION,
        "version": env!("CARGO_PKG_VERSION"),
        "license": {"name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE")}
    });
    document["servers"] = json!([{"url": ".", "description": "The server that gives this description."}]);
    document["tags"] = json!([
        {"name": "users", "description": "Users."},
        {"name": "wallet", "description": "Prepaid wallets: charges, balances, ledgers, payments."},
        {"name": "queue", "description": "Queue places: one a user and concert, first come, first served."},
        {"name": "concerts", "description": "What is on sale."},
        {"name": "seats", "description": "Seats of the token's concert: look, hold, cancel, pay."},
        {"name": "tickets", "description": "What was bought, as a door reads it."},
        {"name": "operator", "description": "Running the box office, with the operator's key."}
    ]);
    let paths = document["paths"].as_object_mut().expect("a description has paths");
    paths.retain(|path, _| path.starts_with(API));
    let mut refusals = Refusals::default();
    let reaches = Reaches::of_table();
    for (path, item) in paths.iter_mut() {
        for method in METHODS {
            let reach = reaches.of(&method_of(method), path);
            let limit = routes::limit_of(&method_of(method), path);
            if let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) {
                complete(operation, reach, limit, &mut refusals);
            }
        }
    }
    document["components"] = components(document["components"].take(), refusals);
    document
}

/// The components that the operations refer to.
fn components(mut components: Value, refusals: Refusals) -> Value {
    components["securitySchemes"] = json!({
        "queueToken": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "The `token` that `POST /api/v1/token` answers."
        },
        "operatorKey": {
            "type": "http", "scheme": "bearer",
            "description": "The key in `operator.key` of the data folder, or `JARI_OPERATOR_KEY`."
        }
    });
    components["headers"] = answers::headers();
    components["examples"] = refusals.examples().into();
    components["responses"] = refusals.into_components().into();
    let schemas = components["schemas"].as_object_mut().expect("a description has schemas");
    // They are of the paths that are left out.
    schemas.remove("HealthBody");
    let answers = schemas.iter_mut().filter(|(name, _)| !name.ends_with("Request"));
    answers.for_each(|(_, schema)| answers::require_nullable(schema));
    variants::split(schemas);
    schemas.insert("Success".to_owned(), answers::success());
    schemas.extend(refusals::schemas());
    components
}

/// Adds to an operation what follows from the contract's common rules.
fn complete(operation: &mut Map<String, Value>, reach: Reach, limit: Option<Limited>, refusals: &mut Refusals) {
    let mut reasons = refusals::listed(operation);
    let takes_key = reasons.contains(&Reason::IdempotencyKeyReused);
    if let Some(body) = operation.get_mut("requestBody") {
        variants::may_be_left_out(body);
        reasons.extend([Reason::UnsupportedMediaType, Reason::BodyTooLarge]);
    }
    reasons.extend(limit.map(|_| Reason::RateLimited));
    reasons.push(Reason::Overloaded);
    match reach {
        Reach::Here => {}
        Reach::Fresh | Reach::Anyone | Reach::Log | Reach::Concert(_) => reasons.push(Reason::NoLeader),
    }
    reasons.extend([Reason::Stopping, Reason::RequestTimeout, Reason::Internal]);
    if takes_key {
        add_key(operation);
    }
    operation.entry("security").or_insert_with(|| json!([]));
    let responses = operation.get_mut("responses").and_then(Value::as_object_mut).expect("an operation has answers");
    for (status, response) in responses.iter_mut() {
        answers::add_header(response, "x-request-id");
        let has_tag = response["headers"].get("ETag").is_some();
        if has_tag || status == "304" {
            answers::add_header(response, "ETag");
        }
        if limit.is_some() {
            answers::add_header(response, "RateLimit-Policy");
            answers::add_header(response, "RateLimit");
        }
        if status.starts_with('2') {
            answers::wrap(response);
            if takes_key {
                answers::add_header(response, "Idempotent-Replayed");
            }
        }
    }
    responses.extend(refusals.of(&reasons));
}

fn add_key(operation: &mut Map<String, Value>) {
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    parameters.as_array_mut().expect("parameters are a list").push(json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "1 to 255 visible ASCII characters. The same key with the same request is done once.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255}
    }));
}

#[cfg(test)]
mod tests;
