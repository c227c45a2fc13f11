//! Concerts as the operator creates, reads and changes them, their queue policy and their numbers.

use axum::extract::State;
use axum::response::Response;
use uuid::Uuid;

use super::access;
use super::concerts::first_concert;
use super::once::{once, respond};
use crate::domain::{Actor, Command, ConcertId, ConcertNo, Rejection, Reply, Sale, State as Sales};
use crate::http::json::{
    ConcertChangeRequest, ConcertRequest, Fields, OperatorConcertBody, OperatorConcertListBody, Page, QueueBody,
    QueueRequest, StatsBody, concert_id, created, ok, read_changed, read_new, read_policy, status_at, write_cursor,
    write_uuid,
};
use crate::http::{App, Call, Failure};
use crate::node::Trouble;

/// How often a change is begun anew because another one came between reading and writing.
const CHANGES_ATTEMPTED_MAX: u32 = 16;

/// List all concerts
///
/// In order of their creation, drafts included.
#[utoipa::path(
    get, path = "/api/v1/admin/concerts", tag = "operator",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Rows of the page; 20 by default."),
        ("cursor" = Option<String>, Query, description = "The `nextCursor` of the page before.")
    ),
    security(("operatorKey" = [])),
    responses((status = 200, description = "A page.", body = OperatorConcertListBody, example = json!({
        "concerts": [
            {"concertId": "spring", "title": "Spring Festival", "description": null, "venue": "Olympic Hall",
             "timeZone": "Asia/Seoul", "onSaleAt": null, "closesAt": null, "status": "draft", "seatLimit": 4,
             "dates": [{"date": "2030-12-24", "startsAt": "19:30", "seats": 50, "price": 5000}],
             "queue": {"maxActive": 100, "admitCount": null, "admitInterval": 10, "activeSeconds": 600,
                       "abandonSeconds": 300, "order": "arrival"},
             "createdAt": "2030-11-01T09:00:00.000Z", "updatedAt": "2030-11-01T09:00:00.000Z"}
        ],
        "nextCursor": null
    }))),
    extensions(("x-refusals" = json!(["TOKEN_INVALID", "INVALID_REQUEST"])))
)]
pub async fn list_all_concerts(State(app): State<App>, call: Call) -> Result<Response, Failure> {
    access::operator(&app, &call)?;
    let page = Page::of(&call)?;
    let from = first_concert(page)?;
    let body = app.node.read(|state| {
        let mut sales = state.sales().filter(|sale| sale.no >= from);
        let concerts = sales.by_ref().take(page.limit).map(|sale| body_now(&app, state, sale)).collect();
        OperatorConcertListBody { concerts, next_cursor: sales.next().map(|sale| write_cursor(sale.no.0.into())) }
    });
    Ok(ok(&body))
}

fn body_now(app: &App, state: &Sales, sale: &Sale) -> OperatorConcertBody {
    OperatorConcertBody::of(sale.row(), sale.status(app.node.now()), state.settings())
}

/// A concert as it was written: with the status of that moment and the settings in force, so that a kept answer stays the
/// same.
fn body_written(reply: Reply) -> OperatorConcertBody {
    let Reply::Concert { row, settings, .. } = reply else { unreachable!("writing a concert answers the concert") };
    OperatorConcertBody::of(&row, status_at(&row, row.updated_at), &settings)
}

/// Create a concert
///
/// Only `title` and `dates` are required. A date holds `seats` and `price` (one section "A", rows of 10) or `sections`;
/// it is bookable until it begins in the concert's zone, without `startsAt` until the end of its day. Under `queue`,
/// absent means the server's setting and `null` means off. The order `lottery` does not exist in this version.
#[utoipa::path(
    post, path = "/api/v1/admin/concerts", tag = "operator",
    security(("operatorKey" = [])),
    request_body(content = ConcertRequest, example = json!({
        "concertId": "spring", "title": "Spring Festival", "description": "One evening, one stage.",
        "venue": "Olympic Hall", "timeZone": "Asia/Seoul", "onSaleAt": null, "closesAt": null, "status": "draft",
        "seatLimit": 4,
        "dates": [
            {"date": "2030-12-24", "startsAt": "19:30", "seats": 50, "price": 5000},
            {"date": "2030-12-25", "sections": [
                {"name": "A", "rows": 5, "seatsPerRow": 10, "price": 7000},
                {"name": "B", "rows": 10, "seatsPerRow": 20, "price": 5000}
            ]}
        ],
        "queue": {"maxActive": 100, "admitCount": null, "admitInterval": null, "activeSeconds": 600,
                  "abandonSeconds": 300, "order": "arrival"}
    })),
    responses((status = 201, description = "The concert.", body = OperatorConcertBody, example = json!({
        "concertId": "spring", "title": "Spring Festival", "description": "One evening, one stage.",
        "venue": "Olympic Hall", "timeZone": "Asia/Seoul", "onSaleAt": null, "closesAt": null, "status": "draft",
        "seatLimit": 4,
        "dates": [
            {"date": "2030-12-24", "startsAt": "19:30", "seats": 50, "price": 5000},
            {"date": "2030-12-25", "startsAt": null, "seats": 250, "sections": [
                {"name": "A", "rows": 5, "seatsPerRow": 10, "price": 7000},
                {"name": "B", "rows": 10, "seatsPerRow": 20, "price": 5000}
            ]}
        ],
        "queue": {"maxActive": 100, "admitCount": null, "admitInterval": null, "activeSeconds": 600,
                  "abandonSeconds": 300, "order": "arrival"},
        "createdAt": "2030-11-01T09:00:00.000Z", "updatedAt": "2030-11-01T09:00:00.000Z"
    }))),
    extensions(("x-refusals" = json!([
        "TOKEN_INVALID", "IDEMPOTENCY_KEY_REUSED", "INVALID_REQUEST", "CONCERT_EXISTS"
    ])))
)]
pub async fn create_concert(State(app): State<App>, call: Call) -> Result<Response, Failure> {
    access::operator(&app, &call)?;
    let answer = once(&app, &call, Actor::Operator, async |once| {
        let body = call.json()?;
        let zone = app.config.sale.time_zone;
        let (id, definition) = read_new(&Fields::of(&body), zone, &app.node.settings())?;
        let id = id.unwrap_or_else(fresh_id);
        Ok(app.node.submit(Command::CreateConcert { id, definition: Box::new(definition) }, once).await?)
    })
    .await?;
    Ok(respond(answer, |reply| created(&body_written(reply))))
}

fn fresh_id() -> ConcertId {
    ConcertId::parse(&write_uuid(Uuid::new_v4().as_u128())).expect("a UUID is a fine concert id")
}

/// Read any concert
#[utoipa::path(
    get, path = "/api/v1/admin/concerts/{concertId}", tag = "operator",
    params(("concertId" = String, Path, example = "spring")),
    security(("operatorKey" = [])),
    responses((status = 200, description = "The concert.", body = OperatorConcertBody, example = json!({
        "concertId": "spring", "title": "Spring Festival", "description": null, "venue": "Olympic Hall",
        "timeZone": "Asia/Seoul", "onSaleAt": "2030-12-01T09:00:00.000Z", "closesAt": null, "status": "on_sale",
        "seatLimit": 4, "dates": [{"date": "2030-12-24", "startsAt": "19:30", "seats": 50, "price": 5000}],
        "queue": {"maxActive": 100, "admitCount": null, "admitInterval": 10, "activeSeconds": 600,
                  "abandonSeconds": 300, "order": "arrival"},
        "createdAt": "2030-11-01T09:00:00.000Z", "updatedAt": "2030-11-02T09:00:00.000Z"
    }))),
    extensions(("x-refusals" = json!(["TOKEN_INVALID", "INVALID_REQUEST", "CONCERT_NOT_FOUND"])))
)]
pub async fn read_any_concert(State(app): State<App>, call: Call) -> Result<Response, Failure> {
    access::operator(&app, &call)?;
    let concert = named_concert(&app, &call)?;
    let body = app.node.read(|state| state.sale(concert).map(|sale| body_now(&app, state, sale)));
    Ok(ok(&body.ok_or(Rejection::ConcertNotFound)?))
}

fn named_concert(app: &App, call: &Call) -> Result<ConcertNo, Failure> {
    access::any_concert(app, &concert_id(call.path("concertId"))?)
}

/// Change a concert
///
/// Any field of a concert: absent keeps, `null` clears, `dates` and `queue` are replaced whole. A seat that is held or
/// sold stays where it is: a change that gives its number another section, row or place in the row, or none, is refused
/// with `CONCERT_IN_USE`, `date` and `seats` (and `dates` for all dates, 20 seats at most). What is free may change, and
/// so may prices: a hold keeps the price at which it was made, a payment the words in which it was sold. A concert goes
/// back to `draft` only without live places and taken seats. It is put on sale with `status` `on_sale` and closed with
/// `closed`.
#[utoipa::path(
    patch, path = "/api/v1/admin/concerts/{concertId}", tag = "operator",
    params(("concertId" = String, Path, example = "spring")),
    security(("operatorKey" = [])),
    request_body(content = ConcertChangeRequest, example = json!({"status": "on_sale", "description": null})),
    responses((status = 200, description = "The concert as it is now.", body = OperatorConcertBody, example = json!({
        "concertId": "spring", "title": "Spring Festival", "description": null, "venue": "Olympic Hall",
        "timeZone": "Asia/Seoul", "onSaleAt": null, "closesAt": null, "status": "on_sale", "seatLimit": 4,
        "dates": [{"date": "2030-12-24", "startsAt": "19:30", "seats": 50, "price": 5000}],
        "queue": {"maxActive": 100, "admitCount": null, "admitInterval": 10, "activeSeconds": 600,
                  "abandonSeconds": 300, "order": "arrival"},
        "createdAt": "2030-11-01T09:00:00.000Z", "updatedAt": "2030-11-02T09:00:00.000Z"
    }))),
    extensions(("x-refusals" = json!(["TOKEN_INVALID", "INVALID_REQUEST", "CONCERT_NOT_FOUND", "CONCERT_IN_USE"])))
)]
pub async fn change_concert(State(app): State<App>, call: Call) -> Result<Response, Failure> {
    access::operator(&app, &call)?;
    let id = concert_id(call.path("concertId"))?;
    let body = call.json()?;
    let fields = Fields::of(&body);
    let concert = access::any_concert(&app, &id)?;
    let mut attempts = 0;
    loop {
        let row = app.node.read(|state| state.sale(concert).map(|sale| sale.row().clone()));
        let row = row.ok_or(Rejection::ConcertNotFound)?;
        let settings = app.node.settings();
        let definition = read_changed(&fields, &row.definition, app.config.sale.time_zone, &settings)?;
        if definition == row.definition {
            return Ok(ok(&OperatorConcertBody::of(&row, status_at(&row, app.node.now()), &settings)));
        }
        let command = Command::ReviseConcert { concert, revision: row.revision, definition: Box::new(definition) };
        attempts += 1;
        match app.node.submit(command, None).await {
            Ok(answer) => return Ok(ok(&body_written(answer.reply))),
            Err(Trouble::Rejected(Rejection::Revised)) if attempts < CHANGES_ATTEMPTED_MAX => {}
            Err(trouble) => return Err(trouble.into()),
        }
    }
}

/// Read a queue policy
///
/// What is in force, the server's settings filled in.
#[utoipa::path(
    get, path = "/api/v1/admin/concerts/{concertId}/queue", tag = "operator",
    params(("concertId" = String, Path, example = "spring")),
    security(("operatorKey" = [])),
    responses((status = 200, description = "The policy.", body = QueueBody, example = json!({
        "maxActive": 100, "admitCount": null, "admitInterval": 10, "activeSeconds": 600, "abandonSeconds": 300,
        "order": "arrival"
    }))),
    extensions(("x-refusals" = json!(["TOKEN_INVALID", "INVALID_REQUEST", "CONCERT_NOT_FOUND"])))
)]
pub async fn read_queue(State(app): State<App>, call: Call) -> Result<Response, Failure> {
    access::operator(&app, &call)?;
    let concert = named_concert(&app, &call)?;
    let body = app
        .node
        .read(|state| state.sale(concert).map(|sale| QueueBody::of(&sale.row().definition.queue, state.settings())));
    Ok(ok(&body.ok_or(Rejection::ConcertNotFound)?))
}

/// Replace a queue policy
///
/// Takes effect at once, also while on sale. The body is the policy, whole: an absent field means the server's setting,
/// `null` means off. Lowering `maxActive` ends nobody, it only stops admission.
#[utoipa::path(
    put, path = "/api/v1/admin/concerts/{concertId}/queue", tag = "operator",
    params(("concertId" = String, Path, example = "spring")),
    security(("operatorKey" = [])),
    request_body(content = QueueRequest, example = json!({
        "maxActive": 50, "admitCount": 10, "admitInterval": 5, "activeSeconds": 600, "abandonSeconds": null,
        "order": "arrival"
    })),
    responses((status = 200, description = "The policy in force.", body = QueueBody, example = json!({
        "maxActive": 50, "admitCount": 10, "admitInterval": 5, "activeSeconds": 600, "abandonSeconds": null,
        "order": "arrival"
    }))),
    extensions(("x-refusals" = json!(["TOKEN_INVALID", "INVALID_REQUEST", "CONCERT_NOT_FOUND"])))
)]
pub async fn replace_queue(State(app): State<App>, call: Call) -> Result<Response, Failure> {
    access::operator(&app, &call)?;
    let id = concert_id(call.path("concertId"))?;
    let body = call.json()?;
    let policy = read_policy(&Fields::of(&body), &app.node.settings())?;
    let concert = access::any_concert(&app, &id)?;
    let reply = app.node.submit(Command::SetQueuePolicy { concert, policy }, None).await?.reply;
    let Reply::Concert { row, settings, .. } = reply else { unreachable!("writing a concert answers the concert") };
    Ok(ok(&QueueBody::of(&row.definition.queue, &settings)))
}

/// Read the numbers of a sale
#[utoipa::path(
    get, path = "/api/v1/admin/concerts/{concertId}/stats", tag = "operator",
    params(("concertId" = String, Path, example = "spring")),
    security(("operatorKey" = [])),
    responses((status = 200, description = "The numbers.", body = StatsBody, example = json!({
        "waiting": 120, "active": 100, "admitted": 340,
        "dates": [{"date": "2030-12-24", "free": 20, "held": 10, "sold": 20, "revenue": 100000}],
        "revenue": 100000, "admissionsPerMinute": 12
    }))),
    extensions(("x-refusals" = json!(["TOKEN_INVALID", "INVALID_REQUEST", "CONCERT_NOT_FOUND"])))
)]
pub async fn read_stats(State(app): State<App>, call: Call) -> Result<Response, Failure> {
    access::operator(&app, &call)?;
    let concert = named_concert(&app, &call)?;
    let now = app.node.now();
    let stats = app.node.read(|state| state.sale(concert).map(|sale| sale.stats(now)));
    Ok(ok(&StatsBody::from(stats.ok_or(Rejection::ConcertNotFound)?)))
}
