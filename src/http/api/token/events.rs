//! The stream of one queue place: its state now, then every change until it ends.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use futures_util::{FutureExt, StreamExt, stream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::body::{PlaceBody, PlaceEventBody};
use crate::domain::{Admission, LivePlace, PlaceView, Rejection};
use crate::http::access;
use crate::http::access::Token;
use crate::http::app::App;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::sse::{SseEvent, StreamSpan, event_stream};
use crate::http::streams::OpenStream;
use crate::node::{Following, SubmitError};

/// A place that is followed is looked at at least so often, whether something changed or not.
const LOOK: Duration = Duration::from_secs(1);
/// A client is told of its position at most so often.
const POSITION: Duration = Duration::from_secs(1);
/// However much happens at a concert, its followers look no oftener than this; so late may `active` and `ended` be.
const GAP: Duration = Duration::from_millis(50);

/// Follow a queue place
///
/// For an SSE client: the schema is that of the `data` of each event. Opens with the present state as `position` or `active`, then sends `position` at every change of place and when
/// admission is paused or goes on (at most one a second), `active` once admitted, and `ended` with `why` as the last. The data is the body of `GET /api/v1/token`;
/// that of `ended` has the status `ENDED`. An open stream counts as being seen; `retry` says when to come again after it
/// was cut off. A place has at most two streams: one more ends the oldest, without an event.
#[utoipa::path(
    get, path = "/api/v1/token/events", operation_id = "followQueuePlace", tag = "queue",
    security(("queueToken" = [])),
    responses((status = 200, description = "Events as they happen.", content_type = "text/event-stream", body = PlaceEventBody,
        example = json!({
            "concertId": "demo", "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "status": "WAITING",
            "queuePosition": 12, "estimatedWaitTime": 120, "pollAfter": 3, "expiresAt": null, "expiresIn": null,
            "now": "2030-12-01T09:00:00.000Z", "ahead": 11, "freeSeats": 80, "soldOut": false,
            "paused": false
        })
    )),
    extensions(("x-sse" = json!(true)), ("x-refusals" = json!([Reason::TokenInvalid, Reason::TokenExpired])))
)]
pub(crate) async fn follow(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let token = access::token(&app, &request)?;
    let retry_seconds = match token.asked_after(&app).await?.view {
        PlaceView::Waiting { poll_after_seconds, .. } => poll_after_seconds,
        PlaceView::Active { .. } => 1,
    };
    let changes = app.node.watch_concert(token.place_ref.concert);
    let seen = app.node.follow(token.place_ref);
    let span = StreamSpan::leading(token.concert().clone());
    let open = app.streams.open(token.place_ref, Arc::clone(&request.connection));
    let replaced = open.replaced().boxed();
    let follower = Follower { app: app.clone(), token, changes, told: Told::Nothing, _seen: seen, _open: open };
    let events = stream::unfold(follower, Follower::next).take_until(replaced);
    Ok(event_stream(&app, span, request.connection, retry_seconds, events))
}

/// One open stream.
struct Follower {
    app: App,
    token: Token,
    changes: watch::Receiver<u64>,
    told: Told,
    /// The place counts as being seen for as long as its stream is open.
    _seen: Following,
    /// It is one of the few streams of its place.
    _open: OpenStream,
}

/// What the client was told last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Nothing,
    Position { position: u64, admission: Admission, at: Instant },
    Active,
    Ended,
}

impl Follower {
    /// The next event; nothing once the place has ended.
    async fn next(mut self) -> Option<(SseEvent, Self)> {
        while self.told != Told::Ended {
            self.changes.mark_unchanged();
            let wake_at = match self.app.node.told_place(self.token.place_ref) {
                Ok(place) => match news(self.told, &place, Instant::now()) {
                    News::Tell(told) => {
                        self.told = told;
                        let place = PlaceBody::of(self.token.concert(), self.token.place_ref.user, &place);
                        let body = PlaceEventBody::Live(place);
                        return Some((event(told, &body), self));
                    }
                    News::Later(at) => at,
                },
                Err(SubmitError::Rejected(Rejection::PlaceEnded(why))) => {
                    self.told = Told::Ended;
                    let body = PlaceEventBody::ended(self.token.concert(), self.token.place_ref.user, why);
                    return Some((event(Told::Ended, &body), self));
                }
                // The client comes again and is told what is wrong.
                Err(
                    SubmitError::Rejected(_)
                    | SubmitError::Overloaded
                    | SubmitError::Stopping
                    | SubmitError::NoLeader { .. },
                ) => return None,
                Err(SubmitError::Fault(details)) => {
                    tracing::error!("the stream of a queue place ends: {details}");
                    return None;
                }
            };
            sleep(GAP).await;
            tokio::select! {
                () = sleep_until(wake_at) => {}
                changed = self.changes.changed() => changed.ok()?,
            }
        }
        None
    }
}

/// What there is to tell of a live place.
#[derive(Debug, PartialEq, Eq)]
enum News {
    Tell(Told),
    /// Nothing before this instant, unless something changes.
    Later(Instant),
}

fn news(told: Told, place: &LivePlace, now: Instant) -> News {
    let admission = place.sale.admission;
    match (place.view, told) {
        (PlaceView::Active { .. }, Told::Active) => News::Later(now + LOOK),
        (PlaceView::Active { .. }, Told::Nothing | Told::Position { .. } | Told::Ended) => News::Tell(Told::Active),
        (PlaceView::Waiting { position, .. }, Told::Position { position: before, admission: admission_before, at }) => {
            if (position, admission) == (before, admission_before) {
                News::Later(now + LOOK)
            } else if at + POSITION <= now {
                News::Tell(Told::Position { position, admission, at: now })
            } else {
                News::Later(at + POSITION)
            }
        }
        (PlaceView::Waiting { position, .. }, Told::Nothing | Told::Active | Told::Ended) => {
            News::Tell(Told::Position { position, admission, at: now })
        }
    }
}

fn event(told: Told, body: &PlaceEventBody) -> SseEvent {
    let name = match told {
        Told::Active => "active",
        Told::Ended => "ended",
        Told::Position { .. } | Told::Nothing => "position",
    };
    let data = serde_json::to_string(body).expect("answers hold texts, numbers and lists only");
    SseEvent { name, data, id: None }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Duration, Instant};

    use super::{LOOK, News, POSITION, Told, news};
    use crate::domain::{Admission, LivePlace, PlaceView, Reserving, SaleView, Stock, WallTime};

    fn live(view: PlaceView, admission: Admission) -> LivePlace {
        LivePlace { view, sale: SaleView { free_seats: None, stock: Stock::Left, admission }, at: WallTime(0) }
    }

    fn waiting(position: u64) -> PlaceView {
        PlaceView::Waiting { position, estimated_wait_seconds: 0, poll_after_seconds: 1 }
    }

    fn told(position: u64, admission: Admission, at: Instant) -> Told {
        Told::Position { position, admission, at }
    }

    const ACTIVE: PlaceView = PlaceView::Active { expires_at: WallTime(0), reserving: Reserving::Open };

    #[test]
    fn a_stream_opens_with_the_present_state() {
        let (now, running) = (Instant::now(), Admission::Running);
        let seventh = live(waiting(7), running);
        assert_eq!(news(Told::Nothing, &seventh, now), News::Tell(told(7, running, now)));
        assert_eq!(news(Told::Nothing, &live(ACTIVE, running), now), News::Tell(Told::Active));
    }

    #[test]
    fn a_new_position_is_told_at_most_once_a_second_and_admission_at_once() {
        let (start, running) = (Instant::now(), Admission::Running);
        let before = told(7, running, start);
        let soon = start + Duration::from_millis(300);
        assert_eq!(news(before, &live(waiting(7), running), soon), News::Later(soon + LOOK));
        assert_eq!(news(before, &live(waiting(6), running), soon), News::Later(start + POSITION));
        let later = start + POSITION;
        assert_eq!(news(before, &live(waiting(6), running), later), News::Tell(told(6, running, later)));
        assert_eq!(news(before, &live(ACTIVE, running), soon), News::Tell(Told::Active));
        assert_eq!(news(Told::Active, &live(ACTIVE, running), soon), News::Later(soon + LOOK));
    }

    #[test]
    fn a_pause_is_told_to_those_whose_position_stays() {
        let start = Instant::now();
        let (before, later) = (told(7, Admission::Running, start), start + POSITION);
        let paused = live(waiting(7), Admission::Paused);
        assert_eq!(news(before, &paused, later), News::Tell(told(7, Admission::Paused, later)));
    }
}
