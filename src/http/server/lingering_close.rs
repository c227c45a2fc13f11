//! The lingering close: a connection ends so that its client can read what was said last, since closing it with unread
//! bytes would make the system throw away the answer as well.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::connection_limit::Full;
use super::raw_response::raw_response;
use super::transport::Transport;
use crate::http::phase::Phase;
use crate::http::problem::Problem;

/// How long and how much to read on after the last answer of a connection.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES_MAX: usize = 1024 * 1024;

/// Tells a connection for which there is no room that there is none, once it has asked. Over TLS it is only closed: to say
/// anything there would cost more than to serve it.
pub(super) async fn turn_away(stream: TcpStream, full: Full) {
    let problem = match full {
        Full::Client => Problem::too_many_connections(),
        Full::Server => Problem::overloaded(),
    };
    // One that asks nothing hears nothing.
    if timeout(LINGER, stream.readable()).await.is_ok_and(|readable| readable.is_ok()) {
        let _ = timeout(LINGER, linger(&mut Transport::Plain(stream), Some(problem))).await;
    }
}

/// Ends a connection so that the client can read the last answer; `problem` is said before.
pub(super) async fn close(mut stream: Transport, problem: Option<Problem>, phase: Phase) {
    match phase {
        // A client that is gone or does not read cannot be told anything more.
        Phase::Serving => drop(timeout(LINGER, linger(&mut stream, problem)).await),
        Phase::Stopping => drop(timeout(LINGER, end(&mut stream, problem)).await),
    }
}

/// Sends the last answer and reads on until the client has read it.
async fn linger(stream: &mut Transport, problem: Option<Problem>) -> io::Result<()> {
    end(stream, problem).await?;
    tokio::io::copy(&mut stream.take(LINGER_BYTES_MAX as u64), &mut tokio::io::sink()).await?;
    Ok(())
}

async fn end(stream: &mut Transport, problem: Option<Problem>) -> io::Result<()> {
    if let Some(problem) = problem {
        stream.write_all(&raw_response(&problem, stream.scheme())).await?;
    }
    stream.shutdown().await
}
