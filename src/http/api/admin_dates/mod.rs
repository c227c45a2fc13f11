//! What becomes of a date: it is called off, or moved.

mod request;

use axum::extract::State;
use axum::response::Response;

use crate::domain::Rejection;
use crate::domain::commands::{CallOff, ReviseConcert};
use crate::http::access;
use crate::http::api::admin_concerts::shown::Shown;
use crate::http::api::admin_concerts::{OperatorConcertBody, moved};
use crate::http::app::App;
use crate::http::conditions;
use crate::http::idempotency::{idempotent, respond};
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::response::ok;
use crate::http::values::{self, Date, TimeOfDay};
use request::{CallOffReason, CallOffRequest, MoveRequest};

/// Call a date off
///
/// Nothing of it is sold any more. Its holds are freed and its payments refunded, to what each was paid with, some at a
/// time: the concert, read alone, tells how far that has come, and so do events `date.refunding`. It goes on after a
/// crash and gives nothing back twice. Money of deleted users, and what a full wallet has no room for, goes out over the
/// cash account. Buyers find the reason in their tickets and payments. It cannot be taken back.
#[utoipa::path(
    post, path = "/api/v1/admin/concerts/{concertId}/dates/{date}/cancel", operation_id = "callDateOff",
    tag = "operator",
    params(
        ("concertId" = values::ConcertId, Path, example = "spring"),
        ("date" = Date, Path, example = "2030-12-24")
    ),
    security(("operatorKey" = [])),
    request_body(content = CallOffRequest, example = json!({"reason": "The artist is ill."})),
    responses((status = 200, description = "The concert as it is now.", body = OperatorConcertBody,
        headers(("ETag" = String)),
        example = json!({
        "concertId": "spring", "title": "Spring Festival", "description": null, "venue": "Olympic Hall",
        "timeZone": "Asia/Seoul", "onSaleAt": null, "closesAt": null, "status": "on_sale", "seatLimit": 4,
        "transfers": false, "currency": "KRW", "showStock": true, "translations": {},
        "dates": [{"date": "2030-12-24", "startsAt": "19:30", "beginsAt": "2030-12-24T10:30:00.000Z",
         "bookableUntil": "2030-12-24T10:30:00.000Z",
         "calledOff": {"reason": "The artist is ill.", "at": "2030-12-20T09:00:00.000Z"}, "seats": 50, "price": 5000}],
        "queue": {"maxActive": 100, "admitCount": null, "admitInterval": 10, "activeSeconds": 600,
                  "abandonSeconds": 300, "order": "arrival", "paused": false},
        "createdAt": "2030-11-01T09:00:00.000Z", "updatedAt": "2030-12-20T09:00:00.000Z"
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::ConcertNotFound,
        Reason::DateNotFound, Reason::DateCalledOff
    ])))
)]
pub(crate) async fn call_off(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    let answer = idempotent(&app, &request, operator.scope(), async |caller| {
        request.query_only(&[])?;
        let CallOffRequest { reason: CallOffReason(reason) } = request.read()?;
        let concert = access::named_concert(&app, &request)?;
        let Date(date) = request.part("date")?;
        let date = app.node.first_date(concert, date);
        Ok(app.node.submit(CallOff { concert, date, reason }, caller).await?)
    })
    .await?;
    Ok(respond(answer, |written| {
        let shown = Shown::written(&written);
        conditions::tagged(ok(&shown.body), &shown.tag())
    }))
}

/// Move a date
///
/// The performance takes place on another day, at the same time of day unless `startsAt` gives another. Its holds,
/// tickets and codes stay good. From then on requests and answers speak of the new date, with `movedFrom` beside it; the
/// date that it was moved from cannot be given to another performance.
#[utoipa::path(
    post, path = "/api/v1/admin/concerts/{concertId}/dates/{date}/move", operation_id = "moveDate", tag = "operator",
    params(
        ("concertId" = values::ConcertId, Path, example = "spring"),
        ("date" = Date, Path, example = "2030-12-24")
    ),
    security(("operatorKey" = [])),
    request_body(content = MoveRequest, example = json!({"to": "2030-12-31", "startsAt": "20:00"})),
    responses((status = 200, description = "The concert as it is now.", body = OperatorConcertBody,
        headers(("ETag" = String)),
        example = json!({
        "concertId": "spring", "title": "Spring Festival", "description": null, "venue": "Olympic Hall",
        "timeZone": "Asia/Seoul", "onSaleAt": null, "closesAt": null, "status": "on_sale", "seatLimit": 4,
        "transfers": false, "currency": "KRW", "showStock": true, "translations": {},
        "dates": [{"date": "2030-12-31", "movedFrom": "2030-12-24", "startsAt": "20:00",
         "beginsAt": "2030-12-31T11:00:00.000Z", "bookableUntil": "2030-12-31T11:00:00.000Z", "seats": 50, "price": 5000}],
        "queue": {"maxActive": 100, "admitCount": null, "admitInterval": 10, "activeSeconds": 600,
                  "abandonSeconds": 300, "order": "arrival", "paused": false},
        "createdAt": "2030-11-01T09:00:00.000Z", "updatedAt": "2030-12-20T09:00:00.000Z"
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::ConcertNotFound,
        Reason::DateNotFound, Reason::DateCalledOff, Reason::ConcertInUse
    ])))
)]
pub(crate) async fn move_date(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    let answer = idempotent(&app, &request, operator.scope(), async |caller| {
        request.query_only(&[])?;
        let MoveRequest { to: Date(to), starts_at } = request.read()?;
        let concert = access::named_concert(&app, &request)?;
        let Date(date) = request.part("date")?;
        let now = app.node.concert(concert).ok_or(Rejection::ConcertNotFound)?;
        let starts_at_minutes = starts_at.map(|TimeOfDay(minutes)| minutes);
        let definition = moved(&now.row.definition, date, (to, starts_at_minutes), now.wall)?;
        let command = ReviseConcert { concert, revision: now.row.revision, definition: Box::new(definition) };
        Ok(app.node.submit(command, caller).await?)
    })
    .await?;
    Ok(respond(answer, |written| {
        let shown = Shown::written(&written);
        conditions::tagged(ok(&shown.body), &shown.tag())
    }))
}
