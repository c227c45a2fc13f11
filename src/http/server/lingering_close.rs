//! The lingering close: a connection ends so that its client can read what was said last, since closing it with unread
//! bytes would make the system throw away the answer as well.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::connection_limit::Full;
use super::raw_response::raw_response;
use crate::http::{Failure, Phase};

/// How long and how much to read on after the last answer of a connection.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES_MAX: usize = 1024 * 1024;

/// Tells a connection for which there is no room that there is none, once it has asked.
pub async fn turn_away(mut stream: TcpStream, full: Full) {
    let failure = match full {
        Full::Client => Failure::too_many_connections(),
        Full::Server => Failure::overloaded(),
    };
    // One that asks nothing hears nothing.
    if timeout(LINGER, stream.readable()).await.is_ok_and(|readable| readable.is_ok()) {
        let _ = timeout(LINGER, linger(&mut stream, Some(failure))).await;
    }
}

/// Ends a connection so that the client can read the last answer; `failure` is said before.
pub async fn close(mut stream: TcpStream, failure: Option<Failure>, phase: Phase) {
    match phase {
        // A client that is gone or does not read cannot be told anything more.
        Phase::Serving => drop(timeout(LINGER, linger(&mut stream, failure)).await),
        Phase::Stopping => drop(timeout(LINGER, end(&mut stream, failure)).await),
    }
}

/// Sends the last answer and reads on until the client has read it.
async fn linger(stream: &mut TcpStream, failure: Option<Failure>) -> io::Result<()> {
    end(stream, failure).await?;
    tokio::io::copy(&mut stream.take(LINGER_BYTES_MAX as u64), &mut tokio::io::sink()).await?;
    Ok(())
}

async fn end(stream: &mut TcpStream, failure: Option<Failure>) -> io::Result<()> {
    if let Some(failure) = failure {
        stream.write_all(&raw_response(&failure)).await?;
    }
    stream.shutdown().await
}
