//! Payments: a user's list, and refunds by the operator.

mod body;
mod request;

use axum::extract::State;
use axum::response::Response;

use crate::domain::commands::Refund;
use crate::domain::{KeyScope, Payment, PaymentId, Rejection, Rows, SoldSeat, Ticket, tables};
use crate::http::access;
use crate::http::app::App;
use crate::http::history::{newest_first, required, rows, sound};
use crate::http::idempotency::{idempotent, respond};
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::request::page::{Page, unknown_cursor, write_cursor};
use crate::http::response::ok;
use crate::http::values::read_uuid;
use crate::http::values::{self, CurrencyCode};
use crate::node::SubmitError;
use crate::storage::Store;
use body::{PaymentBody, PaymentsBody, RefundedBody};
use request::{RefundReason, RefundRequest};

/// List a user's payments
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/users/{userId}/payments", tag = "wallet",
    params(
        ("userId" = values::UserId, Path, example = "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Rows of the page; 20 by default."),
        ("cursor" = Option<String>, Query, description = "The `nextCursor` of the page before.")
    ),
    responses((status = 200, description = "A page.", body = PaymentsBody, example = json!({
        "payments": [
            {"paymentId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d", "concertId": "demo", "date": "2030-12-24",
             "seats": [5], "amount": 5000, "status": "paid", "paidAt": "2030-12-01T09:05:00.000Z",
             "tickets": [{"seat": 5, "ticketId": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "section": "A", "row": 1}]}
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
    let reader = app.clone();
    rows(&app, move |store| {
        let first = match page.from {
            None => sound(store.get::<tables::Wallets>(&user))?.unwrap_or_default().last_payment,
            Some(key) => {
                // A cursor names a payment: only the user's own.
                let payment =
                    sound(store.get::<tables::Payments>(&PaymentId(key)))?.filter(|payment| payment.user == user);
                Some(payment.map(|_| PaymentId(key)).ok_or_else(unknown_cursor)?)
            }
        };
        let part =
            newest_first(first, page.limit, |id| store.get::<tables::Payments>(&id), |payment| payment.previous)?;
        let shown = part.rows.iter().map(|(id, payment)| payment_body(&reader, store, *id, payment));
        let payments = shown.collect::<Result<_, _>>()?;
        let currency = CurrencyCode(reader.node.currency().to_string());
        Ok(ok(&PaymentsBody { payments, currency, next_cursor: part.next.map(|id| write_cursor(id.0)) }))
    })
    .await
}

fn payment_body(app: &App, store: &Store, id: PaymentId, payment: &Payment) -> Result<PaymentBody, Problem> {
    let concert = app.node.read(|state| state.sale(payment.concert).map(|sale| sale.id().clone()));
    let missing = || Problem::from(SubmitError::Fault("a payment names a concert that does not exist".to_owned()));
    let words = |sold: &SoldSeat| {
        let row = required(store.get::<tables::Tickets>(&sold.ticket))?;
        Ok(Ticket { seat: sold.seat, ticket: sold.ticket, section: row.section, row: row.row })
    };
    let tickets = payment.tickets.iter().map(words).collect::<Result<Vec<Ticket>, Problem>>()?;
    Ok(PaymentBody::of(id, payment, &tickets, &concert.ok_or_else(missing)?))
}

/// Refund a payment
///
/// Its seats are free again, the money is back in the wallet, the tickets are void. A payment is refunded whole: fields
/// that ask for a part of it are refused as every unknown field is.
#[utoipa::path(
    post, path = "/api/v1/payments/{paymentId}/refund", tag = "operator",
    params(("paymentId" = values::PaymentId, Path, example = "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d")),
    request_body(content = RefundRequest, example = json!({"reason": "The artist is ill."})),
    security(("operatorKey" = [])),
    responses((status = 200, description = "The payment is refunded.", body = RefundedBody, example = json!({
        "status": "refunded", "paymentId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d", "amount": 5000,
        "refundedAt": "2030-12-02T09:00:00.000Z"
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::PaymentNotFound,
        Reason::AlreadyRefunded, Reason::BalanceLimit
    ])))
)]
pub(crate) async fn refund(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    let answer = idempotent(&app, &request, KeyScope::Operator, async |key| {
        request.query_only(&[])?;
        let RefundRequest { reason: RefundReason(reason) } = request.read()?;
        let payment = read_uuid(request.path("paymentId")).map(PaymentId).ok_or(Rejection::PaymentNotFound)?;
        Ok(app.node.submit(Refund { payment, reason }, key).await?)
    })
    .await?;
    Ok(respond(answer, |refunded| ok(&RefundedBody::of(refunded))))
}
