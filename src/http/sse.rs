//! Server-sent events: a stream of named events as a response that stays open until the stream or the server ends.

use std::convert::Infallible;
use std::future::{pending, ready};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse, Response, Sse};
use futures_util::{Stream, StreamExt, stream};

use crate::domain::{ConcertId, KeyId};
use crate::http::app::App;
use crate::http::authentication::Operator;
use crate::http::phase::stopped;
use crate::http::server::connection::Connection;
use crate::node::Led;
use crate::random_ids::random_id;

/// After how much silence a comment is sent, so that nothing between us and the client closes the connection.
const KEEP_ALIVE_SECONDS: u64 = 15;

/// After how long a comment is sent to a client that ended its side: the answer to it tells whether the client is gone.
/// Each further one comes after twice the time, as a client that is still there means to stay.
const PROBE: Duration = Duration::from_millis(250);

/// A comment, which clients pass over.
pub(super) const COMMENT: Bytes = Bytes::from_static(b":\n\n");

/// One event of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SseEvent {
    pub name: &'static str,
    /// JSON text.
    pub data: String,
    /// Where a client that lost the connection goes on.
    pub id: Option<u64>,
}

/// For how long a stream may go on: by default for as long as the server serves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamSpan {
    /// For as long as this instance leads the concert: another one would not see who follows here. Without one, every
    /// instance has all that is told.
    pub leading: Option<ConcertId>,
    /// For as long as the key is good.
    pub operator: Option<KeyId>,
}

impl StreamSpan {
    /// For as long as this instance leads the concert.
    pub(super) fn leading(concert: ConcertId) -> Self {
        Self { leading: Some(concert), operator: None }
    }

    /// The same, and as long as the key of an operator is good.
    pub(super) fn of_operator(self, operator: Operator) -> Self {
        Self { operator: Some(operator.key), ..self }
    }
}

/// A response that sends `events` as they come and ends with them, and with its span. A client that loses it is told to come
/// again after `retry_seconds` at most, each after another time.
pub fn event_stream(
    app: &App,
    span: StreamSpan,
    connection: Arc<Connection>,
    retry_seconds: u32,
    events: impl Stream<Item = SseEvent> + Send + 'static,
) -> Response {
    until_stopped(end(app, span), connection, retry_after(retry_seconds), events)
}

/// The end of a span.
fn end(app: &App, span: StreamSpan) -> impl Future<Output = ()> + Send + 'static {
    let (shutdown, node) = (app.shutdown.clone(), app.node.clone());
    let StreamSpan { leading, operator } = span;
    let of_key = app.node.clone();
    let led = async move {
        match leading {
            None => pending().await,
            Some(concert) => node.led_until(Led::Concert(&concert)).await,
        }
    };
    let known = async move {
        match operator {
            None => pending().await,
            Some(key) => of_key.key_ended(key).await,
        }
    };
    async move {
        tokio::select! {
            () = stopped(shutdown) => {}
            () = led => {}
            () = known => {}
        }
    }
}

/// Between half of `seconds` and all of it, evenly, so that those who were cut off together do not come together.
fn retry_after(seconds: u32) -> Duration {
    let half_ms = u64::from(seconds.max(1)) * 500;
    Duration::from_millis(half_ms + random_id() as u64 % (half_ms + 1))
}

/// As [`event_stream`], until an end of any kind.
pub(super) fn until_stopped(
    end: impl Future<Output = ()> + Send + 'static,
    connection: Arc<Connection>,
    retry: Duration,
    events: impl Stream<Item = SseEvent> + Send + 'static,
) -> Response {
    let mut retry = Some(retry);
    let events = events.take_until(Box::pin(end)).map(move |event| {
        let event = event.into_event();
        // It goes with the first event.
        match retry.take() {
            Some(retry) => event.retry(retry),
            None => event,
        }
    });
    let events = with_probes(events, connection, || Event::default().comment("")).map(Ok::<_, Infallible>);
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(KEEP_ALIVE_SECONDS));
    of_one_client(Sse::new(events).keep_alive(keep_alive).into_response())
}

/// As [`event_stream`], of events that are written already and shared with other streams. They keep it alive.
pub(super) fn frame_stream(
    app: &App,
    span: StreamSpan,
    connection: Arc<Connection>,
    retry_seconds: u32,
    frames: impl Stream<Item = Bytes> + Send + 'static,
) -> Response {
    // It goes with the first event, in front of it.
    let retry = Bytes::from(format!("retry:{}\n", retry_after(retry_seconds).as_millis()));
    let frames = stream::iter([retry]).chain(frames).take_until(Box::pin(end(app, span)));
    let frames = with_probes(frames, connection, || COMMENT).map(Ok::<_, Infallible>);
    let mut response = Response::new(Body::from_stream(frames));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    of_one_client(response)
}

/// The events, and probes of a client that ended its side between them.
pub(super) fn with_probes<E: Send + 'static>(
    events: impl Stream<Item = E> + Send + 'static,
    connection: Arc<Connection>,
    probe: impl Fn() -> E + Send + 'static,
) -> impl Stream<Item = E> + Send + 'static {
    let probes = stream::unfold((connection, PROBE), async |(connection, pause)| {
        connection.half_closed().await;
        tokio::time::sleep(pause).await;
        Some(((), (connection, longer(pause))))
    });
    let probes = probes.map(move |()| Some(probe()));
    // The probes have no end of their own.
    let both = stream::select(events.map(Some).chain(stream::iter([None])), probes);
    both.take_while(|event| ready(event.is_some())).filter_map(ready)
}

fn of_one_client(mut response: Response) -> Response {
    // Proxies that gather answers before they pass them on would hold events back.
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    // What a stream tells is for one client; the default says so more strictly than the library does.
    response.headers_mut().remove(CACHE_CONTROL);
    response
}

/// The pause after `pause`.
fn longer(pause: Duration) -> Duration {
    (pause * 2).min(Duration::from_secs(KEEP_ALIVE_SECONDS))
}

impl SseEvent {
    fn into_event(self) -> Event {
        let event = Event::default().event(self.name).data(self.data);
        match self.id {
            Some(id) => event.id(id.to_string()),
            None => event,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use std::time::Duration;

    use super::{KEEP_ALIVE_SECONDS, PROBE, longer, retry_after};

    #[test]
    fn a_client_that_ended_its_side_is_asked_ever_more_rarely() {
        let pauses: Vec<_> = std::iter::successors(Some(PROBE), |pause| Some(longer(*pause))).take(9).collect();
        assert!(pauses.windows(2).all(|two| two[0] <= two[1]), "{pauses:?}");
        assert_eq!((pauses[1], pauses[8]), (PROBE * 2, Duration::from_secs(KEEP_ALIVE_SECONDS)));
    }

    #[test]
    fn clients_that_are_cut_off_together_come_again_apart_and_in_time() {
        let told: BTreeSet<u128> = (0..200).map(|_| retry_after(30).as_millis()).collect();
        assert!(told.iter().all(|ms| (15_000..=30_000).contains(ms)), "{told:?}");
        assert!(told.len() > 150, "{} of 200 are different", told.len());
        assert!((500..=1_000).contains(&retry_after(0).as_millis()));
    }
}
