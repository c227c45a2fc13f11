//! Concerts as everybody sees them, and the free seats of all their dates.

mod body;
pub(crate) mod plan;

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;

use crate::domain::{ConcertNo, Rejection, SaleStatus};
use crate::http::access;
use crate::http::app::App;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::request::page::{Cursor, Page, unknown_cursor, write_cursor};
use crate::http::response::{ok, spliced};
use crate::http::values;
use crate::node::{ConcertPage, Part};
use body::{AvailabilityBody, ConcertBody, ConcertListBody, ConcertSummaryBody};

pub(crate) use body::{StatusBody, TranslationBody, translations};

/// List concerts
///
/// In order of their creation; drafts are not listed, closed ones until 30 days after their last date.
#[utoipa::path(
    get, path = "/api/v1/concerts", operation_id = "listConcerts", tag = "concerts",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Rows of the page; 20 by default."),
        ("cursor" = Option<Cursor>, Query, description = "The `nextCursor` of the page before."),
        ("status" = Option<StatusBody>, Query, description = "Concerts of this status only; drafts are not listed.")
    ),
    responses((status = 200, description = "A page.", body = ConcertListBody, example = json!({
        "concerts": [
            {"concertId": "demo", "title": "Demo Concert", "description": "Made by --demo, to try out the box office.",
             "venue": "Demo Hall", "availableDates": ["2030-12-24", "2030-12-25"], "onSaleAt": null,
             "status": "on_sale", "currency": "KRW", "priceFrom": 5000, "priceTo": 7000, "translations": {}}
        ],
        "nextCursor": null
    }))),
    extensions(("x-refusals" = json!([Reason::InvalidRequest])))
)]
pub(crate) async fn list_concerts(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let page = Page::of(&request)?;
    let from = first_concert(page)?;
    let ConcertPage { concerts, next } = app.node.public_concerts(from, page.limit, asked_status(&request)?);
    let currency = app.node.currency();
    let concerts = concerts.into_iter().map(|concert| ConcertSummaryBody::of(concert, currency)).collect();
    let next_cursor = next.map(|concert| write_cursor(concert.0.into()));
    Ok(for_all(ok(&ConcertListBody { concerts, next_cursor })))
}

/// The status to which a list is narrowed.
///
/// # Errors
/// 400 when it is none.
pub(crate) fn asked_status(request: &Request) -> Result<Option<SaleStatus>, Problem> {
    let Some(word) = request.query("status")? else { return Ok(None) };
    let status = [SaleStatus::Draft, SaleStatus::OnSale, SaleStatus::Closed]
        .into_iter()
        .find(|status| StatusBody::from(*status).word() == word);
    status.map(Some).ok_or_else(|| Problem::invalid("status", "\"draft\", \"on_sale\" or \"closed\""))
}

/// The concert with which a page starts.
pub(crate) fn first_concert(page: Page) -> Result<ConcertNo, Problem> {
    match page.from {
        None => Ok(ConcertNo(0)),
        Some(key) => u32::try_from(key).map(ConcertNo).map_err(|_| unknown_cursor()),
    }
}

/// Read a concert
///
/// With its dates, sections, rows and prices. Seats are numbered on through the sections, row by row.
#[utoipa::path(
    get, path = "/api/v1/concerts/{concertId}", operation_id = "readConcert", tag = "concerts",
    params(("concertId" = values::ConcertId, Path, example = "demo")),
    responses((status = 200, description = "The concert.", body = ConcertBody, example = json!({
        "concertId": "demo", "title": "Demo Concert", "description": "Made by --demo, to try out the box office.",
        "venue": "Demo Hall", "timeZone": "Asia/Seoul", "onSaleAt": null, "closesAt": null, "status": "on_sale",
        "seatLimit": 4, "transfers": false, "currency": "KRW", "priceFrom": 5000, "priceTo": 7000, "order": "arrival",
        "holdSeconds": 300, "activeSeconds": 600,
        "translations": {"ko": {"title": "데모 콘서트", "sections": {"A": "가"}}}, "availableDates": ["2030-12-24", "2030-12-25"],
        "dates": [
            {"date": "2030-12-24", "startsAt": "19:30", "beginsAt": "2030-12-24T10:30:00.000Z",
             "bookableUntil": "2030-12-24T10:30:00.000Z", "seats": 50, "freeSeats": 12, "price": 5000,
             "sections": [{"name": "A", "rows": 5, "seatsPerRow": 10, "price": 5000, "firstSeat": 1, "seats": 50}]},
            {"date": "2030-12-25", "startsAt": null, "beginsAt": null, "bookableUntil": "2030-12-25T15:00:00.000Z",
             "seats": 250, "freeSeats": 250,
             "sections": [
                 {"name": "A", "rows": 5, "seatsPerRow": 10, "price": 7000, "firstSeat": 1, "seats": 50},
                 {"name": "B", "rows": 10, "seatsPerRow": 20, "price": 5000, "firstSeat": 51, "seats": 200}
             ]}
        ]
    }))),
    extensions(("x-refusals" = json!([Reason::InvalidRequest, Reason::ConcertNotFound])))
)]
pub(crate) async fn read_concert(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let values::ConcertId(id) = request.part("concertId")?;
    let concert = app.node.public_concert(&id).ok_or(Rejection::ConcertNotFound)?;
    Ok(for_all(ok(&ConcertBody::of(concert, app.node.currency()))))
}

/// List the free seats of every bookable date
///
/// A date that is sold out is listed without seats.
#[utoipa::path(
    get, path = "/api/v1/concerts/{concertId}/availability", operation_id = "listFreeSeatsByDate", tag = "concerts",
    params(("concertId" = values::ConcertId, Path, description = "The concert of the token.", example = "demo")),
    security(("queueToken" = [])),
    responses((status = 200, description = "The free seats.", body = AvailabilityBody, example = json!({
        "concertId": "demo",
        "dates": [{"date": "2030-12-24", "availableSeats": [1, 2, 3]}, {"date": "2030-12-25", "availableSeats": []}]
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::InvalidRequest, Reason::TokenExpired, Reason::QueueWaiting, Reason::WrongConcert
    ])))
)]
pub(crate) async fn availability(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let token = access::token(&app, &request)?;
    let values::ConcertId(id) = request.part("concertId")?;
    token.active(&app)?;
    token.is_of_concert(&id)?;
    let concert = token.place_ref.concert;
    let dates = app.node.bookable_dates(concert);
    let mut parts = Vec::with_capacity(2 * dates.len() + 1);
    let mut text = format!(r#"{{"concertId":"{id}","dates":["#);
    let with_seats = |(first, date)| app.node.available(concert, first).map(|seats| (date, seats));
    let listed = dates.into_iter().filter_map(with_seats);
    for (at, (date, seats)) in listed.enumerate() {
        let before = if at == 0 { "" } else { "}," };
        write!(text, r#"{before}{{"date":"{date}","availableSeats":"#).expect("a text takes all that is written");
        parts.extend([Part::Own(std::mem::take(&mut text).into()), Part::Shared(seats)]);
    }
    text.push_str(if parts.is_empty() { "]}" } else { "}]}" });
    parts.push(Part::Own(text.into()));
    Ok(spliced(&request.headers, parts))
}

/// An answer that is the same for everybody: whoever keeps it asks before giving it again, since it tells what is
/// committed.
fn for_all(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
