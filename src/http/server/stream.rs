//! The stream of a connection's bytes. It passes everything on but the empty answers that the HTTP library itself writes
//! when it cannot read the head of a request: those are held back and their status is noted, so that the server can say
//! it in its own envelope. The end of a client's sending is held back, too, while the client waits for an answer. Small
//! answers go out as one piece. It notes how the client sends and takes, and knows nothing of what requests mean.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connection::Connection;

/// The start of an answer of the library's own; ours of the same status have a body, and so another length.
const STATUS_LINE: &[u8] = b"HTTP/1.1 4";
const EMPTY_BODY: &[u8] = b"\r\ncontent-length: 0\r\n";
/// Bytes of an answer up to which copying head and body together costs less than handing the system two pieces.
const JOINED_BYTES_MAX: usize = 2_048;

/// The bytes of `T` without the library's own answers.
pub(super) struct Stream<T> {
    inner: T,
    connection: Arc<Connection>,
    /// Wakes the reader when the end of the client's sending is no longer held back.
    held_back: Option<Waker>,
}

impl<T> Stream<T> {
    pub(super) fn new(inner: T, connection: Arc<Connection>) -> Self {
        Self { inner, connection, held_back: None }
    }

    pub(super) fn into_inner(self) -> T {
        self.inner
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

impl<T: AsyncRead + Unpin> AsyncRead for Stream<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        if buf.filled().len() > before {
            self.connection.note_bytes();
        } else if self.connection.keeps_end_back() {
            // It is told when the answer is written.
            self.connection.note_half_close();
            self.held_back = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Stream<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match automatic_answer(buf) {
            Some(status) => {
                self.connection.note_refused(status);
                Poll::Ready(Ok(buf.len()))
            }
            None => {
                let written = Pin::new(&mut self.inner).poll_write(cx, buf);
                self.connection.note_write(&written, buf.len());
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
        let length: usize = bufs.iter().map(|piece| piece.len()).sum();
        let written = if length <= JOINED_BYTES_MAX {
            let mut joined = Vec::with_capacity(length);
            bufs.iter().for_each(|piece| joined.extend_from_slice(piece));
            Pin::new(&mut self.inner).poll_write(cx, &joined)
        } else {
            Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
        };
        self.connection.note_write(&written, length);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(cx);
        self.connection.note_flush(&flushed);
        ready!(flushed)?;
        self.connection.note_delivery();
        if !self.connection.keeps_end_back()
            && let Some(reader) = self.held_back.take()
        {
            reader.wake();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::{Arc, Connection, Stream};

    async fn pass(bytes: &[u8]) -> (Vec<u8>, Option<u16>) {
        let connection = Arc::new(Connection::default());
        let mut stream = Stream::new(Vec::new(), Arc::clone(&connection));
        stream.write_all(bytes).await.expect("memory takes it");
        (stream.into_inner(), connection.refused_status().map(|status| status.as_u16()))
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
}
