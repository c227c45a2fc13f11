//! Payments: a user's list, and refunds by the operator.

mod body;
mod request;

use axum::extract::State;
use axum::response::Response;

use crate::domain::commands::Refund;
use crate::domain::{PaymentId, Rejection};
use crate::http::access;
use crate::http::app::App;
use crate::http::idempotency::{idempotent, respond};
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::request::page::{Cursor, Page, unknown_cursor, write_cursor};
use crate::http::response::ok;
use crate::http::values::read_uuid;
use crate::http::values::{self, CurrencyCode};
use crate::node::HistoryPart;
pub(super) use body::{MeansBody, PaymentBody};
use body::{PaymentsBody, RefundedBody};
use request::{RefundReason, RefundRequest};

/// List a user's payments
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/users/{userId}/payments", operation_id = "listPayments", tag = "wallet",
    params(
        ("userId" = values::UserId, Path, example = "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Rows of the page; 20 by default."),
        ("cursor" = Option<Cursor>, Query, description = "The `nextCursor` of the page before.")
    ),
    responses((status = 200, description = "A page.", body = PaymentsBody, example = json!({
        "payments": [
            {"paymentId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d", "concertId": "demo", "date": "2030-12-24",
             "seats": [5], "amount": 5000, "refunded": 0, "paidBy": "wallet", "status": "paid",
             "paidAt": "2030-12-01T09:05:00.000Z",
             "tickets": [{"ticketId": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "date": "2030-12-24", "seat": 5,
                          "section": "A", "row": 1, "rowLabel": "1", "label": "1-5", "price": 5000, "status": "valid"}],
             "items": [{"date": "2030-12-24", "seats": ["A 1-5"], "amount": 5000, "tickets": [
                 {"ticketId": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "date": "2030-12-24", "seat": 5,
                  "section": "A", "row": 1, "rowLabel": "1", "label": "1-5", "price": 5000, "status": "valid"}]}]}
        ],
        "currency": "KRW", "nextCursor": null
    }))),
    extensions(("x-refusals" = json!([
        Reason::InvalidRequest, Reason::QueueWaiting, Reason::UserBlocked, Reason::UserNotFound
    ])))
)]
pub(crate) async fn list_payments(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let values::UserId(user) = request.part("userId")?;
    let page = Page::of(&request)?;
    access::guarded(&app, user)?;
    app.node.user(user)?;
    // A cursor names a payment: only the user's own.
    let part = app.node.payments(user, page.from.map(PaymentId), page.limit).await?;
    let HistoryPart { rows, next } = part.ok_or_else(unknown_cursor)?;
    let payments = rows.iter().map(|told| PaymentBody::of(told.id, &told.payment, &told.tickets, &told.concert));
    let payments = payments.collect();
    let currency = CurrencyCode(app.node.currency().to_string());
    Ok(ok(&PaymentsBody { payments, currency, next_cursor: next.map(|id| write_cursor(id.0)) }))
}

/// Refund a payment, or a part of it
///
/// The seats are free again, their share goes back, their tickets are void. `seats` names some of them (with `date`
/// when the payment spans several); without it all that is left goes back. The money returns to what it was paid with;
/// with `"to":"cash"`, or when its user was deleted, it goes out over the cash account, and the answer says so.
#[utoipa::path(
    post, path = "/api/v1/payments/{paymentId}/refund", operation_id = "refundPayment", tag = "operator",
    params(("paymentId" = values::PaymentId, Path, example = "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d")),
    request_body(content = RefundRequest, example = json!({"reason": "The artist is ill.", "seats": [5]})),
    security(("operatorKey" = [])),
    responses((status = 200, description = "The seats are free again.", body = RefundedBody, example = json!({
        "status": "partly_refunded", "paymentId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d", "amount": 5000,
        "refunded": 5000, "to": "wallet", "refundedAt": "2030-12-02T09:00:00.000Z",
        "items": [{"date": "2030-12-24", "seats": ["A 1-5"], "amount": 5000, "tickets": [
            {"ticketId": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "date": "2030-12-24", "seat": 5, "section": "A",
             "row": 1, "rowLabel": "1", "label": "1-5", "price": 5000, "status": "void",
             "voidReason": "The artist is ill."}]}]
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::SeatNotFound,
        Reason::PaymentNotFound, Reason::AlreadyRefunded, Reason::BalanceLimit
    ])))
)]
pub(crate) async fn refund(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    let answer = idempotent(&app, &request, operator.scope(), async |caller| {
        request.query_only(&[])?;
        let asked: RefundRequest = request.read()?;
        let (part, to) = (asked.part()?, asked.to());
        let RefundRequest { reason: RefundReason(reason), .. } = asked;
        let payment = read_uuid(request.path("paymentId")).map(PaymentId).ok_or(Rejection::PaymentNotFound)?;
        Ok(app.node.submit(Refund { payment, part, to, reason }, caller).await?)
    })
    .await?;
    Ok(respond(answer, |refunded| ok(&RefundedBody::of(refunded))))
}
