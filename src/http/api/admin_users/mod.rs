//! Users as the operator finds, blocks and deletes them.

mod body;
mod request;

use axum::extract::State;
use axum::response::Response;

use crate::domain::commands::{DeleteUser, SetUserStanding, Withdraw};
use crate::domain::{KeyScope, Rejection, UserId, UserWritten};
use crate::http::access;
use crate::http::api::users::canonical_username;
use crate::http::app::App;
use crate::http::idempotency::{idempotent, respond};
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::request::read;
use crate::http::response::ok;
use crate::http::values;
pub(super) use body::UserBody;
use body::WithdrawnBody;
use request::{NoFields, StandingRequest, WithdrawalAmount, WithdrawalReason, WithdrawalRequest};

/// Find a user by name
///
/// In any spelling of the name, as far as letter case, width, composition and blanks go.
#[utoipa::path(
    get, path = "/api/v1/admin/users", operation_id = "findUser", tag = "operator",
    params(("username" = String, Query, example = "kim")),
    security(("operatorKey" = [])),
    responses((status = 200, description = "The user.", body = UserBody, example = json!({
        "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "username": "kim", "email": null, "blocked": false,
        "balance": 5000, "currency": "KRW", "createdAt": "2030-12-01T09:00:00.000Z", "updatedAt": "2030-12-01T09:00:00.000Z",
        "deletedAt": null
    }))),
    extensions(("x-refusals" = json!([Reason::TokenInvalid, Reason::InvalidRequest, Reason::UserNotFound])))
)]
pub(crate) async fn find_user(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    request.query_only(&["username"])?;
    let username = request.query("username")?.ok_or_else(|| Problem::invalid("username", "the name of a user"))?;
    let user = app.node.user_named(&canonical_username(&username))?.ok_or(Rejection::UserNotFound)?;
    show(&app, user)
}

/// Read a user
///
/// Also one who is blocked or deleted.
#[utoipa::path(
    get, path = "/api/v1/admin/users/{userId}", operation_id = "readUser", tag = "operator",
    params(("userId" = values::UserId, Path, example = "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e")),
    security(("operatorKey" = [])),
    responses((status = 200, description = "The user.", body = UserBody, example = json!({
        "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "username": "kim", "email": null, "blocked": false,
        "balance": 5000, "currency": "KRW", "createdAt": "2030-12-01T09:00:00.000Z", "updatedAt": "2030-12-01T09:00:00.000Z",
        "deletedAt": null
    }))),
    extensions(("x-refusals" = json!([Reason::TokenInvalid, Reason::InvalidRequest, Reason::UserNotFound])))
)]
pub(crate) async fn read_user(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    request.query_only(&[])?;
    let values::UserId(user) = request.part("userId")?;
    show(&app, user)
}

fn show(app: &App, id: UserId) -> Result<Response, Problem> {
    Ok(shown(app, app.node.any_user(id)?.ok_or(Rejection::UserNotFound)?))
}

/// Block a user, or let them in again
///
/// Blocking ends the user's queue places and releases what they held.
#[utoipa::path(
    patch, path = "/api/v1/admin/users/{userId}", operation_id = "changeUser", tag = "operator",
    params(("userId" = values::UserId, Path, example = "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e")),
    security(("operatorKey" = [])),
    request_body(content = StandingRequest, example = json!({"blocked": true})),
    responses((status = 200, description = "The user.", body = UserBody, example = json!({
        "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "username": "kim", "email": null, "blocked": true,
        "balance": 5000, "currency": "KRW", "createdAt": "2030-12-01T09:00:00.000Z", "updatedAt": "2030-12-02T09:00:00.000Z",
        "deletedAt": null
    }))),
    extensions(("x-refusals" = json!([Reason::TokenInvalid, Reason::InvalidRequest, Reason::UserNotFound])))
)]
pub(crate) async fn change_user(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    let values::UserId(user) = request.part("userId")?;
    request.query_only(&[])?;
    let standing = request.read::<StandingRequest>()?.standing();
    let answer = app.node.submit(SetUserStanding { user, standing }, None).await?;
    Ok(shown(&app, answer.reply))
}

/// Delete a user
///
/// Soft: the row stays with `deletedAt`, without name and e-mail, and the name is free again. The ledger keeps the id.
/// The wallet must be empty; live places end.
#[utoipa::path(
    delete, path = "/api/v1/admin/users/{userId}", operation_id = "deleteUser", tag = "operator",
    params(("userId" = values::UserId, Path, example = "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e")),
    security(("operatorKey" = [])),
    responses((status = 200, description = "The user.", body = UserBody, example = json!({
        "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "username": null, "email": null, "blocked": false,
        "balance": 0, "currency": "KRW", "createdAt": "2030-12-01T09:00:00.000Z", "updatedAt": "2030-12-02T09:00:00.000Z",
        "deletedAt": "2030-12-02T09:00:00.000Z"
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::UserNotFound,
        Reason::WalletNotEmpty
    ])))
)]
pub(crate) async fn delete_user(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    let answer = idempotent(&app, &request, KeyScope::Operator, async |key| {
        let values::UserId(user) = request.part("userId")?;
        let NoFields {} = read(&request.fields(&[])?)?;
        request.query_only(&[])?;
        Ok(app.node.submit(DeleteUser { user }, key).await?)
    })
    .await?;
    Ok(respond(answer, |reply| shown(&app, reply)))
}

fn shown(app: &App, UserWritten { id, user, balance }: UserWritten) -> Response {
    ok(&UserBody::of(id, &user, balance, app.node.currency()))
}

/// Pay money of a wallet out in cash
#[utoipa::path(
    post, path = "/api/v1/admin/users/{userId}/withdraw", operation_id = "withdraw", tag = "operator",
    params(("userId" = values::UserId, Path, example = "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e")),
    security(("operatorKey" = [])),
    request_body(content = WithdrawalRequest, example = json!({"amount": 5000, "reason": "Asked for at the counter."})),
    responses((status = 200, description = "The money is out of the wallet.", body = WithdrawnBody, example = json!({
        "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "amount": 5000, "newBalance": 0, "currency": "KRW",
        "entryId": 3, "withdrawnAt": "2030-12-02T09:00:00.000Z"
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::UserNotFound,
        Reason::InsufficientBalance
    ])))
)]
pub(crate) async fn withdraw(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    let answer = idempotent(&app, &request, KeyScope::Operator, async |key| {
        let values::UserId(user) = request.part("userId")?;
        request.query_only(&[])?;
        let asked: WithdrawalRequest = request.read()?;
        let (WithdrawalAmount(amount), WithdrawalReason(reason)) = (asked.amount, asked.reason);
        Ok(app.node.submit(Withdraw { user, amount, reason }, key).await?)
    })
    .await?;
    Ok(respond(answer, |withdrawn| ok(&WithdrawnBody::of(withdrawn, app.node.currency()))))
}
