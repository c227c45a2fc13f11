//! HTTP/2 of clients: the task of a connection. Requests go through the same pipeline as those of
//! HTTP/1.1, many at once; the connection has the same room, idle timer and end.

mod answer_body;
mod exchange;
mod head;
mod head_watch;
mod io;
mod limits;
mod request_body;

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, HttpBody};
use axum::http::{Request, Response, StatusCode};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::sync::{Notify, Semaphore, watch};

use self::answer_body::{AnswerBody, without_content};
use self::exchange::Exchange;
use self::head::{as_http1, is_too_large};
use self::io::MultiplexedIo;
use self::limits::{BODIES_MAX, GOODBYE, builder};
use self::request_body::RequestBody;
use super::connection::{Connection, Room};
use super::connection_limit::Counted;
use super::connection_task::{Signal, after, patience_with, signals};
use super::idle_timer::{Idleness, Patience, Verdict, judge};
use super::lingering_close::close;
use super::pipeline::Pipeline;
use super::strict_transport;
use super::transport::Transport;
use crate::http::forward::head::remove_hop_by_hop;
use crate::http::phase::Phase;
use crate::http::problem::Problem;

/// What the exchanges of one connection share.
struct Session {
    connection: Counted,
    pipeline: Pipeline,
    /// Room for bodies that are received.
    bodies: Arc<Semaphore>,
    /// Told when the connection has had all that there was room for.
    is_last: Arc<Notify>,
}

/// Serves a connection of HTTP/2 to its end.
pub(super) async fn serve(
    mut stream: Transport,
    connection: Counted,
    pipeline: Pipeline,
    patience: Patience,
    shutdown: watch::Receiver<Phase>,
) {
    let mut signals = signals(&connection, shutdown);
    let (bodies, is_last) = (Arc::new(Semaphore::new(BODIES_MAX)), Arc::new(Notify::new()));
    let session = Session { connection, pipeline, bodies, is_last };
    let connection = &session.connection;
    let mut goodbye: Option<Instant> = None;
    {
        let io = TokioIo::new(MultiplexedIo::new(&mut stream, Arc::clone(connection)));
        let service = service_fn(|request| session.answer(request));
        let mut http = pin!(builder(patience.request).serve_connection(io, service));
        loop {
            let says_goodbye = tokio::select! {
                biased;
                ended = http.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!("a connection of HTTP/2 broke: {}", told(&error));
                    }
                    break;
                }
                () = session.is_last.notified() => true,
                Some(signal) = signals.next() => match signal {
                    Signal::Stop => {
                        connection.note_stop();
                        true
                    }
                    Signal::Leave if Idleness::of(connection, Instant::now()).is_none() => true,
                    Signal::Leave => return,
                    Signal::Time => match judge(connection, patience_with(connection, patience), Instant::now()) {
                        Verdict::Wait(time) => {
                            signals.push(after(time).boxed());
                            false
                        }
                        Verdict::Idle if goodbye.is_none() => true,
                        Verdict::Idle if goodbye.is_some_and(|said| has_time(connection, said)) => {
                            signals.push(after(GOODBYE).boxed());
                            false
                        }
                        Verdict::Idle | Verdict::Slow => break,
                        Verdict::Stalled => return,
                    },
                },
            };
            if says_goodbye && goodbye.is_none() {
                http.as_mut().graceful_shutdown();
                goodbye = Some(Instant::now());
                signals.push(after(GOODBYE).boxed());
            }
        }
    }
    // A notice to leave that comes from now on is heard below.
    drop(signals);
    connection.note_end();
    tokio::select! {
        () = close(stream, None, connection.phase()) => {}
        () = connection.told_to_leave() => {}
    }
}

/// Whether a client may still take what it was sent last, or ask what it asked before it heard that the connection ends.
fn has_time(connection: &Connection, goodbye: Instant) -> bool {
    connection.stage(Instant::now()).1.min(goodbye.elapsed()) < GOODBYE
}

/// An error with what it is about.
fn told(error: &hyper::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

type Answering = BoxFuture<'static, Result<Response<AnswerBody>, Infallible>>;

impl Session {
    /// Answers one request.
    fn answer(&self, request: Request<Incoming>) -> Answering {
        let connection = Arc::clone(&self.connection);
        let begun = Exchange::begin(Arc::clone(&connection));
        let room = match connection.room() {
            Room::Spare => self.connection.promote(),
            room @ (Room::Regular | Room::Leaving) => room,
        };
        let (pipeline, bodies, is_last) = (self.pipeline.clone(), Arc::clone(&self.bodies), Arc::clone(&self.is_last));
        Box::pin(async move {
            let has_content = !request.method().eq("HEAD");
            let request = prepared(request, &connection, bodies).await;
            let answer = match room {
                _ if is_too_large(&request) => {
                    let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
                    pipeline.refuse_unread(request, Problem::unreadable(status)).await
                }
                Room::Regular | Room::Leaving => pipeline.answer(request).await,
                Room::Spare => {
                    // Those that came with it are answered in the same way.
                    is_last.notify_one();
                    pipeline.answer_beyond_cap(request).await
                }
            };
            let (mut head, body) = answer.into_parts();
            // Whatever they say is about a connection that has one exchange at a time.
            remove_hop_by_hop(&mut head.headers);
            strict_transport::apply(connection.scheme(), &mut head.headers);
            let body = if has_content { body } else { without_content(&mut head.headers, &body) };
            Ok(Response::from_parts(head, AnswerBody::new(body, begun)))
        })
    }
}

/// The request as the pipeline takes it, when there is room for its body.
async fn prepared(request: Request<Incoming>, connection: &Arc<Connection>, bodies: Arc<Semaphore>) -> Request<Body> {
    let has_body = !request.body().is_end_stream();
    let mut request = if has_body {
        let room = bodies.acquire_owned().await.expect("the semaphore is never closed");
        request.map(|body| Body::new(RequestBody { body, _room: room }))
    } else {
        request.map(Body::new)
    };
    as_http1(&mut request);
    request.extensions_mut().insert(Arc::clone(connection));
    request
}
