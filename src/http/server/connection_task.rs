//! The task of one connection of HTTP/1.1: it hands requests to the pipeline, and ends the connection when its client or the server
//! wants it, when time is over, or when another one needs the room.

use std::convert::Infallible;
use std::future::poll_fn;
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Request, StatusCode};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::connection::{Connection, Room};
use super::connection_limit::Counted;
use super::idle_timer::{Idleness, Patience, Verdict, judge};
use super::lingering_close::close;
use super::pipeline::Pipeline;
use super::response_body::ResponseBody;
use super::stream::Stream;
use super::strict_transport;
use super::transport::Transport;
use crate::http::phase::{Phase, stopping};
use crate::http::problem::Problem;

/// Bytes that the head of a request may have.
pub(super) const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Bytes that are read, or gathered to be written, at once. An idle connection keeps its buffer, and there may be many.
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// How long a connection beyond the cap may take to ask.
const SPARE_PATIENCE: Duration = Duration::from_secs(2);

/// How long a client may take to ask once the server stops: whoever has just connected, or asked, is on its way to being
/// read, and the answer says that it is the last of the connection. A connection on which nothing comes is closed behind it
/// without a word, as HTTP has no other way (RFC 9112, 9.5): a request that is on its way then is lost.
const LAST_LOOK: Duration = Duration::from_millis(100);

/// How a connection came to its end.
enum End {
    /// As HTTP has it.
    Over,
    /// Its client asked nothing.
    Idle,
    /// The head of a request did not come to its end.
    Slow,
    /// The client took nothing of its answer.
    Stalled,
    /// Another connection needs the room.
    Leave,
    /// The client was not understood.
    Unread,
    /// The client is gone.
    Broken,
}

/// What may come to a connection beside its bytes.
pub(super) enum Signal {
    /// The server is about to stop.
    Stop,
    /// Time has passed in which the client may have done nothing.
    Time,
    /// Another connection needs the room.
    Leave,
}

pub(super) type Signals = FuturesUnordered<BoxFuture<'static, Signal>>;

/// Serves a connection of HTTP/1.1 to its end.
pub(super) async fn serve_connection(
    mut stream: Transport,
    connection: Counted,
    pipeline: Pipeline,
    patience: Patience,
    shutdown: watch::Receiver<Phase>,
) {
    // Signals are rare and requests are not: each is looked at only when it comes, not with every request.
    let mut signals = signals(&connection, shutdown);
    let mut builder = http1::Builder::new();
    builder.max_header_size(HEAD_BYTES_MAX).max_buf_size(BUFFER_BYTES_MAX);
    let (stream, end) = loop {
        let service = service_fn(|request| answer(&connection, &pipeline, request));
        let mut http = builder.serve_connection(TokioIo::new(Stream::new(stream, Arc::clone(&connection))), service);
        let end = loop {
            tokio::select! {
                biased;
                ended = poll_fn(|cx| http.poll_without_shutdown(cx)) => break End::of(ended),
                Some(signal) = signals.next() => match signal {
                    Signal::Stop => {
                        connection.note_stop();
                        signals.push(after(LAST_LOOK).boxed());
                    }
                    // A request that came while it was being told may have had its effect already: it is answered.
                    Signal::Leave if Idleness::of(&connection, Instant::now()).is_none() => {
                        std::pin::Pin::new(&mut http).graceful_shutdown();
                    }
                    Signal::Leave => break End::Leave,
                    Signal::Time => match judge(&connection, patience_with(&connection, patience), Instant::now()) {
                        Verdict::Wait(time) => signals.push(after(time).boxed()),
                        Verdict::Idle => break End::Idle,
                        Verdict::Slow => break End::Slow,
                        Verdict::Stalled => break End::Stalled,
                    },
                },
            }
        };
        let parts = http.into_parts();
        let left = parts.io.into_inner().into_inner();
        match end {
            // Its client asked in the moment in which it was given up.
            End::Idle if parts.read_buf.is_empty() && has_bytes(left.tcp()) => {
                connection.note_bytes();
                signals.push(after(Duration::ZERO).boxed());
                stream = left;
            }
            end => break (left, end),
        }
    };
    // A notice to leave that comes from now on is heard below.
    drop(signals);
    let problem = end.last_answer(&connection, patience_with(&connection, patience));
    connection.note_end();
    match end {
        // Behind half an answer nothing more can be said, and what waits would never be taken.
        End::Stalled | End::Leave => drop(stream),
        End::Over | End::Idle | End::Slow | End::Unread | End::Broken => tokio::select! {
            () = close(stream, problem, connection.phase()) => {}
            () = connection.told_to_leave() => {}
        },
    }
}

/// Whether the client has sent something, which the runtime may not know of yet.
fn has_bytes(stream: &TcpStream) -> bool {
    SockRef::from(stream).peek(&mut [MaybeUninit::uninit()]).is_ok_and(|count| count > 0)
}

type Answering = BoxFuture<'static, Result<axum::http::Response<ResponseBody>, Infallible>>;

/// Answers a request of `counted`.
fn answer(counted: &Counted, pipeline: &Pipeline, mut request: Request<Incoming>) -> Answering {
    let connection = Arc::clone(counted);
    if request.body().is_end_stream() {
        connection.note_request();
    } else {
        connection.note_head();
    }
    let room = match connection.room() {
        Room::Spare => counted.promote(),
        room @ (Room::Regular | Room::Leaving) => room,
    };
    request.extensions_mut().insert(Arc::clone(&connection));
    let pipeline = pipeline.clone();
    Box::pin(async move {
        let request = request.map(Body::new);
        let answer = match room {
            Room::Regular | Room::Leaving => pipeline.answer(request).await,
            Room::Spare => pipeline.answer_beyond_cap(request).await,
        };
        let mut answer = answer.map(|body| ResponseBody::new(body, Arc::clone(&connection)));
        strict_transport::apply(connection.scheme(), answer.headers_mut());
        match connection.phase() {
            Phase::Serving => {}
            // The client is to send nothing more here, rather than in the moment in which the connection is closed.
            Phase::Stopping => drop(answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"))),
        }
        Ok(answer)
    })
}

/// What may come to a connection.
pub(super) fn signals(connection: &Arc<Connection>, mut shutdown: watch::Receiver<Phase>) -> Signals {
    let stop = async move {
        stopping(&mut shutdown).await;
        Signal::Stop
    };
    let connection = Arc::clone(connection);
    let leave = async move {
        connection.told_to_leave().await;
        Signal::Leave
    };
    FuturesUnordered::from_iter([stop.boxed(), after(Duration::ZERO).boxed(), leave.boxed()])
}

pub(super) async fn after(time: Duration) -> Signal {
    tokio::time::sleep(time).await;
    Signal::Time
}

/// The patience with a connection by whether the server goes on, and by the room that it has, which may be another than it
/// came with.
pub(super) fn patience_with(connection: &Connection, patience: Patience) -> Patience {
    let patience = match connection.phase() {
        Phase::Serving => patience,
        Phase::Stopping => Patience { idle: patience.idle.min(LAST_LOOK), ..patience },
    };
    match connection.room() {
        Room::Spare => patience.shortened(SPARE_PATIENCE),
        Room::Regular | Room::Leaving => patience,
    }
}

impl End {
    /// How the HTTP library came to its end with the connection.
    fn of(ended: hyper::Result<()>) -> Self {
        match ended {
            Ok(()) => Self::Over,
            Err(error) if error.is_parse() => Self::Unread,
            Err(_) => Self::Broken,
        }
    }

    /// The last answer that the client hears.
    fn last_answer(&self, connection: &Connection, patience: Patience) -> Option<Problem> {
        match self {
            Self::Slow => Some(Problem::request_timeout(patience.request.as_secs())),
            Self::Unread if connection.has_been_answered() => {
                Some(Problem::unreadable(connection.refused_status().unwrap_or(StatusCode::BAD_REQUEST)))
            }
            Self::Over | Self::Idle | Self::Unread | Self::Stalled | Self::Leave | Self::Broken => None,
        }
    }
}
