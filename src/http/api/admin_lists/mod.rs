//! What was sold, as the operator lists it.

mod body;
mod request;
mod seat_body;

use axum::extract::State;
use axum::response::Response;

use crate::domain::{PaymentId, TicketId};
use crate::http::access;
use crate::http::app::App;
use crate::http::csv::{self, ListPart, csv_response};
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::request::page::{Cursor, Page, unknown_cursor, write_cursor};
use crate::http::response::ok;
use crate::http::values::{self, CurrencyCode, Date, Instant, SeatNumber};
use crate::node::{HistoryPart, PaymentSearch, TicketState};
use body::{ListedPaymentBody, ListedPaymentsBody, ListedTicketBody, ListedTicketsBody};
use request::{PaymentStatusWord, SeatInPath, TicketStatusWord, read_search};
use seat_body::SeatBody;

/// List payments
///
/// Newest first, those to which everything applies that the query says. The whole list as CSV for whoever prefers
/// `text/csv`.
#[utoipa::path(
    get, path = "/api/v1/admin/payments", operation_id = "listAllPayments", tag = "operator",
    params(
        ("concertId" = Option<values::ConcertId>, Query, example = "demo"),
        ("date" = Option<Date>, Query, description = "With a seat of this date."),
        ("userId" = Option<values::UserId>, Query, description = "Paid by this user."),
        ("status" = inline(Option<PaymentStatusWord>), Query),
        ("from" = Option<Instant>, Query, description = "Paid then or later."),
        ("to" = Option<Instant>, Query, description = "Paid before then."),
        ("q" = Option<String>, Query, description = "How the id, the buyer's name or the guest's name begins; a whole id finds that payment alone."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Rows of the page; 20 by default."),
        ("cursor" = Option<Cursor>, Query, description = "The `nextCursor` of the page before.")
    ),
    security(("operatorKey" = [])),
    responses((status = 200, description = "A page, or all of it.", content(
        (ListedPaymentsBody = "application/json", example = json!({
            "payments": [{
                "paymentId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d", "concertId": "demo", "date": "2030-12-24",
                "seats": [5], "amount": 5000, "refunded": 0, "paidBy": "wallet", "status": "paid",
                "paidAt": "2030-12-01T09:05:00.000Z",
                "tickets": [{
                    "ticketId": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "date": "2030-12-24", "seat": 5,
                    "section": "A", "row": 1, "rowLabel": "1", "label": "1-5", "price": 5000, "status": "valid"
                }],
                "items": [{
                    "date": "2030-12-24", "seats": ["A 1-5"], "amount": 5000,
                    "tickets": [{
                        "ticketId": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "date": "2030-12-24", "seat": 5,
                        "section": "A", "row": 1, "rowLabel": "1", "label": "1-5", "price": 5000, "status": "valid"
                    }]
                }],
                "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "username": "kim", "guest": null
            }],
            "currency": "KRW", "nextCursor": null
        })),
        (String = "text/csv", example = json!("paymentId,paidAt,concertId,date,seats,amount,refunded,paidBy,status,…"))
    ))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest, Reason::UserNotFound, Reason::ConcertNotFound
    ])))
)]
pub(crate) async fn list_all_payments(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    let search = read_search(&app, &request)?;
    let status = request.optional::<PaymentStatusWord>("status")?.map(|word| word.0);
    let search = PaymentSearch { status, ..search };
    let page = Page::of(&request)?;
    if csv::is_preferred(&request.headers) {
        let of = app.clone();
        let read = move |behind| part_of_payments(of.clone(), search.clone(), behind, csv::PART_ROWS);
        return csv_response(&app, "attachment; filename=\"payments.csv\"", read).await;
    }
    let currency = CurrencyCode(app.node.currency().to_string());
    let part = part_of_payments(app, search, page.from.map(PaymentId), page.limit).await?;
    let next_cursor = part.next.map(|id| write_cursor(id.0));
    Ok(ok(&ListedPaymentsBody { payments: part.rows, currency, next_cursor }))
}

async fn part_of_payments(
    app: App,
    search: PaymentSearch,
    behind: Option<PaymentId>,
    limit: usize,
) -> Result<ListPart<ListedPaymentBody, PaymentId>, Problem> {
    let part = app.node.listed_payments(search, behind, limit).await?;
    let HistoryPart { rows, next } = part.ok_or_else(unknown_cursor)?;
    Ok(ListPart { rows: rows.into_iter().map(ListedPaymentBody::of).collect(), next })
}

/// List tickets
///
/// Those of the payments to which everything applies that the query says, the newest payment's first. The whole list as
/// CSV for whoever prefers `text/csv`.
#[utoipa::path(
    get, path = "/api/v1/admin/tickets", operation_id = "listAllTickets", tag = "operator",
    params(
        ("concertId" = Option<values::ConcertId>, Query, example = "demo"),
        ("date" = Option<Date>, Query, description = "For this date."),
        ("userId" = Option<values::UserId>, Query, description = "Paid by this user."),
        ("status" = inline(Option<TicketStatusWord>), Query),
        ("from" = Option<Instant>, Query, description = "Paid then or later."),
        ("to" = Option<Instant>, Query, description = "Paid before then."),
        ("q" = Option<String>, Query, description = "How the payment's id, the buyer's name or the guest's name begins; a whole id finds that payment alone."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Rows of the page; 20 by default."),
        ("cursor" = Option<Cursor>, Query, description = "The `nextCursor` of the page before.")
    ),
    security(("operatorKey" = [])),
    responses((status = 200, description = "A page, or all of it.", content(
        (ListedTicketsBody = "application/json", example = json!({
            "tickets": [{
                "ticketId": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "date": "2030-12-24", "seat": 5, "section": "A",
                "row": 1, "rowLabel": "1", "label": "1-5", "price": 5000, "status": "valid", "concertId": "demo",
                "paymentId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d", "paidAt": "2030-12-01T09:05:00.000Z",
                "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "username": "kim", "guest": null,
                "holder": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e"
            }],
            "nextCursor": null
        })),
        (String = "text/csv", example = json!("ticketId,status,concertId,date,seat,section,rowLabel,label,price,…"))
    ))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::InvalidRequest, Reason::UserNotFound, Reason::ConcertNotFound
    ])))
)]
pub(crate) async fn list_all_tickets(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    let search = read_search(&app, &request)?;
    let status = request.optional::<TicketStatusWord>("status")?.map(|word| word.0);
    let page = Page::of(&request)?;
    if csv::is_preferred(&request.headers) {
        let of = app.clone();
        let read = move |behind| part_of_tickets(of.clone(), (search.clone(), status), behind, csv::PART_ROWS);
        return csv_response(&app, "attachment; filename=\"tickets.csv\"", read).await;
    }
    let part = part_of_tickets(app, (search, status), page.from.map(TicketId), page.limit).await?;
    let next_cursor = part.next.map(|id| write_cursor(id.0));
    Ok(ok(&ListedTicketsBody { tickets: part.rows, next_cursor }))
}

async fn part_of_tickets(
    app: App,
    (search, status): (PaymentSearch, Option<TicketState>),
    behind: Option<TicketId>,
    limit: usize,
) -> Result<ListPart<ListedTicketBody, TicketId>, Problem> {
    let part = app.node.listed_tickets(search, status, behind, limit).await?;
    let HistoryPart { rows, next } = part.ok_or_else(unknown_cursor)?;
    Ok(ListPart { rows: rows.into_iter().map(ListedTicketBody::of).collect(), next })
}

/// Look at one seat
///
/// Who has it and since when, with its payment and its ticket; of one that is kept back, why.
#[utoipa::path(
    get, path = "/api/v1/admin/concerts/{concertId}/dates/{date}/seats/{seat}", operation_id = "readSeat",
    tag = "operator",
    params(
        ("concertId" = values::ConcertId, Path, example = "demo"),
        ("date" = Date, Path, example = "2030-12-24"),
        ("seat" = SeatNumber, Path, example = 5)
    ),
    security(("operatorKey" = [])),
    responses((status = 200, description = "The seat.", body = SeatBody, example = json!({
        "concertId": "demo", "date": "2030-12-24", "seat": 5, "section": "A", "row": 1, "rowLabel": "1",
        "label": "1-5", "status": "sold", "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "username": "kim",
        "guest": null, "reason": null, "since": "2030-12-01T09:05:00.000Z", "expiresAt": null, "amount": 5000,
        "paymentId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d", "ticketId": "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest, Reason::ConcertNotFound, Reason::DateNotFound,
        Reason::SeatNotFound
    ])))
)]
pub(crate) async fn read_seat(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    request.query_only(&[])?;
    let id = request.part::<values::ConcertId>("concertId")?;
    let (Date(date), SeatInPath(seat)) = (request.part("date")?, request.part("seat")?);
    let concert = access::any_concert(&app, &id.0)?;
    let now = app.node.seat_now(concert, date, seat).await?;
    Ok(ok(&SeatBody::of(id, Date(date), seat, now)))
}
