//! Connections: the accept loop with its cap, the limits of HTTP/1.1 itself (time and size of a head), and an end that
//! lets answers under way go out. What is answered is the edge's affair.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::Request;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use metrics::gauge;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use super::descriptors::connections_allowed;
use super::edge::Edge;
use super::observe::CONNECTIONS;
use super::turn::Turn;
use super::wire::{Refused, Wire};
use super::written::unread;
use super::{Failure, Phase, Remembered};
use crate::config::Server;

/// Connections that the system queues while the accept loop is busy or at its cap.
const BACKLOG: u32 = 4_096;
/// Bytes that the head of a request may have.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// How long to wait after the system had no descriptor or memory for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// How long and how much to read on after the last answer of a connection: closing with unread bytes would make the
/// system throw away the answer as well.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES_MAX: usize = 1024 * 1024;
/// How long requests under way may take to finish once the server stops.
const DRAIN: Duration = Duration::from_secs(10);

/// Binds `address`.
///
/// # Errors
/// Those of the system: in use, not ours, not allowed.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves connections until `shutdown` says to stop, then finishes what is under way within 10 s.
pub async fn serve(listener: TcpListener, edge: Edge, settings: &Server, mut shutdown: watch::Receiver<Phase>) {
    let most = connections_allowed(settings.max_connections);
    let slots = Arc::new(Semaphore::new(usize::try_from(most).expect("32 bits fit a machine word")));
    let head_seconds = settings.request_timeout_seconds;
    loop {
        let accepted = tokio::select! {
            // At the cap, further connections wait in the backlog of the system.
            accepted = accept(&listener, &slots) => accepted,
            _ = stopping(&mut shutdown) => break,
        };
        let (stream, slot) = accepted;
        let (edge, shutdown) = (edge.clone(), shutdown.clone());
        tokio::spawn(async move {
            gauge!(CONNECTIONS).increment(1);
            connection(stream, edge, head_seconds, shutdown).await;
            gauge!(CONNECTIONS).decrement(1);
            drop(slot);
        });
    }
    drop(listener);
    let finished = timeout(DRAIN, slots.acquire_many(most)).await;
    if finished.is_err() {
        let open = usize::try_from(most).expect("32 bits fit a machine word") - slots.available_permits();
        tracing::warn!(connections = open, "some requests were still under way after 10 s and are cut off");
    }
}

async fn stopping(shutdown: &mut watch::Receiver<Phase>) {
    // An error means that the sender is gone, which is an end as well.
    let _ = shutdown.wait_for(|phase| *phase == Phase::Stopping).await;
}

type Slot = tokio::sync::OwnedSemaphorePermit;

/// The next connection, as soon as there is a slot for it.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> (TcpStream, Slot) {
    let slot = Arc::clone(slots).acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, slot),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!("cannot accept connections for the moment: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether an accept failed because its connection was gone already, which says nothing of the next.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

/// How a connection came to its end.
enum End {
    /// As HTTP has it.
    Over,
    /// The client neither asked nor took its answer for too long.
    Impatient,
    /// The client was not understood, or is gone.
    Broken,
}

/// What may come to a connection beside its bytes.
enum Signal {
    /// The server is about to stop.
    Stop,
    /// Time has passed in which the client may have done nothing.
    Time,
}

async fn connection(stream: TcpStream, edge: Edge, head_seconds: u32, mut shutdown: watch::Receiver<Phase>) {
    // Answers are small and whole; waiting to fill a packet would only delay them.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let (refused, turn) = (Refused::default(), Turn::new());
    let wire = Wire::new(stream, refused.clone(), turn.clone(), edge.clone());
    let patience = Duration::from_secs(head_seconds.into());
    let after = |time| async move {
        tokio::time::sleep(time).await;
        Signal::Time
    };
    let stop = async move {
        stopping(&mut shutdown).await;
        Signal::Stop
    };
    // Signals are rare and requests are not: each is looked at only when it comes, not with every request.
    let mut signals = FuturesUnordered::from_iter([stop.boxed(), after(patience).boxed()]);
    let its_turn = turn.clone();
    let remembered = Remembered::default();
    let service = service_fn(move |mut request: Request<Incoming>| {
        turn.take(request.body().size_hint().exact());
        request.extensions_mut().insert(remembered.clone());
        let (edge, turn) = (edge.clone(), turn.clone());
        Box::pin(async move {
            let answer = edge.answer(request.map(Body::new)).await;
            Ok::<_, Infallible>(answer.map(|body| turn.pass_with(body)))
        })
    });
    let mut connection =
        http1::Builder::new().max_header_size(HEAD_BYTES_MAX).serve_connection(TokioIo::new(wire), service);
    let mut phase = Phase::Serving;
    let end = loop {
        tokio::select! {
            biased;
            ended = poll_fn(|cx| connection.poll_without_shutdown(cx)) => break ended.map_or(End::Broken, |()| End::Over),
            Some(signal) = signals.next() => match signal {
                Signal::Stop => {
                    phase = Phase::Stopping;
                    std::pin::Pin::new(&mut connection).graceful_shutdown();
                }
                Signal::Time => match its_turn.left(patience) {
                    Duration::ZERO => break End::Impatient,
                    left => signals.push(after(left).boxed()),
                },
            },
        }
    };
    let parts = connection.into_parts();
    let wire = parts.io.into_inner();
    let failure = match end {
        End::Over => None,
        // Behind half an answer nothing more can be said.
        End::Impatient if parts.read_buf.is_empty() || wire.is_behind() => None,
        End::Impatient => Some(Failure::request_timeout(head_seconds.into())),
        End::Broken => refused.status().map(Failure::unreadable),
    };
    let (stream, owed) = wire.into_parts();
    close(stream, &owed, failure, phase).await;
}

/// Ends a connection so that the client can read the last answer; what is `owed` and `failure` are said before.
async fn close(mut stream: TcpStream, owed: &[u8], failure: Option<Failure>, phase: Phase) {
    let farewell = async {
        stream.write_all(owed).await?;
        if let Some(failure) = failure {
            stream.write_all(&unread(&failure)).await?;
        }
        stream.shutdown().await?;
        if phase == Phase::Serving {
            let mut left = (&mut stream).take(LINGER_BYTES_MAX as u64);
            tokio::io::copy(&mut left, &mut tokio::io::sink()).await?;
        }
        io::Result::Ok(())
    };
    // A client that is gone or does not read cannot be told anything more.
    let _ = timeout(LINGER, farewell).await;
}

#[cfg(test)]
mod tests;
