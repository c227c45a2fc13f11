//! Seats of a date that the operator keeps back, and frees again.

mod body;
mod request;

use axum::extract::State;
use axum::response::Response;

use crate::domain::commands::{BlockSeats, UnblockSeats};
use crate::domain::{BlockChanged, CalendarDate, SeatKey};
use crate::http::access;
use crate::http::api::seats::{SeatPlaceBody, places};
use crate::http::app::App;
use crate::http::idempotency::{idempotent, respond};
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::response::ok;
use crate::http::seat_words;
use crate::http::values;
use body::{BlockedBody, UnblockedBody};
use request::{BlockReason, BlockRequest, ReleaseRequest};

/// Block seats
///
/// All or nothing: free seats of a date are kept back. They are `blocked` in its map, nobody can reserve them, and the
/// date counts them apart. One that is blocked already takes the new reason.
#[utoipa::path(
    post, path = "/api/v1/admin/concerts/{concertId}/dates/{date}/block", operation_id = "blockSeats", tag = "operator",
    params(
        ("concertId" = values::ConcertId, Path, example = "demo"),
        ("date" = values::Date, Path, example = "2030-12-24")
    ),
    security(("operatorKey" = [])),
    request_body(content = BlockRequest, example = json!({"seats": [5, 6], "reason": "A camera stands there."})),
    responses((status = 200, description = "The seats are kept back.", body = BlockedBody, example = json!({
        "status": "blocked", "date": "2030-12-24", "seats": [5, 6],
        "places": [{"seat": 5, "section": "A", "row": 1, "rowLabel": "1", "label": "1-5"},
                   {"seat": 6, "section": "A", "row": 1, "rowLabel": "1", "label": "1-6"}],
        "blockedAt": "2030-12-01T09:05:00.000Z"
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::ConcertNotFound,
        Reason::DateNotFound, Reason::SeatNotFound, Reason::SeatTaken
    ])))
)]
pub(crate) async fn block(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    let answer = idempotent(&app, &request, operator.scope(), async |caller| {
        request.query_only(&[])?;
        let BlockRequest { seats: numbers, reason: BlockReason(reason) } = request.read()?;
        let values::Date(date) = request.part("date")?;
        let concert = access::named_concert(&app, &request)?;
        let date = app.node.first_date(concert, date);
        let command = BlockSeats { concert, date, seats: numbers.seats(), reason };
        let told = |error| seat_words::of_date(&app, (concert, Some(date)), error, |error| numbers.told(error));
        app.node.submit(command, caller).await.map_err(told)
    })
    .await?;
    let (places, held_on) = told(&app, &request, &answer.reply);
    Ok(respond(answer, |blocked| ok(&BlockedBody::of(blocked, places, held_on))))
}

/// Release blocked seats
///
/// All or nothing: the seats are free again.
#[utoipa::path(
    post, path = "/api/v1/admin/concerts/{concertId}/dates/{date}/release", operation_id = "releaseSeats",
    tag = "operator",
    params(
        ("concertId" = values::ConcertId, Path, example = "demo"),
        ("date" = values::Date, Path, example = "2030-12-24")
    ),
    security(("operatorKey" = [])),
    request_body(content = ReleaseRequest, example = json!({"seats": [5, 6]})),
    responses((status = 200, description = "The seats are free.", body = UnblockedBody, example = json!({
        "status": "released", "date": "2030-12-24", "seats": [5, 6],
        "places": [{"seat": 5, "section": "A", "row": 1, "rowLabel": "1", "label": "1-5"},
                   {"seat": 6, "section": "A", "row": 1, "rowLabel": "1", "label": "1-6"}],
        "releasedAt": "2030-12-02T09:05:00.000Z"
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::ConcertNotFound,
        Reason::DateNotFound, Reason::SeatNotFound, Reason::SeatNotBlocked
    ])))
)]
pub(crate) async fn release(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    let answer = idempotent(&app, &request, operator.scope(), async |caller| {
        request.query_only(&[])?;
        let ReleaseRequest { seats: numbers } = request.read()?;
        let values::Date(date) = request.part("date")?;
        let concert = access::named_concert(&app, &request)?;
        let date = app.node.first_date(concert, date);
        let command = UnblockSeats { concert, date, seats: numbers.seats() };
        let told = |error| seat_words::of_date(&app, (concert, Some(date)), error, |error| numbers.told(error));
        app.node.submit(command, caller).await.map_err(told)
    })
    .await?;
    let (places, held_on) = told(&app, &request, &answer.reply);
    Ok(respond(answer, |released| ok(&UnblockedBody::of(released, places, held_on))))
}

/// Seats in words, and the day on which their date takes place. A concert that was deleted since the answer was first given
/// has no words any more.
fn told(app: &App, request: &Request, changed: &BlockChanged) -> (Vec<SeatPlaceBody>, CalendarDate) {
    let BlockChanged { date, seats, .. } = changed;
    match access::named_concert(app, request) {
        Ok(concert) => (places(app, concert, &SeatKey::of_date(*date, seats)), app.node.held_on(concert, *date)),
        Err(_) => (Vec::new(), *date),
    }
}
