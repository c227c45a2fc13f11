//! The body of a request, read to its end before anything is done with it: a request whose body is still on its way
//! holds nothing that another could need. What was wrong with a body is told only when a handler asks for it, so that
//! the contract's order of refusals holds.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::EXPECT;
use http_body_util::BodyExt;
use hyper::body::Frame;
use tokio::time::{Instant, sleep, sleep_until};

use crate::http::problem::Problem;
use crate::http::server::connection::Connection;

/// Bytes that a body may have at most.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a report of the operator: as many scans as one may have, each with a code.
pub(super) const REPORT_BYTES_MAX: usize = 256 * 1024;
/// Bytes of a body that is too long which are read and dropped, so that the client gets to read the answer instead
/// of a connection that breaks while it sends.
const BODY_BYTES_DRAINED_MAX: usize = 1024 * 1024;
/// How long a body that is too long is read on for that.
const DRAIN_TIME: Duration = Duration::from_secs(1);
/// Bytes for which there is room before any have come: what a client announces is no reason to give memory away.
const ROOM_BYTES: usize = 1_024;

/// After how long without a further byte a body breaks off whose client has ended its side: all that it sent is here.
const LAST_BYTES: Duration = Duration::from_millis(250);

/// A body as it was received; it travels with its request to the handler.
#[derive(Clone, Debug)]
pub(in crate::http) enum Received {
    Whole(Bytes),
    TooLarge {
        bytes_max: usize,
    },
    /// It broke off, or was not what its head announced.
    Broken,
}

/// Whether all bytes of a body were read, so that what follows on the connection is the next request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum BodyEnd {
    Reached,
    Ahead,
}

impl Received {
    /// The bytes.
    ///
    /// # Errors
    /// 413 when there were too many, 400 when they did not all come.
    pub(crate) fn into_bytes(self) -> Result<Bytes, Problem> {
        match self {
            Self::Whole(bytes) => Ok(bytes),
            Self::TooLarge { bytes_max } => Err(Problem::body_too_large(bytes_max)),
            Self::Broken => Err(Problem::invalid("body", "sent completely")),
        }
    }
}

/// Takes the body off `request`, which came over `connection`, and reads it, `bytes_max` bytes at most.
pub(in crate::http) async fn receive(
    request: &mut Request,
    connection: &Connection,
    bytes_max: usize,
) -> (Received, BodyEnd) {
    let body = std::mem::take(request.body_mut());
    if body.is_end_stream() && HttpBody::size_hint(&body).lower() == 0 {
        return (Received::Whole(Bytes::new()), BodyEnd::Reached);
    }
    read(request.headers(), body, connection, bytes_max).await
}

async fn read(headers: &HeaderMap, mut body: Body, connection: &Connection, bytes_max: usize) -> (Received, BodyEnd) {
    let too_large = Received::TooLarge { bytes_max };
    let size = HttpBody::size_hint(&body);
    let declared = size.lower();
    if declared > bytes_max as u64 && (headers.contains_key(EXPECT) || declared > BODY_BYTES_DRAINED_MAX as u64) {
        return (too_large, BodyEnd::Ahead);
    }
    let mut kept = Vec::with_capacity(usize::try_from(declared).map_or(0, |bytes| bytes.min(ROOM_BYTES)));
    let mut seen = 0;
    let mut drained_until = None::<Instant>;
    while let Some(frame) = next_frame(&mut body, connection, drained_until).await {
        let frame = match frame {
            Next::Frame(Ok(frame)) => frame,
            Next::TooSlow => return (too_large, BodyEnd::Ahead),
            Next::Frame(Err(_)) | Next::Gone => return (Received::Broken, BodyEnd::Ahead),
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        seen += data.len();
        if seen <= bytes_max {
            kept.extend_from_slice(&data);
            continue;
        }
        let until = *drained_until.get_or_insert_with(|| Instant::now() + DRAIN_TIME);
        if seen > BODY_BYTES_DRAINED_MAX || until <= Instant::now() {
            return (too_large, BodyEnd::Ahead);
        }
    }
    // One that another instance sends on ends where it is, without an error, when the connection is given up in between.
    if size.exact().is_some_and(|exact| exact != seen as u64) {
        return (Received::Broken, BodyEnd::Ahead);
    }
    let received = if seen > bytes_max { too_large } else { Received::Whole(kept.into()) };
    (received, BodyEnd::Reached)
}

/// What comes next of a body.
enum Next {
    Frame(Result<Frame<Bytes>, axum::Error>),
    /// Nothing: its client has ended its side.
    Gone,
    /// Nothing, for as long as its rest is waited for.
    TooSlow,
}

async fn next_frame(body: &mut Body, connection: &Connection, until: Option<Instant>) -> Option<Next> {
    let gone = async {
        connection.half_closed().await;
        sleep(LAST_BYTES).await;
    };
    tokio::select! {
        biased;
        frame = body.frame() => frame.map(Next::Frame),
        () = gone => Some(Next::Gone),
        () = sleep_until(until.unwrap_or_else(Instant::now)), if until.is_some() => Some(Next::TooSlow),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::Request;
    use futures_util::stream;

    use super::{BODY_BYTES_DRAINED_MAX, BODY_BYTES_MAX, BodyEnd, Connection, receive};

    async fn read(body: Body) -> (&'static str, BodyEnd) {
        let mut request = Request::post("/x").body(body).expect("a request");
        let (received, end) = receive(&mut request, &Connection::default(), BODY_BYTES_MAX).await;
        (received.into_bytes().err().map_or("fine", |problem| problem.reason()), end)
    }

    #[tokio::test]
    async fn a_body_has_at_most_64_kib() {
        let sized = |bytes: usize| read(Body::from(vec![b'x'; bytes]));
        assert_eq!(sized(0).await, ("fine", BodyEnd::Reached));
        assert_eq!(sized(BODY_BYTES_MAX).await, ("fine", BodyEnd::Reached));
        assert_eq!(sized(BODY_BYTES_MAX + 1).await, ("BODY_TOO_LARGE", BodyEnd::Reached));
        assert_eq!(sized(BODY_BYTES_DRAINED_MAX + 1).await, ("BODY_TOO_LARGE", BodyEnd::Ahead));
        let chunk = || Ok::<_, std::io::Error>(vec![b'x'; 1_000]);
        let chunks = |count: usize| Body::from_stream(stream::iter(std::iter::repeat_with(chunk).take(count)));
        assert_eq!(read(chunks(65)).await, ("fine", BodyEnd::Reached));
        assert_eq!(read(chunks(66)).await, ("BODY_TOO_LARGE", BodyEnd::Reached));
        let endless = Body::from_stream(stream::iter(std::iter::repeat_with(chunk)));
        assert_eq!(read(endless).await, ("BODY_TOO_LARGE", BodyEnd::Ahead));
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_none() {
        let pieces = [Ok(vec![b'x']), Err(std::io::Error::other("gone"))];
        assert_eq!(read(Body::from_stream(stream::iter(pieces))).await, ("INVALID_REQUEST", BodyEnd::Ahead));
    }

    #[tokio::test]
    async fn a_client_that_asks_first_is_told_before_it_sends() {
        let request = Request::post("/x").header("expect", "100-continue");
        let mut request = request.body(Body::from(vec![b'x'; BODY_BYTES_MAX + 1])).expect("a request");
        let (received, end) = receive(&mut request, &Connection::default(), BODY_BYTES_MAX).await;
        assert_eq!(end, BodyEnd::Ahead);
        assert!(received.into_bytes().is_err());
    }
}
