//! The end of a connection: last words that the HTTP library does not say, since it knows no request they would answer,
//! and an end that lets the client read what was said.

use std::io;
use std::time::Duration;

use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use uuid::Uuid;

use super::request_id::REQUEST_ID;
use super::roster::Full;
use super::terms::{CACHE_DEFAULT, NO_SNIFFING};
use super::{Failure, Phase};

/// How long and how much to read on after the last answer of a connection: closing with unread bytes would make the
/// system throw away the answer as well.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES_MAX: usize = 1024 * 1024;
/// Tells a connection for which there is no room that there is none, once it has asked.
pub(super) async fn turn_away(mut stream: TcpStream, full: Full) {
    let failure = match full {
        Full::Client => Failure::too_many_connections(),
        Full::Server => Failure::overloaded(),
    };
    // One that asks nothing hears nothing.
    if timeout(LINGER, stream.readable()).await.is_ok_and(|readable| readable.is_ok()) {
        let _ = timeout(LINGER, farewell(&mut stream, Some(failure))).await;
    }
}

/// Ends a connection so that the client can read the last answer; `failure` is said before.
pub(super) async fn close(mut stream: TcpStream, failure: Option<Failure>, phase: Phase) {
    match phase {
        // A client that is gone or does not read cannot be told anything more.
        Phase::Serving => drop(timeout(LINGER, farewell(&mut stream, failure)).await),
        Phase::Stopping => drop(timeout(LINGER, last_words(&mut stream, failure)).await),
    }
}

/// Says the last words and reads on until the client has read them.
async fn farewell(stream: &mut TcpStream, failure: Option<Failure>) -> io::Result<()> {
    last_words(stream, failure).await?;
    tokio::io::copy(&mut stream.take(LINGER_BYTES_MAX as u64), &mut tokio::io::sink()).await?;
    Ok(())
}

async fn last_words(stream: &mut TcpStream, failure: Option<Failure>) -> io::Result<()> {
    if let Some(failure) = failure {
        stream.write_all(&raw_answer(&failure)).await?;
    }
    stream.shutdown().await
}

/// The answer to a request of which not even the head could be read; the connection ends behind it.
fn raw_answer(failure: &Failure) -> Vec<u8> {
    let (status, body) = (failure.status(), failure.to_json());
    let retry = failure.retry_after_seconds().map(|seconds| format!("{RETRY_AFTER}: {seconds}\r\n"));
    let head = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{CACHE_CONTROL}: {}\r\n\
         {}: {}\r\n{}{REQUEST_ID}: {}\r\n\
         connection: close\r\n\r\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default(),
        body.len(),
        CACHE_DEFAULT.to_str().expect("it is ASCII"),
        NO_SNIFFING.0,
        NO_SNIFFING.1.to_str().expect("it is ASCII"),
        retry.unwrap_or_default(),
        Uuid::new_v4(),
    );
    [head.into_bytes(), body].concat()
}
