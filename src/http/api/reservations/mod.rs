//! What a user held and bought at a concert.

mod body;

use axum::extract::State;
use axum::response::Response;

use crate::domain::{ConcertNo, Reservation, SeatKey, SeatWords};
use crate::http::access;
use crate::http::app::App;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::request::page::{Cursor, Page, unknown_cursor, write_cursor};
use crate::http::response::ok;
use crate::http::values;
use crate::node::Reservations;
pub(super) use body::ReservationBody;
use body::ReservationsBody;

/// List a user's reservations
///
/// Newest first: what is held, paid, canceled, expired and refunded.
#[utoipa::path(
    get, path = "/api/v1/concerts/{concertId}/reservations", operation_id = "listReservations", tag = "concerts",
    params(
        ("concertId" = values::ConcertId, Path, example = "demo"),
        ("userId" = values::UserId, Query, example = "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Rows of the page; 20 by default."),
        ("cursor" = Option<Cursor>, Query, description = "The `nextCursor` of the page before.")
    ),
    responses((status = 200, description = "A page.", body = ReservationsBody, example = json!({
        "concertId": "demo", "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e",
        "reservations": [
            {"date": "2030-12-24", "seatNumber": 5, "section": "A", "row": 1, "rowLabel": "1", "label": "1-5",
             "status": "paid", "reservedAt": "2030-12-01T09:04:00.000Z", "expiresAt": "2030-12-01T09:09:00.000Z",
             "expiresIn": 0, "amount": 5000, "paymentId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d"}
        ],
        "nextCursor": null
    }))),
    extensions(("x-refusals" = json!([
        Reason::InvalidRequest, Reason::QueueWaiting, Reason::UserBlocked, Reason::UserNotFound,
        Reason::ConcertNotFound, Reason::NoReservations
    ])))
)]
pub(crate) async fn list_reservations(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let values::ConcertId(id) = request.part("concertId")?;
    let values::UserId(user) = request.query_part("userId")?;
    let page = Page::of(&request)?;
    access::guarded(&app, user)?;
    app.node.user(user)?;
    let concert = access::public_concert(&app, &id)?;
    // A cursor names a reservation: only the user's own.
    let from = page.from.map(|key| u64::try_from(key).map_err(|_| unknown_cursor())).transpose()?;
    let found = app.node.reservations(concert, user, from, page.limit).await?;
    let found = found.ok_or_else(unknown_cursor)?;
    if found.part.rows.is_empty() {
        return Err(Reason::NoReservations.into());
    }
    let reservations = shown(&app, concert, &found);
    let (concert_id, user_id) = (values::ConcertId(id), values::UserId(user));
    let next_cursor = found.part.next.map(|number| write_cursor(number.into()));
    Ok(ok(&ReservationsBody { concert_id, user_id, reservations, next_cursor }))
}

/// Reservations at a concert, in the words of its plan and with its dates as both stand.
pub(super) fn shown(app: &App, concert: ConcertNo, reservations: &Reservations) -> Vec<ReservationBody> {
    let Reservations { part, now, offset } = reservations;
    let keys: Vec<SeatKey> = part.rows.iter().map(|row| row.key).collect();
    let words = app.node.seat_words(concert, &keys);
    let body = |(row, words): (&Reservation, Option<SeatWords>)| {
        ReservationBody::of(row, words, (*now, *offset)).on(app.node.held_on(concert, row.key.date))
    };
    part.rows.iter().zip(words).map(body).collect()
}
