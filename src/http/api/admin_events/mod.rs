//! The feed of events, in parts and as a stream.

mod body;
mod conversion;
mod data;
mod entry;
mod seat;

use std::collections::VecDeque;

use axum::extract::State;
use axum::response::Response;
use futures_util::stream;
use tokio::sync::watch;

use crate::http::access;
use crate::http::app::App;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::request::page::number;
use crate::http::response::ok;
use crate::http::sse::{SseEvent, StreamSpan, event_stream};
use crate::node::{Feed, FeedBounds};
pub(in crate::http::api) use body::EventBody;
use body::EventsBody;

const EVENTS_DEFAULT: u32 = 20;
const EVENTS_MAX: u32 = 100;
/// After how long at most a client that lost its stream comes again.
const RETRY_SECONDS: u32 = 3;
/// Events that a stream reads at once.
const STREAM_EVENTS: usize = 256;
/// Tells a stream that comes again where the one before it ended.
const LAST_EVENT_ID: &str = "Last-Event-ID";

/// Read the feed of events
///
/// Every committed change, in commit order, numbered from 1 without gaps or repeats. Go on with `after` = `next`. Seats
/// have the words of the plan, and dates are those on which they are held, as both stand when the event is read; of a
/// concert that was deleted only the numbers are left.
/// Events older than the server's `events.keep_days` are dropped. A cursor that the feed does not go on from is refused
/// and nothing is passed over in silence: after a backup was put back it may lie beyond the newest event, after a long
/// pause before the oldest one that is kept; `oldest` and `newest` tell where to begin anew.
#[utoipa::path(
    get, path = "/api/v1/admin/events", operation_id = "listEvents", tag = "operator",
    params(
        ("after" = Option<u64>, Query, description = "The number of the last event that is known; without it the feed begins with the oldest."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Events at most; 20 by default.")
    ),
    security(("operatorKey" = [])),
    responses((status = 200, description = "A part of the feed.", body = EventsBody, example = json!({
        "events": [
            {"seq": 1, "type": "concert.changed", "at": "2030-12-01T08:00:00.000Z", "concertId": "spring",
             "data": {"revision": 1}},
            {"seq": 2, "type": "wallet.charged", "at": "2030-12-01T09:00:00.000Z",
             "data": {"userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "amount": 10000, "balance": 10000,
                      "entryId": 1}},
            {"seq": 3, "type": "seat.held", "at": "2030-12-01T09:04:00.000Z", "concertId": "spring",
             "data": {"userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "date": "2030-12-24", "seat": 5,
                      "rowLabel": "B", "label": "B-7", "amount": 5000, "expiresAt": "2030-12-01T09:09:00.000Z"}}
        ],
        "next": 3, "oldest": 1, "newest": 3
    }))),
    extensions(("x-refusals" = json!([Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest, Reason::CursorGone])))
)]
pub(crate) async fn list_events(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    request.query_only(&["after", "limit"])?;
    let after = number(&request, "after", 0..=u64::MAX)?;
    let limit = number(&request, "limit", 1..=EVENTS_MAX)?.unwrap_or(EVENTS_DEFAULT);
    let (events, FeedBounds { oldest, newest }) = events_after(&app, after, limit as usize).await?;
    let next = events.last().map_or(after.unwrap_or(newest), |event| event.seq);
    Ok(ok(&EventsBody { events, next, oldest, newest }))
}

/// Follow the feed of events
///
/// For an SSE client: `id` is the number, `event` the type, the data the event, whose schema this is. A client that lost the connection goes
/// on with `Last-Event-ID`, which wins over `after`. A cursor that the feed does not go on from is refused before the
/// stream begins; a stream that falls behind what is kept ends.
#[utoipa::path(
    get, path = "/api/v1/admin/events/stream", operation_id = "followEvents", tag = "operator",
    params(
        ("after" = Option<u64>, Query, description = "The number of the last event that is known; without it the feed begins with the oldest."),
        ("Last-Event-ID" = Option<u64>, Header, description = "The same, as browsers send it.")
    ),
    security(("operatorKey" = [])),
    responses((status = 200, description = "Events as they happen.", content_type = "text/event-stream", body = EventBody,
        example = json!({
            "seq": 3, "type": "seat.held", "at": "2030-12-01T09:04:00.000Z", "concertId": "spring",
            "data": {"userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "date": "2030-12-24", "seat": 5,
                     "rowLabel": "B", "label": "B-7", "amount": 5000, "expiresAt": "2030-12-01T09:09:00.000Z"}
        })
    )),
    extensions(("x-sse" = json!(true)), ("x-refusals" = json!([Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest, Reason::CursorGone])))
)]
pub(crate) async fn follow_events(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    request.query_only(&["after"])?;
    let after = number(&request, "after", 0..=u64::MAX)?;
    let after = last_event_id(&request)?.or(after);
    let newest = app.node.watch_events();
    let (events, bounds) = events_after(&app, after, STREAM_EVENTS).await?;
    let after = events.last().map_or(after.unwrap_or(bounds.newest), |event| event.seq);
    let feed = OpenFeed { app: app.clone(), after, ready: events.into(), newest };
    Ok(event_stream(
        &app,
        StreamSpan::default().of_operator(operator),
        request.connection,
        RETRY_SECONDS,
        stream::unfold(feed, OpenFeed::next),
    ))
}

fn last_event_id(request: &Request) -> Result<Option<u64>, Problem> {
    let mut values = request.headers.get_all(LAST_EVENT_ID).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let digits = value.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let number = digits.filter(|_| values.next().is_none()).and_then(|digits| digits.parse().ok());
    number.map(Some).ok_or_else(|| Problem::invalid(LAST_EVENT_ID, "the number of one event"))
}

/// One open stream.
struct OpenFeed {
    app: App,
    /// The number of the last event that was read.
    after: u64,
    /// Read, and not yet sent.
    ready: VecDeque<EventBody>,
    newest: watch::Receiver<u64>,
}

impl OpenFeed {
    async fn next(mut self) -> Option<(SseEvent, Self)> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                let data = serde_json::to_string(&event).expect("answers hold texts, numbers and lists only");
                return Some((SseEvent { name: event.kind, data, id: Some(event.seq) }, self));
            }
            let newest = *self.newest.borrow_and_update();
            if newest > self.after {
                match events_after(&self.app, Some(self.after), STREAM_EVENTS).await {
                    Ok((events, _)) => self.ready = events.into(),
                    // The client comes again from where it is, and is told when the feed does not go on there.
                    Err(problem) => {
                        tracing::error!("the stream of events ends: {problem:?}");
                        return None;
                    }
                }
            }
            match self.ready.back() {
                Some(last) => self.after = last.seq,
                None => self.newest.changed().await.ok()?,
            }
        }
    }
}

/// At most `limit` events behind `after`, as they are shown, and which are kept.
///
/// # Errors
/// 410 when the feed does not go on from there; a fault.
async fn events_after(app: &App, after: Option<u64>, limit: usize) -> Result<(Vec<EventBody>, FeedBounds), Problem> {
    match app.node.events_after(after, limit).await? {
        Feed::Events { events, bounds } => Ok((events.iter().map(EventBody::of).collect(), bounds)),
        Feed::Gone(FeedBounds { oldest, newest }) => Err(Problem::cursor_gone(oldest, newest)),
    }
}
