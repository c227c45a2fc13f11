//! The handshake at the beginning of a connection, and what is spoken behind it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::{Error, InvalidMessage, ServerConfig};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::http::phase::{Phase, stopped};
use crate::http::server::connection::Connection;

/// The versions of HTTP, as TLS names them, and the first is taken that a client has, too.
pub(super) const HTTP2: &[u8] = b"h2";
pub(super) const HTTP1: &[u8] = b"http/1.1";
/// How long a handshake may take: two round trips, on a bad line.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long one may take that is under way when the server stops: whoever has connected is still answered.
const LAST_HANDSHAKE: Duration = Duration::from_secs(1);

/// What a client speaks behind the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http::server) enum Spoken {
    Http1,
    Http2,
}

/// The stream when the handshake came to its end in time, within `patience` at most, and what is spoken on it. The
/// connection has its room meanwhile as any other has, and may have to leave.
pub(in crate::http::server) async fn handshake(
    stream: TcpStream,
    tls: Arc<ServerConfig>,
    connection: &Connection,
    patience: Duration,
    shutdown: watch::Receiver<Phase>,
) -> Option<(TlsStream<TcpStream>, Spoken)> {
    let last = async {
        stopped(shutdown).await;
        sleep(LAST_HANDSHAKE).await;
    };
    let shaken = tokio::select! {
        biased;
        shaken = TlsAcceptor::from(tls).accept(stream) => shaken,
        () = sleep(HANDSHAKE.min(patience)) => return None,
        () = connection.told_to_leave() => return None,
        () = last => return None,
    };
    match shaken {
        Ok(stream) => {
            let spoken = match stream.get_ref().1.alpn_protocol() {
                Some(name) if name == HTTP2 => Spoken::Http2,
                Some(_) | None => Spoken::Http1,
            };
            Some((stream, spoken))
        }
        Err(error) => {
            tracing::debug!("a TLS handshake failed: {}", told(&error));
            None
        }
    }
}

/// Why a handshake failed.
fn told(error: &io::Error) -> String {
    match error.get_ref().and_then(|error| error.downcast_ref::<Error>()) {
        Some(Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            "the client does not speak TLS; if it asked with http://, it is to use https://".to_owned()
        }
        Some(_) | None => error.to_string(),
    }
}
