//! Connections: the accept loop with its cap, the limits of HTTP/1.1 itself (time and size of a head), and an end that
//! lets answers under way go out. What is answered is the edge's affair.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use metrics::gauge;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use super::descriptors::connections_allowed;
use super::edge::Edge;
use super::farewell::{close, turn_away};
use super::observe::CONNECTIONS;
use super::progress::{Patience, Progress, Verdict};
use super::roster::{Room, Roster, SPARE_CONNECTIONS, Seat};
use super::wire::{Refused, Wire};
use super::{Connection, Failure, Phase};
use crate::config::Server;

/// Connections that the system queues while the accept loop is busy or at its cap.
const BACKLOG: u32 = 4_096;
/// Bytes that the head of a request may have.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Bytes that are read, or gathered to be written, at once. An idle connection keeps its buffer, and there may be many.
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// How long to wait after the system had no descriptor or memory for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// A client that is gone without a word is noticed within a minute: after so long a silence it is asked whether it is
/// there, so often, and given up.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(20);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVE_PROBES: u32 = 3;
/// What was sent, or waits for room at the client, is given up after so long without an answer of the client's system.
const USER_TIMEOUT: Duration = Duration::from_secs(40);
/// Bytes of an answer that the system takes before it can send them. With more, a client that reads slowly would seem
/// not to read at all, for as long as it takes what the system has.
const UNSENT_BYTES_MAX: u32 = 32 * 1024;
/// Connections beyond the cap: spare ones, those that are being ended, and those that are told that there is no room.
const BEYOND_CAP: u32 = 2 * SPARE_CONNECTIONS + FAREWELLS as u32;
/// Connections at once that are told so; any further ones are just closed.
const FAREWELLS: usize = 64;
/// How long a connection beyond the cap may take to ask.
const SPARE_PATIENCE: Duration = Duration::from_secs(2);
/// How long requests under way may take to finish once the server stops.
const DRAIN: Duration = Duration::from_secs(10);

/// Binds `address`.
///
/// # Errors
/// Those of the system: in use, not ours, not allowed.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    set_options(&socket)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Sets what the connections of a listening socket take over from it.
fn set_options(socket: &TcpSocket) -> io::Result<()> {
    // Answers are small and whole; waiting to fill a packet would only delay them.
    socket.set_nodelay(true)?;
    let socket = SockRef::from(socket);
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_IDLE).with_interval(KEEPALIVE_INTERVAL);
    socket.set_tcp_keepalive(&keepalive.with_retries(KEEPALIVE_PROBES))?;
    socket.set_tcp_user_timeout(Some(USER_TIMEOUT))?;
    socket.set_tcp_notsent_lowat(UNSENT_BYTES_MAX)
}

/// Serves connections until `shutdown` says to stop, then finishes what is under way within 10 s.
pub async fn serve(listener: TcpListener, edge: Edge, settings: &Server, mut shutdown: watch::Receiver<Phase>) {
    let wanted = settings.max_connections.saturating_add(BEYOND_CAP);
    let most = connections_allowed(wanted).saturating_sub(BEYOND_CAP).max(1);
    let descriptors = most + BEYOND_CAP;
    let slots = Arc::new(Semaphore::new(usize::try_from(descriptors).expect("32 bits fit a machine word")));
    let roster = Roster::new(most, settings.connections_per_client);
    let farewells = Arc::new(Semaphore::new(FAREWELLS));
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let patience =
        Patience { idle: seconds(settings.idle_seconds), request: seconds(settings.request_timeout_seconds) };
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &slots) => accepted,
            _ = stopping(&mut shutdown) => break,
        };
        let (stream, address, slot) = accepted;
        let shared = Connection::default();
        let (edge, shutdown) = (edge.clone(), shutdown.clone());
        match roster.seat(address, &shared.progress) {
            Ok((seat, room)) => tokio::spawn(async move {
                gauge!(CONNECTIONS).increment(1);
                connection(Accepted { stream, shared, seat, room }, edge, patience, shutdown).await;
                gauge!(CONNECTIONS).decrement(1);
                drop(slot);
            }),
            Err(full) => match Arc::clone(&farewells).try_acquire_owned() {
                Ok(farewell) => tokio::spawn(async move {
                    turn_away(stream, full).await;
                    drop((farewell, slot));
                }),
                // In a crowd of them nothing is said.
                Err(_) => continue,
            },
        };
    }
    drop(listener);
    let finished = timeout(DRAIN, slots.acquire_many(descriptors)).await;
    if finished.is_err() {
        let open = usize::try_from(descriptors).expect("32 bits fit a machine word") - slots.available_permits();
        tracing::warn!(connections = open, "some requests were still under way after 10 s and are cut off");
    }
}

async fn stopping(shutdown: &mut watch::Receiver<Phase>) {
    // An error means that the sender is gone, which is an end as well.
    let _ = shutdown.wait_for(|phase| *phase == Phase::Stopping).await;
}

type Slot = tokio::sync::OwnedSemaphorePermit;

/// The next connection and the address of its client.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> (TcpStream, IpAddr, Slot) {
    // Connections that were told to leave give their slots back at once.
    let slot = Arc::clone(slots).acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, client)) => return (stream, client.ip(), slot),
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
    /// As HTTP has it, or because its client asked nothing.
    Over,
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

impl End {
    /// How the library came to give the connection up.
    fn of(error: &hyper::Error) -> Self {
        if error.is_parse() { Self::Unread } else { Self::Broken }
    }

    /// The last words that the client hears.
    fn failure(&self, progress: &Progress, refused: &Refused, patience: Patience) -> Option<Failure> {
        match self {
            Self::Slow => Some(Failure::request_timeout(patience.request.as_secs())),
            Self::Unread if progress.has_been_answered() => {
                Some(Failure::unreadable(refused.status().unwrap_or(StatusCode::BAD_REQUEST)))
            }
            Self::Over | Self::Unread | Self::Stalled | Self::Leave | Self::Broken => None,
        }
    }
}

/// What may come to a connection beside its bytes.
enum Signal {
    /// The server is about to stop.
    Stop,
    /// Time has passed in which the client may have done nothing.
    Time,
    /// Another connection needs the room.
    Leave,
}

/// A connection for which there is room.
struct Accepted {
    stream: TcpStream,
    shared: Connection,
    seat: Seat,
    room: Room,
}

type Signals = FuturesUnordered<BoxFuture<'static, Signal>>;

/// What may come to the connection with `seat`.
fn signals(seat: &Arc<Seat>, mut shutdown: watch::Receiver<Phase>) -> Signals {
    let stop = async move {
        stopping(&mut shutdown).await;
        Signal::Stop
    };
    let seat = Arc::clone(seat);
    let leave = async move {
        seat.told_to_leave().await;
        Signal::Leave
    };
    FuturesUnordered::from_iter([stop.boxed(), after(Duration::ZERO).boxed(), leave.boxed()])
}

async fn after(time: Duration) -> Signal {
    tokio::time::sleep(time).await;
    Signal::Time
}

async fn connection(accepted: Accepted, edge: Edge, patience: Patience, shutdown: watch::Receiver<Phase>) {
    let Accepted { stream, shared, seat, room } = accepted;
    let seat = Arc::new(seat);
    let progress = shared.progress.clone();
    let refused = Refused::default();
    let wire = Wire::new(stream, refused.clone(), progress.clone());
    // Signals are rare and requests are not: each is looked at only when it comes, not with every request.
    let mut signals = signals(&seat, shutdown);
    let asking = Arc::clone(&seat);
    let service = service_fn(move |mut request: Request<Incoming>| {
        shared.progress.begin(request.body());
        request.extensions_mut().insert(shared.clone());
        let (edge, progress) = (edge.clone(), shared.progress.clone());
        let room = if room == Room::Spare { asking.promote() } else { room };
        Box::pin(async move {
            let request = request.map(Body::new);
            let answer = match room {
                Room::Regular | Room::Leaving => edge.answer(request).await,
                Room::Spare => edge.answer_beyond_cap(request).await,
            };
            Ok::<_, Infallible>(answer.map(|body| progress.follow(body)))
        })
    });
    let mut http = http1::Builder::new();
    http.max_header_size(HEAD_BYTES_MAX).max_buf_size(BUFFER_BYTES_MAX);
    let mut connection = http.serve_connection(TokioIo::new(wire), service);
    let mut phase = Phase::Serving;
    let end = loop {
        tokio::select! {
            biased;
            ended = poll_fn(|cx| connection.poll_without_shutdown(cx)) => break ended.map_or_else(|error| End::of(&error), |()| End::Over),
            Some(signal) = signals.next() => match signal {
                Signal::Stop => {
                    phase = Phase::Stopping;
                    std::pin::Pin::new(&mut connection).graceful_shutdown();
                }
                // A request that came while it was being told may have had its effect already: it is answered.
                Signal::Leave if progress.idleness(Instant::now()).is_none() => {
                    std::pin::Pin::new(&mut connection).graceful_shutdown();
                }
                Signal::Leave => break End::Leave,
                Signal::Time => match progress.judge(patience_in(seat.room(), patience)) {
                    Verdict::Wait(time) => signals.push(after(time).boxed()),
                    Verdict::Idle => break End::Over,
                    Verdict::Slow => break End::Slow,
                    Verdict::Stalled => break End::Stalled,
                },
            },
        }
    };
    // Whoever has to leave from now on is told below.
    drop(signals);
    let stream = connection.into_parts().io.into_inner().into_inner();
    let patience = patience_in(seat.room(), patience);
    let failure = end.failure(&progress, &refused, patience);
    progress.end();
    match end {
        // Behind half an answer nothing more can be said, and what waits would never be taken.
        End::Stalled | End::Leave => drop(stream),
        End::Over | End::Slow | End::Unread | End::Broken => tokio::select! {
            () = close(stream, failure, phase) => {}
            () = seat.told_to_leave() => {}
        },
    }
}

/// The patience with a connection that has `room`, which may be another than it came with.
fn patience_in(room: Room, patience: Patience) -> Patience {
    match room {
        Room::Spare => patience.shortened(SPARE_PATIENCE),
        Room::Regular | Room::Leaving => patience,
    }
}

#[cfg(test)]
mod tests;
