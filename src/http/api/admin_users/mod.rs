//! Users as the operator finds, blocks and deletes them.

mod body;
mod request;

use axum::extract::State;
use axum::response::Response;

use crate::domain::commands::{DeleteUser, SetUserStanding, Withdraw};
use crate::domain::{Rejection, UserId, UserWritten};
use crate::http::access;
use crate::http::api::users::canonical_username;
use crate::http::app::App;
use crate::http::csv::{self, ListPart, csv_response};
use crate::http::idempotency::{idempotent, respond};
use crate::http::problem::{Problem, Reason};
use crate::http::request::page::{Cursor, Page, unknown_cursor, write_cursor};
use crate::http::request::read;
use crate::http::request::{NoFields, Request};
use crate::http::response::ok;
use crate::http::values;
use crate::node::{HistoryPart, UserSearch};
pub(super) use body::UserBody;
use body::{FoundBody, UsersBody, WithdrawnBody};
use request::{StandingRequest, WithdrawalAmount, WithdrawalReason, WithdrawalRequest};

/// Find users
///
/// With `username` the one user of that name, in any spelling as far as letter case, width, composition and blanks go.
/// Without it a list, newest first: of all users, or with `q` of those whose name or e-mail address begins so. The whole
/// list as CSV for whoever prefers `text/csv`.
#[utoipa::path(
    get, path = "/api/v1/admin/users", operation_id = "findUsers", tag = "operator",
    params(
        ("username" = Option<String>, Query, description = "The name of one user, who is the answer.", example = "kim"),
        ("q" = Option<String>, Query, description = "How a name or an e-mail address begins, in any case of letters."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Rows of the page; 20 by default."),
        ("cursor" = Option<Cursor>, Query, description = "The `nextCursor` of the page before.")
    ),
    security(("operatorKey" = [])),
    responses((status = 200, description = "The user of the name, or a page.", content(
        (FoundBody = "application/json", example = json!({
            "users": [{
                "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "username": "kim", "email": null, "blocked": false,
                "balance": 5000, "currency": "KRW", "createdAt": "2030-12-01T09:00:00.000Z",
                "updatedAt": "2030-12-01T09:00:00.000Z", "deletedAt": null
            }],
            "nextCursor": null
        })),
        (String = "text/csv", example = json!("userId,username,email,blocked,balance,currency,createdAt,updatedAt,deletedAt"))
    ))),
    extensions(("x-refusals" = json!([Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest, Reason::UserNotFound])))
)]
pub(crate) async fn find_users(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    if let Some(username) = request.query("username")? {
        request.query_only(&["username"])?;
        let id = app.node.user_named(&canonical_username(&username))?.ok_or(Rejection::UserNotFound)?;
        let UserWritten { id, user, balance } = app.node.any_user(id)?.ok_or(Rejection::UserNotFound)?;
        return Ok(ok(&FoundBody::One(UserBody::of(id, &user, balance, app.node.currency()))));
    }
    request.query_only(&["username", "q", "limit", "cursor"])?;
    let page = Page::of(&request)?;
    let from = page.from.map(|key| u64::try_from(key).map_err(|_| unknown_cursor())).transpose()?;
    let search = request.query("q")?.map(|text| UserSearch { name: canonical_username(&text), email: text });
    if csv::is_preferred(&request.headers) {
        let of = app.clone();
        let read = move |from| part_of_users(of.clone(), search.clone(), from, csv::PART_ROWS);
        return csv_response(&app, "attachment; filename=\"users.csv\"", read).await;
    }
    let ListPart { rows: users, next } = part_of_users(app, search, from, page.limit).await?;
    let next_cursor = next.map(|number| write_cursor(number.into()));
    Ok(ok(&FoundBody::Page(UsersBody { users, next_cursor })))
}

async fn part_of_users(
    app: App,
    search: Option<UserSearch>,
    from: Option<u64>,
    limit: usize,
) -> Result<ListPart<UserBody, u64>, Problem> {
    let HistoryPart { rows, next } = app.node.users(search, from, limit).await?;
    let body = |UserWritten { id, user, balance }| UserBody::of(id, &user, balance, app.node.currency());
    Ok(ListPart { rows: rows.into_iter().map(body).collect(), next })
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
    extensions(("x-refusals" = json!([Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest, Reason::UserNotFound])))
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
    extensions(("x-refusals" = json!([Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest, Reason::UserNotFound])))
)]
pub(crate) async fn change_user(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    let values::UserId(user) = request.part("userId")?;
    request.query_only(&[])?;
    let standing = request.read::<StandingRequest>()?.standing();
    let answer = app.node.submit(SetUserStanding { user, standing }, operator.caller()).await?;
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
        Reason::TokenInvalid, Reason::NotAllowed, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::UserNotFound,
        Reason::WalletNotEmpty
    ])))
)]
pub(crate) async fn delete_user(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    let answer = idempotent(&app, &request, operator.scope(), async |caller| {
        let values::UserId(user) = request.part("userId")?;
        let NoFields {} = read(&request.fields(&[])?)?;
        request.query_only(&[])?;
        Ok(app.node.submit(DeleteUser { user }, caller).await?)
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
        Reason::TokenInvalid, Reason::NotAllowed, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::UserNotFound,
        Reason::InsufficientBalance
    ])))
)]
pub(crate) async fn withdraw(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    let answer = idempotent(&app, &request, operator.scope(), async |caller| {
        let values::UserId(user) = request.part("userId")?;
        request.query_only(&[])?;
        let asked: WithdrawalRequest = request.read()?;
        let (WithdrawalAmount(amount), WithdrawalReason(reason)) = (asked.amount, asked.reason);
        Ok(app.node.submit(Withdraw { user, amount, reason }, caller).await?)
    })
    .await?;
    Ok(respond(answer, |withdrawn| ok(&WithdrawnBody::of(withdrawn, app.node.currency()))))
}
