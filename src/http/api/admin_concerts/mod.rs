//! Concerts as the operator creates, reads and changes them, their queue policy and their numbers.

mod body;
mod called_off;
mod definition;
mod deleted;
mod request;
mod sections;
pub(super) mod shown;

use std::iter;

use crate::domain::commands::{CreateConcert, DeleteConcert};
use crate::domain::{ConcertId, Rejection};
use crate::http::access;
use crate::http::api::concerts::{StatusBody, asked_status, first_concert};
use crate::http::app::App;
use crate::http::conditions;
use crate::http::idempotency::{idempotent, respond};
use crate::http::problem::{Problem, Reason};
use crate::http::request::page::{Cursor, Page, write_cursor};
use crate::http::request::{NoFields, Request, read};
use crate::http::response::{created, ok};
use crate::http::seat_words;
use crate::http::values;
use crate::http::values::new_concert_id;
use crate::node::{ConcertNow, ConcertPage, Lead, Led, Revised};
use axum::extract::State;
use axum::response::Response;
pub(super) use body::OperatorConcertBody;
use body::OperatorConcertListBody;
pub(super) use definition::moved;
use definition::{Server, changed, check_id};
use deleted::{DeletedBody, DeletedWord};
use request::{ConcertChangeRequest, ConcertRequest};
use shown::Shown;

/// Ids of which one is looked for that is led here: an instance may lead few of many shards.
const IDS_MAX: usize = 16_384;

/// List all concerts
///
/// In order of their creation, drafts included.
#[utoipa::path(
    get, path = "/api/v1/admin/concerts", operation_id = "listAllConcerts", tag = "operator",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Rows of the page; 20 by default."),
        ("cursor" = Option<Cursor>, Query, description = "The `nextCursor` of the page before."),
        ("status" = Option<StatusBody>, Query, description = "Concerts of this status only.")
    ),
    security(("operatorKey" = [])),
    responses((status = 200, description = "A page.", body = OperatorConcertListBody, example = json!({
        "concerts": [
            {"concertId": "spring", "title": "Spring Festival", "description": null, "venue": "Olympic Hall",
             "timeZone": "Asia/Seoul", "onSaleAt": null, "closesAt": null, "status": "draft", "seatLimit": 4,
        "transfers": false,
             "showStock": true, "translations": {}, "currency": "KRW",
             "dates": [{"date": "2030-12-24", "startsAt": "19:30", "beginsAt": "2030-12-24T10:30:00.000Z",
         "bookableUntil": "2030-12-24T10:30:00.000Z", "seats": 50, "price": 5000}],
             "queue": {"maxActive": 100, "admitCount": null, "admitInterval": 10, "activeSeconds": 600,
                       "abandonSeconds": 300, "order": "arrival", "paused": false},
             "createdAt": "2030-11-01T09:00:00.000Z", "updatedAt": "2030-11-01T09:00:00.000Z"}
        ],
        "nextCursor": null
    }))),
    extensions(("x-refusals" = json!([Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest])))
)]
pub(crate) async fn list_all_concerts(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    request.query_only(&["limit", "cursor", "status"])?;
    let page = Page::of(&request)?;
    let from = first_concert(page)?;
    let ConcertPage { concerts, next } = app.node.concerts(from, page.limit, asked_status(&request)?);
    let shown = |concert: &ConcertNow| OperatorConcertBody::of(&concert.row, concert.status, &concert.settings);
    let next_cursor = next.map(|concert| write_cursor(concert.0.into()));
    Ok(ok(&OperatorConcertListBody { concerts: concerts.iter().map(shown).collect(), next_cursor }))
}

/// Create a concert
///
/// Only `title` and `dates` are required. A date holds `seats` and `price` (one section "A", rows of 10) or `sections`;
/// it is bookable until it begins in the concert's zone, without `startsAt` until the end of its day; answers tell the
/// instants beside the local words. A time that clocks skip, a date that is over, `closesAt` in the past and `onSaleAt`
/// behind the beginning of the last date are refused; of a time that clocks show twice the first counts. Under `queue`,
/// absent means the server's setting and `null` means off. The order `lottery` does not exist in this version.
#[utoipa::path(
    post, path = "/api/v1/admin/concerts", operation_id = "createConcert", tag = "operator",
    security(("operatorKey" = [])),
    request_body(content = ConcertRequest, example = json!({
        "concertId": "spring", "title": "Spring Festival", "description": "One evening, one stage.",
        "venue": "Olympic Hall", "timeZone": "Asia/Seoul", "onSaleAt": null, "closesAt": null, "status": "draft",
        "seatLimit": 4,
        "transfers": false,
        "dates": [
            {"date": "2030-12-24", "startsAt": "19:30", "seats": 50, "price": 5000},
            {"date": "2030-12-25", "sections": [
                {"name": "A", "rows": 5, "seatsPerRow": 10, "price": 7000},
                {"name": "B", "rows": 10, "seatsPerRow": 20, "price": 5000}
            ]}
        ],
        "queue": {"maxActive": 100, "admitCount": null, "admitInterval": null, "activeSeconds": 600,
                  "abandonSeconds": 300, "order": "arrival", "paused": false}
    })),
    responses((status = 201, description = "The concert.", body = OperatorConcertBody,
        headers(("ETag" = String)),
        example = json!({
        "concertId": "spring", "title": "Spring Festival", "description": "One evening, one stage.",
        "venue": "Olympic Hall", "timeZone": "Asia/Seoul", "onSaleAt": null, "closesAt": null, "status": "draft",
        "seatLimit": 4, "transfers": false, "showStock": true, "translations": {}, "currency": "KRW",
        "dates": [
            {"date": "2030-12-24", "startsAt": "19:30", "beginsAt": "2030-12-24T10:30:00.000Z",
         "bookableUntil": "2030-12-24T10:30:00.000Z", "seats": 50, "price": 5000},
            {"date": "2030-12-25", "startsAt": null, "beginsAt": null, "bookableUntil": "2030-12-25T15:00:00.000Z",
             "seats": 250, "sections": [
                {"name": "A", "rows": 5, "seatsPerRow": 10, "price": 7000},
                {"name": "B", "rows": 10, "seatsPerRow": 20, "price": 5000}
            ]}
        ],
        "queue": {"maxActive": 100, "admitCount": null, "admitInterval": null, "activeSeconds": 600,
                  "abandonSeconds": 300, "order": "arrival", "paused": false},
        "createdAt": "2030-11-01T09:00:00.000Z", "updatedAt": "2030-11-01T09:00:00.000Z"
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::ConcertExists
    ])))
)]
pub(crate) async fn create_concert(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    let answer = idempotent(&app, &request, operator.scope(), async |caller| {
        request.query_only(&[])?;
        let concert = ConcertChangeRequest::from(request.read::<ConcertRequest>()?);
        let zone = app.config.sale.time_zone;
        let server = Server { zone, settings: &app.node.settings(), now: app.node.wall_now() };
        let definition = definition::new(&concert, server)?;
        let id = concert.concert_id.map(|values::ConcertId(id)| id);
        let id = id.unwrap_or_else(|| fresh_id(&app));
        Ok(app.node.submit(CreateConcert { id, definition: Box::new(definition) }, caller).await?)
    })
    .await?;
    Ok(respond(answer, |reply| {
        let shown = Shown::written(&reply);
        conditions::tagged(created(&shown.body), &shown.tag())
    }))
}

/// An id of a concert that is led here; of any when none is found.
fn fresh_id(app: &App) -> ConcertId {
    let mut ids = iter::repeat_with(new_concert_id).take(IDS_MAX);
    ids.find(|id| app.node.lead(Led::Concert(id)) == Lead::Here).unwrap_or_else(new_concert_id)
}

/// Read any concert
#[utoipa::path(
    get, path = "/api/v1/admin/concerts/{concertId}", operation_id = "readAnyConcert", tag = "operator",
    params(
        ("concertId" = values::ConcertId, Path, example = "demo"),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of what the client has.")
    ),
    security(("operatorKey" = [])),
    responses(
        (status = 200, description = "The concert.", body = OperatorConcertBody,
         headers(("ETag" = String)),
         example = json!({
        "concertId": "spring", "title": "Spring Festival", "description": null, "venue": "Olympic Hall",
        "timeZone": "Asia/Seoul", "onSaleAt": "2030-12-01T09:00:00.000Z", "closesAt": null, "status": "on_sale",
        "seatLimit": 4, "transfers": false, "showStock": true, "translations": {}, "currency": "KRW",
        "dates": [{"date": "2030-12-24", "startsAt": "19:30", "beginsAt": "2030-12-24T10:30:00.000Z",
         "bookableUntil": "2030-12-24T10:30:00.000Z", "seats": 50, "price": 5000}],
        "queue": {"maxActive": 100, "admitCount": null, "admitInterval": 10, "activeSeconds": 600,
                  "abandonSeconds": 300, "order": "arrival", "paused": false},
        "createdAt": "2030-11-01T09:00:00.000Z", "updatedAt": "2030-11-02T09:00:00.000Z"
    })),
        (status = 304, description = "What the client has is still right.")
    ),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest, Reason::ConcertNotFound, Reason::PreconditionFailed
    ])))
)]
pub(crate) async fn read_any_concert(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    request.query_only(&[])?;
    let concert = access::named_concert(&app, &request)?;
    let now = app.node.concert(concert).ok_or(Rejection::ConcertNotFound)?;
    let mut shown = Shown::of(&now);
    shown.body.tell_progress(&app.node.callings_off(concert).await?);
    conditions::show(&request.headers, &shown.tag(), &shown.body)
}

/// Change a concert
///
/// Any field of a concert: absent keeps, `null` clears, `dates` and `queue` are replaced whole. Times are judged as for a
/// new concert, but only what is new of them. A seat that is held or
/// sold stays where it is: a change that gives its number another section, row or place in the row, or none, is refused
/// with `CONCERT_IN_USE`, `date` and `seats` (and `dates` for all dates, 20 seats at most). What is free may change, and
/// so may prices: a hold keeps the price at which it was made, a payment the words in which it was sold. A concert goes
/// back to `draft` only without live places and taken seats. It is put on sale with `status` `on_sale` and closed with
/// `closed`. What was read can be sent back. With `If-Match` a change of what somebody else changed meanwhile is refused;
/// also a change of the queue counts.
#[utoipa::path(
    patch, path = "/api/v1/admin/concerts/{concertId}", operation_id = "changeConcert", tag = "operator",
    params(
        ("concertId" = values::ConcertId, Path, example = "demo"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of what is changed; without it nothing is compared.")
    ),
    security(("operatorKey" = [])),
    request_body(content = ConcertChangeRequest, example = json!({"status": "on_sale", "description": null})),
    responses((status = 200, description = "The concert as it is now.", body = OperatorConcertBody,
        headers(("ETag" = String)),
        example = json!({
        "concertId": "spring", "title": "Spring Festival", "description": null, "venue": "Olympic Hall",
        "timeZone": "Asia/Seoul", "onSaleAt": null, "closesAt": null, "status": "on_sale", "seatLimit": 4,
        "transfers": false, "showStock": true, "translations": {}, "currency": "KRW",
        "dates": [{"date": "2030-12-24", "startsAt": "19:30", "beginsAt": "2030-12-24T10:30:00.000Z",
         "bookableUntil": "2030-12-24T10:30:00.000Z", "seats": 50, "price": 5000}],
        "queue": {"maxActive": 100, "admitCount": null, "admitInterval": 10, "activeSeconds": 600,
                  "abandonSeconds": 300, "order": "arrival", "paused": false},
        "createdAt": "2030-11-01T09:00:00.000Z", "updatedAt": "2030-11-02T09:00:00.000Z"
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest, Reason::ConcertNotFound, Reason::PreconditionFailed,
        Reason::ConcertInUse
    ])))
)]
pub(crate) async fn change_concert(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    let values::ConcertId(id) = request.part("concertId")?;
    request.query_only(&[])?;
    let change = request.read()?;
    check_id(&change, &id)?;
    let concert = access::any_concert(&app, &id)?;
    let revised = app.node.revise(operator.key, concert, |now| {
        conditions::allow_change(&request.headers, &Shown::of(now).tag())?;
        let server = Server { zone: app.config.sale.time_zone, settings: &now.settings, now: now.wall };
        Ok(changed(&change, &now.row.definition, server)?)
    });
    let revised = revised.await.map_err(|error| seat_words::of_concert(&app, concert, error))?;
    let shown = match &revised {
        Revised::Unchanged(now) => Shown::of(now),
        Revised::Written(written) => Shown::written(written),
    };
    Ok(conditions::tagged(ok(&shown.body), &shown.tag()))
}

/// Delete a concert
///
/// Only one at which nobody ever was: no place in its queue, no seat that was held, no ticket. Any other is refused with
/// `CONCERT_IN_USE`, and can be closed. The id can be given anew; events keep it.
#[utoipa::path(
    delete, path = "/api/v1/admin/concerts/{concertId}", operation_id = "deleteConcert", tag = "operator",
    params(("concertId" = values::ConcertId, Path, example = "spring")),
    security(("operatorKey" = [])),
    responses((status = 200, description = "It is gone.", body = DeletedBody, example = json!({
        "status": "deleted", "concertId": "spring"
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::ConcertNotFound,
        Reason::ConcertInUse
    ])))
)]
pub(crate) async fn delete_concert(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    let answer = idempotent(&app, &request, operator.scope(), async |caller| {
        let NoFields {} = read(&request.fields(&[])?)?;
        request.query_only(&[])?;
        let concert = access::named_concert(&app, &request)?;
        Ok(app.node.submit(DeleteConcert { concert }, caller).await?)
    })
    .await?;
    let body = DeletedBody { status: DeletedWord::Deleted, concert_id: request.part("concertId")? };
    Ok(respond(answer, |_| ok(&body)))
}
