//! One keep-alive connection: bytes of a request out, one response in. No pool, no redirects, no chunks: a client that
//! costs less than the server that it measures.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::response::{Fault, Head, Persistence, Response, read_head};

/// Bytes for which there is room at every read.
const ROOM_BYTES: usize = 16 * 1024;

/// A connection and the last response that came over it.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    last: Head,
}

impl Connection {
    /// # Errors
    /// [`Fault::Connect`].
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, Fault> {
        let stream = TcpStream::connect(address).await.map_err(Fault::Connect)?;
        stream.set_nodelay(true).map_err(Fault::Connect)?;
        let persistence = Persistence::KeepAlive;
        let last = Head { status: 0, head_bytes: 0, body_bytes: 0, persistence, retry_after_seconds: None };
        Ok(Self { stream, received: Vec::with_capacity(ROOM_BYTES), last })
    }

    /// Whether the server takes another request over it.
    pub(crate) fn is_open(&self) -> bool {
        self.last.persistence == Persistence::KeepAlive
    }

    /// Sends a whole request and reads the whole response, which [`Self::response`] shows.
    ///
    /// # Errors
    /// Every [`Fault`]; the connection is of no use afterwards.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<(), Fault> {
        self.received.clear();
        self.stream.write_all(request).await.map_err(Fault::Broken)?;
        self.last = loop {
            self.receive(ROOM_BYTES).await?;
            if let Some(head) = read_head(&self.received)? {
                break head;
            }
        };
        let end = self.last.head_bytes + self.last.body_bytes;
        while self.received.len() < end {
            self.receive(end - self.received.len()).await?;
        }
        if self.received.len() > end { Err(Fault::Unasked) } else { Ok(()) }
    }

    /// The response of the last exchange that went well.
    pub(crate) fn response(&self) -> Response<'_> {
        let Head { status, head_bytes, retry_after_seconds, .. } = self.last;
        Response { status, body: &self.received[head_bytes..], retry_after_seconds }
    }

    async fn receive(&mut self, room: usize) -> Result<(), Fault> {
        self.received.reserve(room);
        match self.stream.read_buf(&mut self.received).await {
            Ok(0) => Err(Fault::Closed),
            Ok(_) => Ok(()),
            Err(error) => Err(Fault::Broken(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::{Connection, Fault};

    /// What a client gets from a server that sends `pieces`, each on its own, after a request.
    async fn served(pieces: &'static [&'static [u8]]) -> Result<(u16, Vec<u8>), Fault> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("the client comes");
            let mut request = [0; 64];
            let length = stream.read(&mut request).await.expect("a request");
            assert_eq!(&request[..length], b"GET / HTTP/1.1\r\n\r\n");
            for piece in pieces {
                stream.write_all(piece).await.expect("the client reads");
                tokio::task::yield_now().await;
            }
        });
        let mut connection = Connection::open(address).await?;
        let outcome = connection.exchange(b"GET / HTTP/1.1\r\n\r\n").await;
        server.await.expect("the server is fine");
        outcome.map(|()| (connection.response().status, connection.response().body.to_vec()))
    }

    #[tokio::test]
    async fn a_response_in_pieces_is_put_together() {
        let pieces: &[&[u8]] = &[b"HTTP/1.1 20", b"0 OK\r\ncontent-le", b"ngth: 5\r\n\r", b"\nhe", b"l", b"lo"];
        assert_eq!(served(pieces).await.expect("it is whole"), (200, b"hello".to_vec()));
    }

    #[tokio::test]
    async fn half_a_response_and_more_than_one_are_faults() {
        assert!(matches!(served(&[b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe"]).await, Err(Fault::Closed)));
        let two = served(&[b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab"]).await;
        assert!(matches!(two, Err(Fault::Unasked)));
    }
}
