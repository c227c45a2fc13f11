//! What a user held and bought at a concert.

mod body;

use axum::extract::State;
use axum::response::Response;

use crate::domain::SeatKey;
use crate::http::access;
use crate::http::app::App;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::response::ok;
use crate::http::values;
use crate::node::Reservations;
pub(super) use body::ReservationBody;
use body::ReservationsBody;

/// Reservations that one answer lists: the newest.
const RESERVATIONS_MAX: usize = 1_000;

/// List a user's reservations
///
/// Newest first, at most the newest 1,000: what is held, paid, canceled, expired and refunded.
#[utoipa::path(
    get, path = "/api/v1/concerts/{concertId}/reservations", operation_id = "listReservations", tag = "concerts",
    params(
        ("concertId" = values::ConcertId, Path, example = "demo"),
        ("userId" = values::UserId, Query, example = "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e")
    ),
    responses((status = 200, description = "The reservations.", body = ReservationsBody, example = json!({
        "concertId": "demo", "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e",
        "reservations": [
            {"date": "2030-12-24", "seatNumber": 5, "section": "A", "row": 1, "rowLabel": "1", "label": "1-5",
             "status": "paid", "reservedAt": "2030-12-01T09:04:00.000Z", "expiresAt": "2030-12-01T09:09:00.000Z", "amount": 5000,
             "paymentId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d"}
        ]
    }))),
    extensions(("x-refusals" = json!([
        Reason::InvalidRequest, Reason::QueueWaiting, Reason::UserBlocked, Reason::UserNotFound,
        Reason::ConcertNotFound, Reason::NoReservations
    ])))
)]
pub(crate) async fn list_reservations(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let values::ConcertId(id) = request.part("concertId")?;
    let values::UserId(user) = request.query_part("userId")?;
    access::guarded(&app, user)?;
    app.node.user(user)?;
    let concert = access::public_concert(&app, &id)?;
    let Reservations { rows, now, offset } = app.node.reservations(concert, user, RESERVATIONS_MAX).await?;
    if rows.is_empty() {
        return Err(Reason::NoReservations.into());
    }
    let keys: Vec<SeatKey> = rows.iter().map(|row| row.key).collect();
    let words = app.node.seat_words(concert, &keys);
    let told = rows
        .iter()
        .zip(words)
        .map(|(row, words)| ReservationBody::of(row, words, (now, offset)).on(app.node.held_on(concert, row.key.date)));
    let reservations = told.collect();
    let (concert_id, user_id) = (values::ConcertId(id), values::UserId(user));
    Ok(ok(&ReservationsBody { concert_id, user_id, reservations }))
}
