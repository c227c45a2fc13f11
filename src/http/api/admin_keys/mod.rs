//! The keys of operators, as the owner gives and takes them.

pub(in crate::http) mod audit;
mod body;
mod request;

use axum::extract::State;
use axum::response::Response;

use crate::domain::KeyId;
use crate::domain::commands::{CreateKey, RemoveKey};
use crate::http::access;
use crate::http::app::App;
use crate::http::idempotency::{idempotent, respond};
use crate::http::problem::{Problem, Reason};
use crate::http::request::{NoFields, Request, read};
use crate::http::response::{created, ok};
use crate::http::values::{self, Instant};
use crate::identity::{AccessKey, EXAMPLE_ACCESS_KEY};
use crate::random_ids::random_id;
use body::{CreatedKeyBody, KeyBody, KeysBody};
use request::KeyRequest;

/// List the keys of operators
///
/// All but the owner's, which is in the data folder. None is shown itself.
#[utoipa::path(
    get, path = "/api/v1/admin/keys", operation_id = "listKeys", tag = "operator",
    security(("operatorKey" = [])),
    responses((status = 200, description = "The keys.", body = KeysBody, example = json!({"keys": [{
        "keyId": "0193a4c5-7e1a-4c3e-8d2b-5f6a7b8c9d0e", "name": "Kim, box office", "role": "box_office",
        "createdAt": "2030-12-01T09:00:00.000Z", "expiresAt": null, "lastUsedAt": "2030-12-24T09:00:00.000Z"
    }]}))),
    extensions(("x-refusals" = json!([Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest])))
)]
pub(crate) async fn list_keys(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    request.query_only(&[])?;
    let keys = app.node.operator_keys().into_iter().map(|(key, row)| KeyBody::of(key, row)).collect();
    Ok(ok(&KeysBody { keys }))
}

/// Give an operator a key
///
/// `viewer` reads everything but keys; `door` reads lists of tickets and lets people in, and nothing else; `box_office`
/// reads, lets in, sells, cancels, refunds, charges wallets and blocks seats; `manager` does that, and runs concerts,
/// queues and users; `owner` does everything. The key is shown this once, and only its hash is kept.
#[utoipa::path(
    post, path = "/api/v1/admin/keys", operation_id = "createKey", tag = "operator",
    security(("operatorKey" = [])),
    request_body(content = KeyRequest, example = json!({"name": "Kim, box office", "role": "box_office"})),
    responses((status = 201, description = "The key.", body = CreatedKeyBody, example = json!({
        "keyId": "0193a4c5-7e1a-4c3e-8d2b-5f6a7b8c9d0e", "name": "Kim, box office", "role": "box_office",
        "createdAt": "2030-12-01T09:00:00.000Z", "expiresAt": null, "lastUsedAt": null,
        "key": EXAMPLE_ACCESS_KEY
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::IdempotencyKeyReused, Reason::UnsupportedMediaType,
        Reason::InvalidRequest, Reason::KeysFull
    ])))
)]
pub(crate) async fn create_key(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    let mut shown = None;
    let answer = idempotent(&app, &request, operator.scope(), async |caller| {
        request.query_only(&[])?;
        let KeyRequest { name, role, expires_at } = request.read()?;
        let expires_at = expires_at.map(|Instant(at)| at);
        if expires_at.is_some_and(|at| at <= app.node.wall_now()) {
            return Err(Problem::invalid("expiresAt", "a time that is still ahead"));
        }
        let made = AccessKey::generate().map_err(|error| Problem::internal(format!("no random bytes: {error}")))?;
        let key = KeyId(random_id());
        let command = CreateKey { key, name: name.0, role: role.0, hash: made.hash(), expires_at };
        let answer = app.node.submit(command, caller).await?;
        shown = (answer.reply.key == key).then(|| made.text().to_owned());
        Ok(answer)
    })
    .await?;
    Ok(respond(answer, |written| created(&CreatedKeyBody { about: KeyBody::written(written), key: shown })))
}

/// Take a key from an operator
///
/// It is good for nothing from then on, on any instance; streams that it opened end.
#[utoipa::path(
    delete, path = "/api/v1/admin/keys/{keyId}", operation_id = "deleteKey", tag = "operator",
    params(("keyId" = values::KeyId, Path, example = "0193a4c5-7e1a-4c3e-8d2b-5f6a7b8c9d0e")),
    security(("operatorKey" = [])),
    responses((status = 200, description = "The key as it was.", body = KeyBody, example = json!({
        "keyId": "0193a4c5-7e1a-4c3e-8d2b-5f6a7b8c9d0e", "name": "Kim, box office", "role": "box_office",
        "createdAt": "2030-12-01T09:00:00.000Z", "expiresAt": null, "lastUsedAt": "2030-12-24T09:00:00.000Z"
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::IdempotencyKeyReused, Reason::InvalidRequest,
        Reason::KeyNotFound
    ])))
)]
pub(crate) async fn delete_key(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    let answer = idempotent(&app, &request, operator.scope(), async |caller| {
        let values::KeyId(key) = request.part("keyId")?;
        let NoFields {} = read(&request.fields(&[])?)?;
        request.query_only(&[])?;
        Ok(app.node.submit(RemoveKey { key }, caller).await?)
    })
    .await?;
    Ok(respond(answer, |removed| ok(&KeyBody::written(removed))))
}
