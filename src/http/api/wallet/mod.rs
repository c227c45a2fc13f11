//! Wallets: charge, balance, ledger.

mod body;
mod request;

use axum::extract::State;
use axum::response::Response;

use crate::domain::commands::Charge;
use crate::domain::{Charger, KeyScope};
use crate::http::access;
use crate::http::app::App;
use crate::http::idempotency::{idempotent, respond};
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::request::page::{Cursor, Page, unknown_cursor, write_cursor};
use crate::http::response::ok;
use crate::http::values::{self, CurrencyCode};
use crate::node::HistoryPart;
pub(super) use body::LedgerEntryBody;
use body::{BalanceBody, ChargedBody, LedgerBody};
use request::{ChargeAmount, ChargeRequest, OperatorChargeRequest};

/// Charge a wallet
///
/// Anyone may while the server's `wallet.charge` is `open`; with `operator` it takes the key of an operator, whose act it is.
#[utoipa::path(
    post, path = "/api/v1/users/{userId}/balance/charge", operation_id = "chargeWallet", tag = "wallet",
    params(("userId" = values::UserId, Path, example = "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e")),
    request_body(content = ChargeRequest, example = json!({"amount": 10000})),
    security((), ("operatorKey" = [])),
    responses((status = 200, description = "The money is in the wallet.", body = ChargedBody, example = json!({
        "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "newBalance": 10000, "currency": "KRW", "entryId": 1,
        "chargedAt": "2030-12-01T09:00:00.000Z"
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::QueueWaiting,
        Reason::UserBlocked, Reason::UserNotFound, Reason::InvalidAmount, Reason::BalanceLimit
    ])))
)]
pub(crate) async fn charge(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let scope = access::charger(&app, &request)?;
    let charger = match scope {
        KeyScope::User(_) => Charger::Public,
        KeyScope::Operator(_) => Charger::Operator,
        KeyScope::Newcomer => unreachable!("a wallet has a user, whom the path names"),
    };
    let answer = idempotent(&app, &request, scope, async |caller| {
        let values::UserId(user) = request.part("userId")?;
        let ChargeAmount(amount) = match charger {
            Charger::Public => request.read::<ChargeRequest>()?.amount,
            Charger::Operator => {
                request.query_only(&[])?;
                request.read::<OperatorChargeRequest>()?.amount
            }
        };
        access::guarded(&app, user)?;
        Ok(app.node.submit(Charge { user, amount, charger }, caller).await?)
    })
    .await?;
    Ok(respond(answer, |charged| ok(&ChargedBody::of(charged, app.node.currency()))))
}

/// Read a balance
#[utoipa::path(
    get, path = "/api/v1/users/{userId}/balance", operation_id = "readBalance", tag = "wallet",
    params(("userId" = values::UserId, Path, example = "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e")),
    responses((status = 200, description = "The balance.", body = BalanceBody, example = json!({
        "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "balance": 10000, "currency": "KRW"
    }))),
    extensions(("x-refusals" = json!([
        Reason::InvalidRequest, Reason::QueueWaiting, Reason::UserBlocked, Reason::UserNotFound
    ])))
)]
pub(crate) async fn balance(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let values::UserId(user) = request.part("userId")?;
    access::guarded(&app, user)?;
    app.node.user(user)?;
    let balance = app.node.balance(user)?;
    let currency = CurrencyCode(app.node.currency().to_string());
    Ok(ok(&BalanceBody { user_id: values::UserId(user), balance, currency }))
}

/// Read a ledger
///
/// Every movement of money of the user, newest first.
#[utoipa::path(
    get, path = "/api/v1/users/{userId}/ledger", operation_id = "listLedgerEntries", tag = "wallet",
    params(
        ("userId" = values::UserId, Path, example = "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Rows of the page; 20 by default."),
        ("cursor" = Option<Cursor>, Query, description = "The `nextCursor` of the page before.")
    ),
    responses((status = 200, description = "A page.", body = LedgerBody, example = json!({
        "entries": [
            {"entryId": 2, "kind": "payment", "amount": -5000, "balance": 5000, "at": "2030-12-01T09:05:00.000Z",
             "paymentId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d"},
            {"entryId": 1, "kind": "charge", "amount": 10000, "balance": 10000, "at": "2030-12-01T09:00:00.000Z"}
        ],
        "currency": "KRW", "nextCursor": null
    }))),
    extensions(("x-refusals" = json!([
        Reason::InvalidRequest, Reason::QueueWaiting, Reason::UserBlocked, Reason::UserNotFound
    ])))
)]
pub(crate) async fn ledger(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let values::UserId(user) = request.part("userId")?;
    let page = Page::of(&request)?;
    access::guarded(&app, user)?;
    app.node.user(user)?;
    // A cursor names an entry: only the user's own.
    let from = page.from.map(u64::try_from).transpose().map_err(|_| unknown_cursor())?;
    let HistoryPart { rows, next } = app.node.ledger(user, from, page.limit).await?.ok_or_else(unknown_cursor)?;
    let entries = rows.iter().map(|(number, entry)| LedgerEntryBody::of(*number, entry)).collect();
    let currency = CurrencyCode(app.node.currency().to_string());
    Ok(ok(&LedgerBody { entries, currency, next_cursor: next.map(|number| write_cursor(number.into())) }))
}
