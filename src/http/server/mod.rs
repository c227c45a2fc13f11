//! Connections: the accept loop with its limits, TLS, the limits of HTTP itself (time and size of a head), and an end
//! that lets answers under way go out. What a request is answered is the pipeline's affair.

pub(super) mod connection;
mod connection_limit;
mod connection_task;
mod descriptors;
mod http2;
mod idle_timer;
mod lingering_close;
mod listener;
pub(super) mod pipeline;
mod raw_response;
mod response_body;
mod stream;
mod strict_transport;
mod tls;
mod transport;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

use self::connection_limit::{ConnectionLimit, Counted, SPARE_CONNECTIONS};
use self::connection_task::{patience_with, serve_connection};
use self::descriptors::connections_allowed;
use self::idle_timer::Patience;
use self::lingering_close::turn_away;
use self::listener::{accept, last_connections};
use self::pipeline::Pipeline;
use self::tls::{Spoken, handshake};
use self::transport::Transport;
use crate::config::Server;
use crate::http::phase::{Phase, stopping};
use crate::telemetry::metrics::CONNECTIONS;

pub use connection::Connection;
pub use listener::listen;
pub use tls::{CertificateError, Certificates, Renewal};

/// Connections beyond the cap: spare ones, those that are being ended, and those that are told that there is no room.
const BEYOND_CAP: u32 = 2 * SPARE_CONNECTIONS + TURNED_AWAY as u32;
/// Connections at once that are told that there is no room; any further ones are just closed.
const TURNED_AWAY: usize = 64;
/// How long requests under way may take to finish once the server stops.
const DRAIN: Duration = Duration::from_secs(10);
/// How long to wait before it is told that there are any.
const DRAIN_GLANCE: Duration = Duration::from_millis(200);

/// Serves connections until `shutdown` says to stop, then finishes what is under way within 10 s. With `certificates` it
/// speaks TLS, and nothing without it.
pub async fn serve(
    listener: TcpListener,
    pipeline: Pipeline,
    certificates: Option<Certificates>,
    settings: &Server,
    mut shutdown: watch::Receiver<Phase>,
) {
    let wanted = settings.max_connections.saturating_add(BEYOND_CAP);
    let most = connections_allowed(wanted).saturating_sub(BEYOND_CAP).max(1);
    let descriptors = most + BEYOND_CAP;
    let slots = Arc::new(Semaphore::new(usize::try_from(descriptors).expect("32 bits fit a machine word")));
    let limit = ConnectionLimit::new(most, settings.connections_per_client);
    let turned_away = Arc::new(Semaphore::new(TURNED_AWAY));
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let patience =
        Patience { idle: seconds(settings.idle_seconds), request: seconds(settings.request_timeout_seconds) };
    let told = shutdown.clone();
    let next = async || {
        // Connections that were told to leave give their slots back at once.
        let slot = Arc::clone(&slots).acquire_owned().await.expect("the semaphore is never closed");
        (accept(&listener).await, slot)
    };
    let take = |(stream, address): (TcpStream, IpAddr), slot: OwnedSemaphorePermit| {
        match limit.take(address, Instant::now()) {
            Ok(connection) => {
                let tls = certificates.as_ref().map(Certificates::current);
                let served = (connection, pipeline.clone(), patience, told.clone());
                tokio::spawn(async move {
                    CONNECTIONS.move_by(1.0);
                    serve_taken(stream, tls, served).await;
                    CONNECTIONS.move_by(-1.0);
                    drop(slot);
                });
            }
            // In a crowd of them nothing is said.
            Err(full) => {
                if certificates.is_none()
                    && let Ok(permit) = Arc::clone(&turned_away).try_acquire_owned()
                {
                    tokio::spawn(async move {
                        turn_away(stream, full).await;
                        drop((permit, slot));
                    });
                }
            }
        }
    };
    loop {
        tokio::select! {
            (connected, slot) = next() => take(connected, slot),
            () = stopping(&mut shutdown) => break,
        }
    }
    // The system would reset those that have connected and were not taken yet.
    for connected in last_connections(listener) {
        let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else { break };
        take(connected, slot);
    }
    drain(&slots, descriptors).await;
}

/// Waits for the requests under way, of which each connection has one of so many slots.
async fn drain(slots: &Semaphore, descriptors: u32) {
    let open = || usize::try_from(descriptors).expect("32 bits fit a machine word") - slots.available_permits();
    // By then connections without a request are closed. A wait that is over gives back what it had of the slots, so that
    // those which are left can be counted.
    if timeout(DRAIN_GLANCE, slots.acquire_many(descriptors)).await.is_ok() {
        return;
    }
    tracing::info!(connections = open(), "waiting up to 10 s for requests under way");
    if timeout(DRAIN - DRAIN_GLANCE, slots.acquire_many(descriptors)).await.is_err() {
        tracing::warn!(connections = open(), "some requests were still under way after 10 s and are cut off");
    }
}

/// A connection, and what it is served with.
type Served = (Counted, Pipeline, Patience, watch::Receiver<Phase>);

/// Serves a connection to its end, which begins with a handshake where there is `tls`.
async fn serve_taken(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    (connection, pipeline, patience, shutdown): Served,
) {
    let Some(tls) = tls else {
        return serve_connection(Transport::Plain(stream), connection, pipeline, patience, shutdown).await;
    };
    let limit = patience_with(&connection, patience).request;
    let Some((stream, spoken)) = handshake(stream, tls, &connection, limit, shutdown.clone()).await else { return };
    connection.note_secured();
    let stream = Transport::Tls(Box::new(stream));
    match spoken {
        Spoken::Http1 => serve_connection(stream, connection, pipeline, patience, shutdown).await,
        Spoken::Http2 => http2::serve(stream, connection, pipeline, patience, shutdown).await,
    }
}

#[cfg(test)]
mod tests;
