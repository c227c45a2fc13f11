//! The numbers of a sale as the operator reads them.

mod body;
mod series;

use axum::extract::State;
use axum::response::Response;
use futures_util::stream;

use crate::domain::{Minute, Rejection};
use crate::http::access;
use crate::http::app::App;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::request::page::number;
use crate::http::response::ok;
use crate::http::sse::{SseEvent, StreamSpan, event_stream};
use crate::http::values::{self, Instant};
use body::StatsBody;
use series::{SeriesBody, points};

/// Points that one answer tells at most: a day of minutes, or 90 days in steps of an hour and a half.
const POINTS_MAX: u32 = 1_500;
/// Steps that are told unless it is said from when.
const STEPS_DEFAULT: u32 = 59;
/// After how long at most a client that lost its stream comes again.
const RETRY_SECONDS: u32 = 3;

/// Read the numbers of a sale
#[utoipa::path(
    get, path = "/api/v1/admin/concerts/{concertId}/stats", operation_id = "readStats", tag = "operator",
    params(("concertId" = values::ConcertId, Path, example = "demo")),
    security(("operatorKey" = [])),
    responses((status = 200, description = "The numbers.", body = StatsBody, example = json!({
        "waiting": 120, "active": 100, "admitted": 340,
        "dates": [{"date": "2030-12-24", "free": 18, "held": 10, "sold": 20, "blocked": 2, "revenue": 100_000}],
        "revenue": 100_000, "admissionsPerMinute": 12
    }))),
    extensions(("x-refusals" = json!([Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest, Reason::ConcertNotFound])))
)]
pub(crate) async fn read_stats(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    request.query_only(&[])?;
    let concert = access::named_concert(&app, &request)?;
    let stats = app.node.stats(concert).ok_or(Rejection::ConcertNotFound)?;
    Ok(ok(&StatsBody::from(stats)))
}

/// Read what happened from minute to minute
///
/// Kept for 90 days. One point for each step, also where nothing happened, up to the step that has begun last; the newest
/// 1,500 of them where more reach from `from` until now.
#[utoipa::path(
    get, path = "/api/v1/admin/concerts/{concertId}/stats/series", operation_id = "readSeries", tag = "operator",
    params(
        ("concertId" = values::ConcertId, Path, example = "demo"),
        ("from" = Option<Instant>, Query, description = "Within the first step; an hour of steps ago by default."),
        ("step" = Option<u32>, Query, minimum = 60, maximum = 86_400,
            description = "Seconds of a step, whole minutes; 60 by default.")
    ),
    security(("operatorKey" = [])),
    responses((status = 200, description = "The points.", body = SeriesBody, example = json!({
        "concertId": "demo", "step": 60,
        "points": [{
            "at": "2030-12-01T09:05:00.000Z", "joined": 40, "admitted": 12, "left": 1, "abandoned": 0, "holds": 20,
            "lapses": 2, "soldSeats": 9, "revenue": 45_000, "refundedSeats": 0, "refunded": 0, "refusals": 3
        }]
    }))),
    extensions(("x-refusals" = json!([Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest, Reason::ConcertNotFound])))
)]
pub(crate) async fn read_series(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    request.query_only(&["from", "step"])?;
    let concert_id = request.part::<values::ConcertId>("concertId")?;
    let step = number(&request, "step", 60..=86_400_u32)?.unwrap_or(60);
    if step % 60 != 0 {
        return Err(Problem::invalid("step", "whole minutes"));
    }
    let (minutes, now) = (step / 60, Minute::of(app.node.wall_now()));
    let from = request.optional::<Instant>("from")?.map(|Instant(from)| Minute::of(from));
    let from = from.unwrap_or(Minute(now.0.saturating_sub(STEPS_DEFAULT * minutes)));
    let from = Minute(from.0 / minutes * minutes);
    let count = now.0.checked_sub(from.0).map_or(0, |ago| ago / minutes + 1);
    let passed_over = count.saturating_sub(POINTS_MAX);
    let (from, count) = (Minute(from.0 + passed_over * minutes), count - passed_over);
    let concert = access::any_concert(&app, &concert_id.0)?;
    let rows = app.node.series(concert, from, Minute(from.0 + count * minutes)).await?;
    Ok(ok(&SeriesBody { concert_id, step, points: points(from, minutes, count, &rows) }))
}

/// Follow the numbers of a sale
///
/// For an SSE client: once a second an event `stats`, whose data is what `GET …/stats` answers.
#[utoipa::path(
    get, path = "/api/v1/admin/concerts/{concertId}/stats/stream", operation_id = "followStats", tag = "operator",
    params(("concertId" = values::ConcertId, Path, example = "demo")),
    security(("operatorKey" = [])),
    responses((status = 200, description = "The numbers, once a second.", content_type = "text/event-stream",
        body = StatsBody, example = json!({
            "waiting": 120, "active": 100, "admitted": 340,
            "dates": [{"date": "2030-12-24", "free": 18, "held": 10, "sold": 20, "blocked": 2, "revenue": 100_000}],
            "revenue": 100_000, "admissionsPerMinute": 12
        })
    )),
    extensions(
        ("x-sse" = json!(true)),
        ("x-refusals" = json!([Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest, Reason::ConcertNotFound]))
    )
)]
pub(crate) async fn follow_stats(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    request.query_only(&[])?;
    let values::ConcertId(id) = request.part("concertId")?;
    let concert = access::any_concert(&app, &id)?;
    let node = app.node.clone();
    let write = move || {
        let body = StatsBody::from(node.stats(concert)?);
        Some(serde_json::to_string(&body).expect("answers hold texts, numbers and lists only"))
    };
    let numbers = app.stats_feeds.follow(concert, write).ok_or(Rejection::ConcertNotFound)?;
    let events = stream::unfold((numbers, true), async |(mut numbers, is_first)| {
        if !is_first {
            numbers.changed().await.ok()?;
        }
        let data = numbers.borrow_and_update().to_string();
        Some((SseEvent { name: "stats", data, id: None }, (numbers, false)))
    });
    Ok(event_stream(&app, StreamSpan::leading(id).of_operator(operator), request.connection, RETRY_SECONDS, events))
}
