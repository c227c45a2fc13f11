//! How much of HTTP/2 a client may have: every limit of it, each with its reason.

use std::time::Duration;

use hyper::server::conn::http2;
use hyper_util::rt::TokioTimer;

use super::exchange::Exchanges;
use crate::http::server::connection_task::HEAD_BYTES_MAX;

/// Requests that are under way at once on a connection, open streams of events among them.
const STREAMS_MAX: u32 = 128;
/// Bytes of a frame: a record of TLS has no more either.
pub(super) const FRAME_BYTES_MAX: u32 = 16 * 1024;
/// Bytes of a head as HTTP/2 counts them, with 32 bytes more for each of its fields. A head within these that has more
/// than one of HTTP/1.1 may is told so in the server's own words; beyond them the library says 431 by itself. What a
/// head is spread over (CONTINUATION frames) is bounded by them, too.
const HEAD_LIST_BYTES_MAX: u32 = 2 * HEAD_BYTES_MAX as u32;
/// Bytes of the bodies of requests that wait unread: that of one request, and of all together. They are read at once.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;
/// Bytes of one answer that wait to be sent. All streams together have 4 MiB, so that this is what a client can hold up.
const SEND_BYTES_MAX: usize = 32 * 1024;
/// Bodies that are received at once; with 64 KiB each they are 1 MiB. Further ones wait.
pub(super) const BODIES_MAX: usize = 16;
/// Requests that a client gave up before they were looked at: a page that is left gives up all that it asked, but those
/// have been looked at by then. More is a flood (CVE-2023-44487), which ends the connection.
const ABANDONED_MAX: usize = 32;
/// Streams that the client had the server give up, by breaking the protocol on them (CVE-2025-8671): no client of good
/// will does, and a few more mean nothing.
const BROKEN_MAX: usize = 32;
/// A client that is gone without a word is noticed within a minute, as by the keep-alive of TCP: after so long a silence
/// and so long a wait for its answer.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a client may take to hear that the connection ends: what it asked before is answered.
pub(super) const GOODBYE: Duration = Duration::from_secs(1);

/// How a connection is served whose client may take nothing of an answer for `patience`.
pub(super) fn builder(patience: Duration) -> http2::Builder<Exchanges> {
    let mut http = http2::Builder::new(Exchanges { patience });
    http.timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .max_header_list_size(HEAD_LIST_BYTES_MAX)
        .max_send_buf_size(SEND_BYTES_MAX)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_pending_accept_reset_streams(ABANDONED_MAX)
        .max_local_error_reset_streams(BROKEN_MAX)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT);
    http
}
