//! How the seats of a date stand in two bits each, and the stream of how that changes.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use futures_util::{FutureExt, stream};
use serde::Serialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};
use utoipa::ToSchema;

use crate::domain::{PlaceRef, Rejection};
use crate::http::access;
use crate::http::app::App;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::response::ok;
use crate::http::seat_feeds::{Followed, Joined, StatesText};
use crate::http::sse::{COMMENT, StreamSpan, frame_stream};
use crate::http::streams::OpenStream;
use crate::http::values::{self, Date};

/// So often it is looked whether the place of a follower still lives.
const LOOK: Duration = Duration::from_secs(5);
/// Looks without an event after which a comment is sent, so that nothing between us and the client closes the connection.
const SILENT_LOOKS_MAX: u32 = 3;
/// When a client whose stream was cut off is to come again.
const RETRY_SECONDS: u32 = 2;

/// How all seats of a date stand.
#[derive(Serialize, ToSchema)]
pub(super) struct StatesBody {
    pub date: Date,
    /// Ascends with every change.
    pub version: u64,
    /// The tag of the layout, as the plan of the concert has it: it changes with the plan only.
    pub layout: String,
    /// Two bits a seat in base64, four seats a byte: seat 1 in the lowest two bits of the first byte, seat 2 in the next two,
    /// seat 5 in the lowest two of the second. 0 is free, 1 held, 2 sold, 3 blocked.
    pub states: String,
}

/// What an event of the stream tells: all states, or the seats that changed with their new states.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is written from what is shared")]
pub(super) enum SeatsEventBody {
    /// Of `states`.
    States(StatesBody),
    /// Of `seats`: `[seat, state]` for each seat that changed, ascending.
    Seats(Vec<Vec<u32>>),
}

/// Read the states of a date's seats
///
/// What a page draws its plan with: two bits a seat. Rows, labels and prices are in the plan of the concert.
#[utoipa::path(
    get, path = "/api/v1/seats/states", operation_id = "readSeatStates", tag = "seats",
    params(("date" = values::Date, Query, example = "2030-12-24")),
    security(("queueToken" = [])),
    responses((status = 200, description = "The states.", body = StatesBody, example = json!({
        "date": "2030-12-24", "version": 4711, "layout": "5f0c3a1be2d94876", "states": "EAABAgAAAAAAAAAAAA=="
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::InvalidRequest, Reason::TokenExpired, Reason::QueueWaiting, Reason::DateNotFound
    ])))
)]
pub(crate) async fn read_states(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let token = access::token(&app, &request)?;
    let values::Date(date) = request.query_part("date")?;
    token.active(&app)?;
    let concert = token.place_ref.concert;
    let now = app.node.seat_states((concert, app.node.first_date(concert, date))).ok_or(Rejection::DateNotFound)?;
    let mut response = ok(&StatesText::of(date, &now.states));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// Follow the seats of a date
///
/// For an SSE client: the schema is that of the `data` of each event. Opens with `states`, the body of
/// `GET /api/v1/seats/states`; then `seats` lists the seats that changed as `[[seat,state],…]`, at most four times a
/// second, with the version as the event's id. After a gap, and when the plan changes, `states` comes again. The stream
/// ends with its place, which has at most two of them: one more ends the oldest.
#[utoipa::path(
    get, path = "/api/v1/seats/events", operation_id = "followSeats", tag = "seats",
    params(("date" = values::Date, Query, example = "2030-12-24")),
    security(("queueToken" = [])),
    responses((status = 200, description = "Events as they happen.", content_type = "text/event-stream",
        body = SeatsEventBody, example = json!([[5, 1], [6, 1]])
    )),
    extensions(("x-sse" = json!(true)), ("x-refusals" = json!([
        Reason::TokenInvalid, Reason::InvalidRequest, Reason::TokenExpired, Reason::QueueWaiting, Reason::DateNotFound
    ])))
)]
pub(crate) async fn follow_seats(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let token = access::token(&app, &request)?;
    let values::Date(date) = request.query_part("date")?;
    token.active(&app)?;
    let place_ref = token.place_ref;
    let at = (place_ref.concert, app.node.first_date(place_ref.concert, date));
    let Joined { frame, frames } = app.seat_feeds.join(&app.node, at).ok_or(Rejection::DateNotFound)?;
    let open = app.seat_streams.open(place_ref, Arc::clone(&request.connection));
    let replaced = open.replaced().boxed();
    let follower = Follower {
        app: app.clone(),
        place_ref,
        at,
        first: Some(frame),
        frames,
        look_at: Instant::now() + LOOK,
        silent_looks: 0,
        _open: open,
    };
    let events = futures_util::StreamExt::take_until(stream::unfold(follower, Follower::next), replaced);
    Ok(frame_stream(&app, StreamSpan::leading(token.concert().clone()), request.connection, RETRY_SECONDS, events))
}

/// One open stream.
struct Follower {
    app: App,
    place_ref: PlaceRef,
    at: Followed,
    /// What comes next before all that is told.
    first: Option<Bytes>,
    frames: Receiver<Bytes>,
    look_at: Instant,
    silent_looks: u32,
    /// It is one of the few streams of its place.
    _open: OpenStream,
}

impl Follower {
    /// The next frame; nothing once the place has ended or the date is gone.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        loop {
            if let Some(frame) = self.first.take() {
                return Some((frame, self));
            }
            tokio::select! {
                frame = self.frames.recv() => match frame {
                    Ok(frame) => {
                        self.silent_looks = 0;
                        return Some((frame, self));
                    }
                    // It was too slow, or the date was laid out anew: all states again.
                    Err(RecvError::Lagged(_) | RecvError::Closed) => {
                        let Joined { frame, frames } = self.app.seat_feeds.join(&self.app.node, self.at)?;
                        (self.first, self.frames) = (Some(frame), frames);
                    }
                },
                () = sleep_until(self.look_at) => {
                    // The client comes again and is told what is wrong.
                    self.app.node.standing(self.place_ref).ok()?;
                    self.look_at = Instant::now() + LOOK;
                    self.silent_looks += 1;
                    if self.silent_looks == SILENT_LOOKS_MAX {
                        self.silent_looks = 0;
                        return Some((COMMENT, self));
                    }
                }
            }
        }
    }
}
