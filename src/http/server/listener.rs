//! Listening and accepting, with what connections take over from the socket that they come in at.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Connections that the system queues while the accept loop is busy or at its cap.
const BACKLOG: u32 = 4_096;
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

/// The connections that wait to be taken, with the addresses of their clients; any further ones are refused.
pub(super) fn last_connections(listener: TcpListener) -> Vec<(TcpStream, IpAddr)> {
    // The runtime may not know of the newest yet.
    let Ok(listener) = listener.into_std() else { return Vec::new() };
    let accepted = std::iter::from_fn(|| listener.accept().ok()).take(BACKLOG as usize);
    let taken = accepted.filter_map(|(stream, client)| {
        stream.set_nonblocking(true).ok()?;
        Some((TcpStream::from_std(stream).ok()?, client.ip()))
    });
    taken.collect()
}

/// The next connection and the address of its client.
pub(super) async fn accept(listener: &TcpListener) -> (TcpStream, IpAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, client)) => return (stream, client.ip()),
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::net::TcpStream;

    use super::{UNSENT_BYTES_MAX, USER_TIMEOUT, listen};

    #[tokio::test]
    async fn connections_take_over_what_ends_them_when_their_client_is_gone() {
        let listener = listen(([127, 0, 0, 1], 0).into()).expect("a free port");
        let client = TcpStream::connect(listener.local_addr().expect("it is bound")).await.expect("it listens");
        let (accepted, _) = listener.accept().await.expect("it comes");
        let socket = socket2::SockRef::from(&accepted);
        let is_watched = socket.keepalive().expect("an option") && accepted.nodelay().expect("an option");
        assert!(is_watched);
        let silence = socket.tcp_keepalive_time().expect("an option");
        let asking =
            socket.tcp_keepalive_interval().expect("an option") * socket.tcp_keepalive_retries().expect("an option");
        assert!(silence + asking < Duration::from_secs(60), "{silence:?} and {asking:?}");
        assert_eq!(socket.tcp_user_timeout().expect("an option"), Some(USER_TIMEOUT));
        assert_eq!(socket.tcp_notsent_lowat().expect("an option"), UNSENT_BYTES_MAX);
        drop(client);
    }
}
