//! Seats: what is free, the map, hold, cancel, pay.

mod body;
mod places;
mod request;
pub(crate) mod states;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, ETAG};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::domain::commands::{Cancel, Pay, Reserve};
use crate::domain::{FIRST_VERSION, Rejection, SeatKey, Ticket};
use crate::http::access;
use crate::http::api::tickets::{code_of, example};
use crate::http::app::App;
use crate::http::conditions::has_tag;
use crate::http::idempotency::{idempotent, respond};
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::request::read;
use crate::http::response::{ok, spliced};
use crate::http::seat_words;
use crate::http::values::{self, SeatNumber, SeatNumbers};
use crate::node::Part;
use body::{CanceledBody, DatesBody, MapBody, PaidBody, ReleasedBody, ReservedBody};
use request::{Asked, AskedPayment, PaymentRequest, ReserveRequest, SeatsRequest};

pub(crate) use body::AvailableBody;
pub(super) use places::{SeatPlaceBody, places};

/// Hexadecimal digits of the tag of a map.
const TAG_LENGTH: usize = 32;

/// List the dates with free seats
///
/// The bookable dates of the token's concert with at least one free seat, ascending.
#[utoipa::path(
    get, path = "/api/v1/seats/dates", operation_id = "listDates", tag = "seats",
    security(("queueToken" = [])),
    responses((status = 200, description = "The dates.", body = DatesBody, example = json!({
        "dates": ["2030-12-24", "2030-12-25"]
    }))),
    extensions(("x-refusals" = json!([Reason::TokenInvalid, Reason::TokenExpired, Reason::QueueWaiting])))
)]
pub(crate) async fn list_dates(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let token = access::token(&app, &request)?;
    token.active(&app)?;
    let dates = app.node.available_dates(token.place_ref.concert).into_iter().map(values::Date).collect();
    Ok(ok(&DatesBody { dates }))
}

/// List the free seats of a date
#[utoipa::path(
    get, path = "/api/v1/seats/available", operation_id = "listFreeSeats", tag = "seats",
    params(("date" = values::Date, Query, example = "2030-12-24")),
    security(("queueToken" = [])),
    responses((status = 200, description = "The free seats, ascending.", body = AvailableBody, example = json!({
        "date": "2030-12-24", "availableSeats": [1, 2, 3]
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::InvalidRequest, Reason::TokenExpired, Reason::QueueWaiting, Reason::DateNotFound,
        Reason::NoSeatsAvailable
    ])))
)]
pub(crate) async fn list_available(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let token = access::token(&app, &request)?;
    let values::Date(date) = request.query_part("date")?;
    token.active(&app)?;
    let concert = token.place_ref.concert;
    let seats = app.node.available(concert, app.node.first_date(concert, date)).ok_or(Rejection::DateNotFound)?;
    if seats.is_empty() {
        return Err(Reason::NoSeatsAvailable.into());
    }
    let head = format!(r#"{{"date":"{date}","availableSeats":"#);
    let parts = [Part::Own(head.into()), Part::Shared(seats), Part::Own(Bytes::from_static(b"}"))];
    Ok(spliced(&request.headers, parts))
}

/// Read the map of a date
///
/// Every seat with its section, row, words, price and status, and the seats that are the token's user's own. The `ETag` covers
/// both: with `If-None-Match` an unchanged map is answered with 304 and no body. Dates that have begun are known, too.
#[utoipa::path(
    get, path = "/api/v1/seats", operation_id = "readSeatMap", tag = "seats",
    params(
        ("date" = values::Date, Query, example = "2030-12-24"),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of the map that the client has.")
    ),
    security(("queueToken" = [])),
    responses(
        (status = 200, description = "The map.", body = MapBody,
         headers(("ETag" = String)),
         example = json!({
            "date": "2030-12-24",
            "seats": [
                {"seat": 1, "section": "A", "row": 1, "rowLabel": "1", "label": "1-1", "price": 5000,
                 "accessible": true, "status": "free"},
                {"seat": 2, "section": "A", "row": 1, "rowLabel": "1", "label": "1-2", "price": 5000,
                 "status": "held"},
                {"seat": 3, "section": "A", "row": 1, "rowLabel": "1", "label": "1-3", "price": 5000,
                 "status": "sold"}
            ],
            "mine": [2]
        })),
        (status = 304, description = "The client's map is still right.")
    ),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::InvalidRequest, Reason::TokenExpired, Reason::QueueWaiting, Reason::DateNotFound
    ])))
)]
pub(crate) async fn read_map(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let token = access::token(&app, &request)?;
    let values::Date(date) = request.query_part("date")?;
    token.active(&app)?;
    let first_date = app.node.first_date(token.place_ref.concert, date);
    let (map, mine) = app.node.seat_map(token.place_ref, first_date).ok_or(Rejection::DateNotFound)?;
    let mine = serde_json::to_string(&mine).expect("numbers can be written as JSON");
    let day = date.to_string();
    let tag = tag_of(&day, &map.tag, &mine);
    let mut response = if has_tag(&request.headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let head = [r#"{"date":""#, &day, r#"","seats":"#].concat();
        let tail = [r#","mine":"#, &mine, "}"].concat();
        spliced(&request.headers, [Part::Own(head.into()), Part::Shared(map.seats), Part::Own(tail.into())])
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, HeaderValue::try_from(tag).expect("a date and hexadecimal digits in quotes"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// The tag, in its quotes, of a day's map together with what is the user's own of it: the same on every instance and
/// after every start.
fn tag_of(day: &str, map: &str, mine: &str) -> String {
    let quoted = |hash: &str| ["\"", day, "-", hash, "\""].concat();
    if mine == "[]" {
        return quoted(map);
    }
    quoted(&blake3::hash([map, mine].concat().as_bytes()).to_hex()[..TAG_LENGTH])
}

/// Hold seats
///
/// All or nothing, with exactly one of `seat`, `seats` and `bestAvailable`. What the user holds already keeps its time;
/// together with new seats the answer gives the earliest end.
#[utoipa::path(
    post, path = "/api/v1/seats/reserve", operation_id = "reserveSeats", tag = "seats",
    security(("queueToken" = [])),
    request_body(content = ReserveRequest, examples(
        ("a-seat" = (summary = "One seat", value = json!({
            "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "date": "2030-12-24", "seat": 5
        }))),
        ("several" = (summary = "Several seats", value = json!({
            "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "date": "2030-12-24", "seats": [5, 6]
        }))),
        ("best" = (summary = "The best adjacent seats", value = json!({
            "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "date": "2030-12-24",
            "bestAvailable": {"count": 2, "section": "A"}
        })))
    )),
    responses((status = 200, description = "The seats are held.", body = ReservedBody, example = json!({
        "status": "reserved", "date": "2030-12-24", "seatNumber": 5, "seats": [5],
        "places": [{"seat": 5, "section": "A", "row": 1, "rowLabel": "1", "label": "1-5"}], "amount": 5000,
        "expiresIn": 300, "expiresAt": "2030-12-01T09:09:00.000Z"
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::TokenExpired,
        Reason::QueueWaiting, Reason::NotYours, Reason::DateNotFound, Reason::DateCalledOff, Reason::SeatNotFound, Reason::NotOnSale,
        Reason::SeatTaken, Reason::AlreadyPaid, Reason::SeatLimit, Reason::NoAdjacentSeats
    ])))
)]
pub(crate) async fn reserve(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let token = access::token(&app, &request)?;
    let answer = idempotent(&app, &request, token.scope(), async |caller| {
        let Asked { user, date, seats, numbers } = request.read::<ReserveRequest>()?.asked()?;
        let place_ref = token.place_ref;
        token.within_bound(&app)?;
        let date = app.node.first_date(place_ref.concert, date);
        let command = Reserve { place_ref, user, date, selection: seats };
        let told =
            |error| seat_words::of_date(&app, (place_ref.concert, Some(date)), error, |error| numbers.told(error));
        app.node.submit_of_place(place_ref, command, caller).await.map_err(told)
    })
    .await?;
    let (concert, date) = (token.place_ref.concert, answer.reply.date);
    let places = places(&app, concert, &SeatKey::of_date(date, &answer.reply.seats));
    Ok(respond(answer, |reserved| ok(&ReservedBody::of(reserved, places, app.node.held_on(concert, date)))))
}

/// Cancel holds
///
/// All or nothing. The fields come in the body, or in the query: `?userId=…&date=2030-12-24&seats=5,6`.
#[utoipa::path(
    delete, path = "/api/v1/seats/cancel", operation_id = "cancelSeats", tag = "seats",
    params(
        ("userId" = Option<values::UserId>, Query, description = "The token's user, when there is no body."),
        ("date" = Option<values::Date>, Query, description = "The date, when there is no body."),
        ("seat" = Option<SeatNumber>, Query, description = "One seat; or else `seats`."),
        ("seats" = Option<SeatNumbers>, Query, style = Form, explode = false, description = "Several, as in `5,6`.")
    ),
    security(("queueToken" = [])),
    request_body(content = Option<SeatsRequest>, example = json!({
        "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "date": "2030-12-24", "seats": [5, 6]
    })),
    responses((status = 200, description = "The seats are free.", body = CanceledBody, example = json!({
        "status": "canceled", "date": "2030-12-24", "seatNumber": 5, "seats": [5, 6],
        "places": [{"seat": 5, "section": "A", "row": 1, "rowLabel": "1", "label": "1-5"},
                   {"seat": 6, "section": "A", "row": 1, "rowLabel": "1", "label": "1-6"}],
        "canceledAt": "2030-12-01T09:05:00.000Z"
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::TokenExpired,
        Reason::QueueWaiting, Reason::NotYours, Reason::DateNotFound, Reason::SeatNotFound, Reason::AlreadyPaid,
        Reason::ReservationNotFound
    ])))
)]
pub(crate) async fn cancel(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let token = access::token(&app, &request)?;
    let answer = idempotent(&app, &request, token.scope(), async |caller| {
        let fields = request.fields(&["seats"])?;
        let Asked { user, date, seats, numbers } = read::<SeatsRequest>(&fields)?.asked()?;
        let place_ref = token.place_ref;
        token.within_bound(&app)?;
        let date = app.node.first_date(place_ref.concert, date);
        let command = Cancel { place_ref, user, date, seats };
        let told =
            |error| seat_words::of_date(&app, (place_ref.concert, Some(date)), error, |error| numbers.told(error));
        app.node.submit_of_place(place_ref, command, caller).await.map_err(told)
    })
    .await?;
    let (concert, date) = (token.place_ref.concert, answer.reply.date);
    let places = places(&app, concert, &SeatKey::of_date(date, &answer.reply.seats));
    Ok(respond(answer, |canceled| ok(&CanceledBody::of(canceled, places, app.node.held_on(concert, date)))))
}

/// Pay held seats
///
/// One atomic step: the wallet is debited, the seats are sold, tickets are written, the place ends and its other holds
/// are released, which the answer lists. Without date and seats everything is paid that the place holds, over all its
/// dates. When the balance is too small, hold and place stay.
#[utoipa::path(
    post, path = "/api/v1/seats/payment", operation_id = "paySeats", tag = "seats",
    security(("queueToken" = [])),
    request_body(content = PaymentRequest, example = json!({
        "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "date": "2030-12-24", "seat": 5
    })),
    responses((status = 200, description = "The seats are the user's.", body = PaidBody, example = json!({
        "status": "paid", "paymentId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d",
        "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "date": "2030-12-24", "seatNumber": 5, "seats": [5],
        "amount": 5000, "balance": 5000, "paidAt": "2030-12-01T09:05:00.000Z",
        "tickets": [{"ticketId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e", "code": example::CODE, "date": "2030-12-24", "seat": 5,
                     "section": "A", "row": 1, "rowLabel": "1", "label": "1-5", "price": 5000, "status": "valid"}],
        "items": [{"date": "2030-12-24", "seats": ["A 1-5"], "amount": 5000, "tickets": [
            {"ticketId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e", "date": "2030-12-24", "seat": 5, "section": "A",
             "row": 1, "rowLabel": "1", "label": "1-5", "price": 5000, "status": "valid"}]}],
        "released": [{"date": "2030-12-24", "seats": [6],
                      "places": [{"seat": 6, "section": "A", "row": 1, "rowLabel": "1", "label": "1-6"}]}]
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::TokenExpired,
        Reason::QueueWaiting, Reason::NotYours, Reason::DateNotFound, Reason::DateCalledOff, Reason::SeatNotFound, Reason::AlreadyPaid,
        Reason::HoldExpired, Reason::ReservationNotFound, Reason::InsufficientBalance
    ])))
)]
pub(crate) async fn pay(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let token = access::token(&app, &request)?;
    let answer = idempotent(&app, &request, token.scope(), async |caller| {
        let asked = request.read::<PaymentRequest>()?.asked()?;
        let place_ref = token.place_ref;
        token.within_bound(&app)?;
        let (user, seats, numbers) = match asked {
            AskedPayment::Seats(Asked { user, date, seats, numbers }) => {
                (user, SeatKey::of_date(app.node.first_date(place_ref.concert, date), &seats), numbers)
            }
            AskedPayment::Everything { user } => (user, app.node.held_by(place_ref), SeatNumbers::default()),
        };
        let payment = app.node.payment_id();
        let tickets = seats.iter().map(|_| app.node.ticket_id()).collect();
        // Of several dates a refusal does not say which it means.
        let date = seats.first().map(|key| key.date).filter(|date| seats.iter().all(|key| key.date == *date));
        let command = Pay { place_ref, user, seats, payment, tickets };
        let told = |error| seat_words::of_date(&app, (place_ref.concert, date), error, |error| numbers.told(error));
        app.node.submit_of_place(place_ref, command, caller).await.map_err(told)
    })
    .await?;
    let concert = token.place_ref.concert;
    let held_on = |date| app.node.held_on(concert, date);
    let released = ReleasedBody::by_date(&answer.reply.released, held_on, |keys| places(&app, concert, keys));
    let code = |ticket: &Ticket| code_of(&app, ticket.ticket, concert, ticket.key.date, FIRST_VERSION);
    Ok(respond(answer, |paid| ok(&PaidBody::of(paid, code, released))))
}

#[cfg(test)]
mod tests {
    use super::tag_of;

    #[test]
    fn a_tag_changes_with_the_map_the_date_and_what_is_ones_own() {
        let tag = tag_of("2030-12-24", "abc", "[1]");
        assert_eq!(tag, tag_of("2030-12-24", "abc", "[1]"));
        for (day, map, mine) in [
            ("2030-12-24", "xyz", "[1]"),
            ("2030-12-25", "abc", "[1]"),
            ("2030-12-24", "abc", "[2]"),
            ("2030-12-24", "abc", "[]"),
        ] {
            assert_ne!(tag, tag_of(day, map, mine), "{day} {map} {mine}");
        }
    }
}
