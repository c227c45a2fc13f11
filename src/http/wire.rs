//! A connection's bytes. It passes everything on but what the door refuses and the empty answers that the HTTP library
//! itself writes when it cannot read the head of a request: those are held back and remembered, so that the server can
//! say it in its own envelope. Small answers go out as one piece, and a client that takes a large one slowly gets time
//! for it. It knows nothing of what requests mean.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::task::{Context, Poll, ready};

use axum::http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::door::Door;
use super::edge::Edge;
use super::turn::Turn;

/// The start of an answer of the library's own; ours of the same status have a body, and so another length.
const STATUS_LINE: &[u8] = b"HTTP/1.1 4";
const EMPTY_BODY: &[u8] = b"\r\ncontent-length: 0\r\n";
/// Bytes of an answer up to which copying head and body together costs less than handing the system two pieces.
const JOINED_BYTES_MAX: usize = 2_048;

/// The bytes of `T` without the library's own answers.
pub struct Wire<T> {
    inner: T,
    refused: Refused,
    turn: Turn,
    taking: Taking,
    door: Door,
    /// What is still to be written of an answer that was given at the door.
    owed: Vec<u8>,
}

/// How the client takes what is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taking {
    AtOnce,
    /// The system had no room for all of the last piece, so that some of an answer is still to be written.
    Slowly,
}

/// With which status the library refused the head of a request, if it did.
#[derive(Clone, Default)]
pub struct Refused(Arc<AtomicU16>);

impl Refused {
    pub fn status(&self) -> Option<StatusCode> {
        StatusCode::from_u16(self.0.load(Ordering::Relaxed)).ok()
    }
}

impl<T> Wire<T> {
    pub fn new(inner: T, refused: Refused, turn: Turn, edge: Edge) -> Self {
        let door = Door::new(edge, turn.clone());
        Self { inner, refused, turn, taking: Taking::AtOnce, door, owed: Vec::new() }
    }

    /// What it was made of, and the bytes that are still to be written to it.
    pub fn into_parts(self) -> (T, Vec<u8>) {
        (self.inner, self.owed)
    }
}

impl<T> Wire<T> {
    /// Whether some of an answer is still to be written.
    pub fn is_behind(&self) -> bool {
        self.taking == Taking::Slowly || !self.owed.is_empty()
    }

    /// Notes how many of `offered` bytes the system took, after how the client took those before.
    fn note_taken(&mut self, written: &Poll<io::Result<usize>>, offered: usize) {
        match written {
            Poll::Pending => self.taking = Taking::Slowly,
            Poll::Ready(Ok(taken)) => {
                if self.taking == Taking::Slowly {
                    self.turn.renew();
                }
                self.taking = if *taken < offered { Taking::Slowly } else { Taking::AtOnce };
            }
            Poll::Ready(Err(_)) => {}
        }
    }
}

impl<T: AsyncWrite + Unpin> Wire<T> {
    /// Writes what is owed to the client.
    fn poll_pay(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.owed.is_empty() {
            let taken = ready!(Pin::new(&mut self.inner).poll_write(cx, &self.owed))?;
            if taken == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.owed.drain(..taken);
        }
        Poll::Ready(Ok(()))
    }
}

/// The status of an answer that the library made by itself, when `bytes` are one.
fn automatic_answer(bytes: &[u8]) -> Option<u16> {
    let own = bytes.starts_with(STATUS_LINE)
        && bytes.ends_with(b"\r\n\r\n")
        && bytes.windows(EMPTY_BODY.len()).any(|window| window == EMPTY_BODY);
    if !own {
        return None;
    }
    std::str::from_utf8(bytes.get(9..12)?).ok()?.parse().ok()
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncRead for Wire<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        loop {
            // Nobody is heard again before the answer is written.
            ready!(self.poll_pay(cx))?;
            ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
            let came = &buf.filled()[before..];
            let Some(refusal) = self.door.refuse(came) else {
                self.door.passed(came);
                return Poll::Ready(Ok(()));
            };
            self.owed = refusal;
            buf.set_filled(before);
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Wire<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match automatic_answer(buf) {
            Some(status) => {
                self.refused.0.store(status, Ordering::Relaxed);
                Poll::Ready(Ok(buf.len()))
            }
            None => {
                ready!(self.poll_pay(cx))?;
                let written = Pin::new(&mut self.inner).poll_write(cx, buf);
                self.note_taken(&written, buf.len());
                written
            }
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [only] = bufs {
            return self.poll_write(cx, only);
        }
        ready!(self.poll_pay(cx))?;
        let length: usize = bufs.iter().map(|piece| piece.len()).sum();
        let written = if length <= JOINED_BYTES_MAX {
            let mut joined = Vec::with_capacity(length);
            bufs.iter().for_each(|piece| joined.extend_from_slice(piece));
            Pin::new(&mut self.inner).poll_write(cx, &joined)
        } else {
            Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
        };
        self.note_taken(&written, length);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.inner).poll_flush(cx))?;
        self.door.written();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::Router;
    use axum::body::Body;
    use axum::http::Request;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::timeout;

    use super::{Edge, Refused, Turn, Wire};
    use crate::config::Config;

    async fn pass(bytes: &[u8]) -> (Vec<u8>, Option<u16>) {
        let refused = Refused::default();
        let edge = Edge::new(Router::new(), &Config::default());
        let mut wire = Wire::new(Vec::new(), refused.clone(), Turn::new(), edge);
        wire.write_all(bytes).await.expect("memory takes it");
        (wire.into_parts().0, refused.status().map(|status| status.as_u16()))
    }

    #[tokio::test]
    async fn answers_of_the_library_are_held_back_and_all_others_pass() {
        let own = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(pass(own).await, (Vec::new(), Some(431)));
        for ours in [
            &b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}"[..],
            b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n",
            b"HTTP/1.1 400 Bad Request\r\ncontent-length: 20\r\n\r\n",
            b"x\r\ncontent-length: 0\r\n\r\n",
            b"",
        ] {
            assert_eq!(pass(ours).await, (ours.to_vec(), None));
        }
    }

    #[tokio::test]
    async fn a_refusal_goes_out_whole_in_however_many_pieces_before_anything_more_is_heard() {
        let mut config = Config::default();
        config.limits.in_flight = 1;
        let slow = || async { std::future::pending::<String>().await };
        let edge = Edge::new(Router::new().route("/slow", get(slow)), &config);
        let under_way = tokio::spawn({
            let edge = edge.clone();
            async move { edge.answer(Request::get("/slow").body(Body::empty()).expect("a request")).await }
        });
        tokio::task::yield_now().await;
        // A request fits, an answer does not.
        let (mut client, server) = duplex(48);
        let mut wire = Wire::new(server, Refused::default(), Turn::new(), edge);
        let mut heard = [0; 48];
        let serving = async { wire.read(&mut heard).await.expect("it reads") };
        let asking = async {
            client.write_all(b"GET /api/v1/token HTTP/1.1\r\n\r\n").await.expect("it reads");
            let mut refusal = Vec::new();
            while !refusal.ends_with(b"}}") {
                refusal.push(client.read_u8().await.expect("it answers"));
            }
            client.write_all(b"GET /healthz HTTP/1.1\r\n\r\n").await.expect("it reads");
            String::from_utf8(refusal).expect("answers are text")
        };
        let both = async { tokio::join!(serving, asking) };
        let (count, refusal) = timeout(Duration::from_secs(5), both).await.expect("each gets what it waits for");
        assert!(refusal.starts_with("HTTP/1.1 503 ") && refusal.contains("OVERLOADED"), "{refusal}");
        assert_eq!(&heard[..count], b"GET /healthz HTTP/1.1\r\n\r\n", "only what is not refused goes on");
        under_way.abort();
    }
}
