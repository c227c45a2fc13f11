//! Tickets: what a user has, what one is for, its QR, and what tells a genuine code.

mod body;
mod details;
pub(crate) mod example;
mod key;
mod qr;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::domain::{CalendarDate, ConcertNo, Rejection, TicketId};
use crate::http::app::App;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::request::page::{Cursor, Page, unknown_cursor, write_cursor};
use crate::http::response::ok;
use crate::http::values::{self, CurrencyCode, read_text};
use crate::identity::TicketCode;
use crate::node::{HistoryPart, ToldTicket};
use details::TicketsBody;
use key::TicketKeyBody;

pub(crate) use details::TicketDetailsBody;

pub(super) use body::{ItemBody, TicketBody, TicketStatusBody, items};

/// Read what tells a genuine code of a ticket
///
/// Whoever checks codes without asking this server needs nothing else. A code is `prefix` and the base45 (RFC 9285, by
/// `alphabet`) of `layout`'s bytes and a signature of 64 bytes; integers are big-endian. It is genuine when `publicKey`
/// verifies the signature (Ed25519, RFC 8032) over the bytes of the text `signedPrefix` followed by those of `layout`.
/// Any other text is refused: another length or beginning, a character that `alphabet` does not have, three characters
/// that stand for more than 65535. `format` is 1; `ticketId` are the bytes of the UUID; `concert` tells concerts apart, by the
/// lower 16 bits of a number; `date` are the days from 1970-01-01 to the date that the ticket was sold for (of one that was moved,
/// the first date), by their lower 16 bits; `version` counts the codes of the ticket, of which the newest alone counts.
/// A genuine code says that the ticket was sold, and not that it is still good: the door list of the date says that.
#[utoipa::path(
    get, path = "/api/v1/tickets/key", operation_id = "readTicketKey", tag = "tickets",
    responses((status = 200, description = "The public key and the form of codes.", body = TicketKeyBody, example = json!({
        "algorithm": "Ed25519", "publicKey": "6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw",
        "publicKeyPem": "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=\n-----END PUBLIC KEY-----\n",
        "signedPrefix": "jari-ticket-1:", "prefix": "J", "alphabet": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:",
        "length": 130, "signatureBytes": 64,
        "layout": [{"name": "format", "bytes": 1}, {"name": "ticketId", "bytes": 16}, {"name": "concert", "bytes": 2},
                   {"name": "date", "bytes": 2}, {"name": "version", "bytes": 1}]
    })))
)]
pub(crate) async fn read_key(State(app): State<App>, _: Request) -> Response {
    let mut response = ok(&TicketKeyBody::of(&app.keys.tickets));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// List a user's tickets
///
/// Those that the user has now, with their codes: first those that others handed over, then those that the user bought, of
/// either the newest first. They are told to a user who has no queue place, too.
#[utoipa::path(
    get, path = "/api/v1/users/{userId}/tickets", operation_id = "listTickets", tag = "tickets",
    params(
        ("userId" = values::UserId, Path, example = "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Rows of the page; 20 by default."),
        ("cursor" = Option<Cursor>, Query, description = "The `nextCursor` of the page before.")
    ),
    responses((status = 200, description = "A page.", body = TicketsBody, example = json!({
        "tickets": [{
            "ticketId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e",
            "code": example::CODE,
            "status": "valid", "concertId": "demo", "title": "Demo Concert", "date": "2030-12-24", "startsAt": "19:30",
            "beginsAt": "2030-12-24T10:30:00.000Z", "seat": 5, "section": "A", "row": 1, "rowLabel": "1", "label": "1-5",
            "price": 5000, "paymentId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d", "holder": "kim"
        }],
        "currency": "KRW", "nextCursor": null
    }))),
    extensions(("x-refusals" = json!([Reason::InvalidRequest, Reason::UserBlocked, Reason::UserNotFound])))
)]
pub(crate) async fn list_tickets(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let values::UserId(user) = request.part("userId")?;
    let page = Page::of(&request)?;
    app.node.user(user)?;
    let part = app.node.tickets_of(user, page.from.map(TicketId), page.limit).await?;
    let HistoryPart { rows, next } = part.ok_or_else(unknown_cursor)?;
    let tickets = rows.into_iter().map(|told| with_code(&app, told)).collect();
    let currency = CurrencyCode(app.node.currency().to_string());
    Ok(ok(&TicketsBody { tickets, currency, next_cursor: next.map(|id| write_cursor(id.0)) }))
}

/// Read a ticket
///
/// With its code. Its id is a secret of whoever has it; with `userId` that of another user is not found.
#[utoipa::path(
    get, path = "/api/v1/tickets/{ticketId}", operation_id = "readTicket", tag = "tickets",
    params(
        ("ticketId" = values::TicketId, Path, example = "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e"),
        ("userId" = Option<values::UserId>, Query, description = "The user who has it.")
    ),
    responses((status = 200, description = "The ticket.", body = TicketDetailsBody, example = json!({
        "ticketId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e", "status": "void", "concertId": "demo",
        "title": "Demo Concert", "date": "2030-12-24", "startsAt": "19:30", "beginsAt": "2030-12-24T10:30:00.000Z",
        "seat": 5, "section": "A", "row": 1, "rowLabel": "1", "label": "1-5", "price": 5000,
        "paymentId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d", "holder": "kim", "voidReason": "The artist is ill."
    }))),
    extensions(("x-refusals" = json!([Reason::InvalidRequest, Reason::TicketNotFound])))
)]
pub(crate) async fn read_ticket(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let told = visible(&app, &request).await?;
    Ok(ok(&with_code(&app, told)))
}

/// Read the QR of a ticket
///
/// As a picture that is sharp in every size, to be shown on a screen or printed, at least 2 cm wide; for whom the ticket
/// itself is.
#[utoipa::path(
    get, path = "/api/v1/tickets/{ticketId}/qr.svg", operation_id = "readTicketQr", tag = "tickets",
    params(
        ("ticketId" = values::TicketId, Path, example = "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e"),
        ("userId" = Option<values::UserId>, Query, description = "The user who has it.")
    ),
    responses((status = 200, description = "The picture.", content_type = "image/svg+xml", body = String,
        example = json!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 49 49\"></svg>")
    )),
    extensions(("x-refusals" = json!([
        Reason::InvalidRequest, Reason::TicketNotFound, Reason::TicketVoid
    ])))
)]
pub(crate) async fn read_qr(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let told = visible(&app, &request).await?;
    told.row.is_good(None).map_err(Problem::from)?;
    let headers = [(CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"))];
    let ToldTicket { id, row, .. } = told;
    let code = code_of(&app, id, row.concert, row.key.date, row.version);
    Ok((headers, qr::svg(&code)).into_response())
}

/// The ticket of a path: a guest has nothing but its id, which nobody guesses.
///
/// # Errors
/// 404 when there is none, or another user has it than the one who is named.
async fn visible(app: &App, request: &Request) -> Result<ToldTicket, Problem> {
    let user = request.query("userId")?.map(|text| read_text::<values::UserId>("userId", &text)).transpose()?;
    let values::TicketId(ticket) = request.part("ticketId")?;
    let told =
        app.node.ticket(ticket).await?.filter(|told| user.as_ref().is_none_or(|user| told.row.holder == Some(user.0)));
    told.ok_or_else(|| Rejection::TicketNotFound.into())
}

pub(crate) fn with_code(app: &App, told: ToldTicket) -> TicketDetailsBody {
    let ToldTicket { id, row, .. } = &told;
    let code = row.status.stands().then(|| code_of(app, *id, row.concert, row.key.date, row.version));
    TicketDetailsBody::of(told, code)
}

/// The code of a ticket of `concert` that was sold for `date`, in this version of it.
pub(crate) fn code_of(app: &App, ticket: TicketId, concert: ConcertNo, date: CalendarDate, version: u8) -> String {
    app.keys.tickets.write(TicketCode::new(ticket, concert, date, version))
}
