//! How HTTP/2 is spoken between instances: every limit of it, on both sides.

use std::time::Duration;

use hyper::client::conn::http2 as client;
use hyper::server::conn::http2 as server;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::traffic::{REQUEST_WINDOWS, STREAMS_MAX, Traffic};

/// Bytes of a frame: a record of TLS has no more either.
const FRAME_BYTES_MAX: u32 = 16 * 1024;
/// Bytes of a head as HTTP/2 counts them: those of a client's request, of which there may be 32 KiB, with 32 bytes more
/// for each of its fields.
const HEAD_BYTES_MAX: u32 = 64 * 1024;
/// Bytes of one answer or request that wait to be sent.
const SEND_BYTES_MAX: usize = 256 * 1024;
/// An instance that is gone without a word is noticed after so long a silence and so long a wait for its answer.
const PING_INTERVAL: Duration = Duration::from_secs(1);
const PING_TIMEOUT: Duration = Duration::from_secs(2);
/// Requests that were given up before the other side looked at them. The callers of a whole connection may give up
/// together, when their time is over; more than that is no caller that gave up.
const ABANDONED_MAX: usize = STREAMS_MAX as usize;

/// The side that answers.
pub(super) fn answering() -> server::Builder<TokioExecutor> {
    let mut http = server::Builder::new(TokioExecutor::new());
    http.timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .max_header_list_size(HEAD_BYTES_MAX)
        .max_send_buf_size(SEND_BYTES_MAX)
        .initial_stream_window_size(REQUEST_WINDOWS.stream)
        .initial_connection_window_size(REQUEST_WINDOWS.connection)
        .max_pending_accept_reset_streams(ABANDONED_MAX)
        .max_local_error_reset_streams(ABANDONED_MAX)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        // Answers that are passed on have a date of their own.
        .auto_date_header(false);
    http
}

/// The side that asks.
pub(super) fn asking(traffic: Traffic) -> client::Builder<TokioExecutor> {
    let windows = traffic.answer_windows();
    let mut http = client::Builder::new(TokioExecutor::new());
    http.timer(TokioTimer::new())
        // The other side asks nothing on this connection.
        .max_concurrent_streams(0)
        .max_frame_size(FRAME_BYTES_MAX)
        .max_header_list_size(HEAD_BYTES_MAX)
        .max_send_buf_size(SEND_BYTES_MAX)
        .initial_stream_window_size(windows.stream)
        .initial_connection_window_size(windows.connection)
        .max_concurrent_reset_streams(ABANDONED_MAX)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        .keep_alive_while_idle(true);
    http
}
