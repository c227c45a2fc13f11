//! The streams of bytes between instances, and how they come about. In the product that is TCP; a simulation has a network
//! of its own.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// How long to wait after the system had no descriptor or memory for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// A stream of bytes to another instance.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

/// Makes streams to other instances.
pub trait Connect: Send + Sync {
    /// A new stream to whoever listens at `address`, a host and a port.
    ///
    /// # Errors
    /// Nobody was reached there.
    fn connect(&self, address: &str) -> BoxFuture<'static, io::Result<Box<dyn ByteStream>>>;
}

/// Gives the streams that other instances made to this one.
pub trait Accept: Send + Sync {
    /// The next stream, and from where it comes.
    fn accept(&self) -> BoxFuture<'_, (Box<dyn ByteStream>, SocketAddr)>;
}

impl<A: Accept + ?Sized> Accept for Box<A> {
    fn accept(&self) -> BoxFuture<'_, (Box<dyn ByteStream>, SocketAddr)> {
        (**self).accept()
    }
}

/// Streams of TCP.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tcp;

impl Connect for Tcp {
    fn connect(&self, address: &str) -> BoxFuture<'static, io::Result<Box<dyn ByteStream>>> {
        let address = address.to_owned();
        async move { undelayed(TcpStream::connect(address).await?) }.boxed()
    }
}

impl Accept for TcpListener {
    fn accept(&self) -> BoxFuture<'_, (Box<dyn ByteStream>, SocketAddr)> {
        async move {
            loop {
                match Self::accept(self).await {
                    // One that cannot be told so is gone.
                    Ok((stream, address)) => {
                        if let Ok(stream) = undelayed(stream) {
                            return (stream, address);
                        }
                    }
                    Err(error) if is_of_one_connection(&error) => {}
                    Err(error) => {
                        tracing::warn!("cannot accept connections of peers for the moment: {error}");
                        sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        }
        .boxed()
    }
}

/// Messages are whole when they are written; waiting to fill a packet would only delay them.
fn undelayed(stream: TcpStream) -> io::Result<Box<dyn ByteStream>> {
    stream.set_nodelay(true)?;
    Ok(Box::new(stream))
}

/// Whether an accept failed because its connection was gone already, which says nothing of the next.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}
