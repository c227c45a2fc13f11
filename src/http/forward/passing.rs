//! The answer of another instance on its way to the client: as it is, and an event stream event by event. The instance
//! that answers cannot see the client, so what a client that is gone is noticed by is done here.

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Version};
use axum::response::Response;
use futures_util::{Stream, StreamExt};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::watch;

use super::head::remove_hop_by_hop;
use crate::http::phase::{Phase, stopped};
use crate::http::server::connection::Connection;
use crate::http::sse::{COMMENT, with_probes};

/// What ends an event.
const EVENT_END: &[u8] = b"\n\n";

/// The answer for the client at `connection`. An event stream ends with the answering instance, and with this one.
pub(super) fn passed_on(
    answer: Response<Incoming>,
    connection: Arc<Connection>,
    shutdown: watch::Receiver<Phase>,
) -> Response {
    let (mut parts, body) = answer.into_parts();
    remove_hop_by_hop(&mut parts.headers);
    parts.version = Version::HTTP_11;
    let body = if is_event_stream(&parts.headers) {
        Body::from_stream(events(body, connection, shutdown))
    } else {
        Body::new(body)
    };
    Response::from_parts(parts, body)
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

/// A piece of an event stream.
enum Piece {
    Sent(Bytes),
    Probe,
}

fn events(
    body: Incoming,
    connection: Arc<Connection>,
    shutdown: watch::Receiver<Phase>,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    // A stream that breaks has ended: its client comes again.
    let sent = body.into_data_stream().scan((), |(), piece| ready(piece.ok()));
    let sent = sent.take_until(Box::pin(stopped(shutdown))).map(Piece::Sent);
    between_events(with_probes(sent, connection, || Piece::Probe)).map(Ok)
}

/// The pieces as they are sent, with comments for the probes that do not fall into an event.
fn between_events(pieces: impl Stream<Item = Piece>) -> impl Stream<Item = Bytes> {
    let mut is_between = true;
    pieces.filter_map(move |piece| {
        ready(match piece {
            // The end of a stream may come in a frame of its own.
            Piece::Sent(bytes) if bytes.is_empty() => None,
            Piece::Sent(bytes) => {
                is_between = bytes.ends_with(EVENT_END);
                Some(bytes)
            }
            Piece::Probe => is_between.then_some(COMMENT),
        })
    })
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use futures_util::{FutureExt, StreamExt, stream};

    use super::{Piece, between_events};

    #[test]
    fn a_probe_never_falls_into_an_event() {
        let sent = |text: &'static str| Piece::Sent(Bytes::from_static(text.as_bytes()));
        let pieces = [
            Piece::Probe,
            sent("retry:500\n"),
            Piece::Probe,
            sent("data: 1\n\n"),
            Piece::Probe,
            sent("data: 2\n"),
            Piece::Probe,
            sent("\n"),
        ];
        let told: Vec<Bytes> =
            between_events(stream::iter(pieces)).collect().now_or_never().expect("nothing is waited for");
        assert_eq!(told.concat(), b":\n\nretry:500\ndata: 1\n\n:\n\ndata: 2\n\n");
    }
}
