//! A stream whose bytes are counted.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use metrics::{Counter, counter};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::domain::NodeId;
use crate::telemetry::metrics::PEER_BYTES;

/// Bytes as the network carries them, of all connections that share it.
pub(super) struct ByteCounts {
    pub sent: AtomicU64,
    pub received: AtomicU64,
    /// The same of all connections with the instance.
    metrics: [Counter; 2],
}

impl ByteCounts {
    /// Of connections with an instance.
    pub(super) fn with(node: NodeId) -> Self {
        let of = |direction| counter!(PEER_BYTES.name, "peer" => node.to_string(), "direction" => direction);
        Self { sent: AtomicU64::new(0), received: AtomicU64::new(0), metrics: [of("sent"), of("received")] }
    }

    fn note_sent(&self, bytes: u64) {
        self.sent.fetch_add(bytes, Ordering::Relaxed);
        self.metrics[0].increment(bytes);
    }

    fn note_received(&self, bytes: u64) {
        self.received.fetch_add(bytes, Ordering::Relaxed);
        self.metrics[1].increment(bytes);
    }
}

/// A stream that adds to counts.
pub(super) struct Counted<S> {
    stream: S,
    counts: Arc<ByteCounts>,
}

impl<S> Counted<S> {
    pub(super) fn new(stream: S, counts: Arc<ByteCounts>) -> Self {
        Self { stream, counts }
    }

    fn note_sent(&self, sent: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = sent {
            self.counts.note_sent(bytes as u64);
        }
        sent
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = out.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, out))?;
        self.counts.note_received((out.filled().len() - before) as u64);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note_sent(sent)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.note_sent(sent)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
