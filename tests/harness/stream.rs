//! Owns the reading of one event stream (`text/event-stream`). Knows no event of the service.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(10);

/// An open stream; closed when dropped.
pub(crate) struct Stream {
    reader: BufReader<TcpStream>,
    /// Text that has arrived and is not yet a whole event.
    pending: String,
}

/// One event as it was sent.
#[derive(Debug)]
pub(crate) struct Event {
    pub name: String,
    pub id: Option<String>,
    /// Milliseconds.
    pub retry: Option<u64>,
    pub data: Value,
}

impl Stream {
    /// Opens a stream, checks its head; `header` is one more line for the request, such as `Last-Event-ID: 3`.
    pub(crate) async fn open(address: SocketAddr, path: &str, secret: &str, header: &str) -> Self {
        let mut socket = TcpStream::connect(address).await.unwrap();
        let more = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n\
             Authorization: Bearer {secret}\r\n{more}\r\n"
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut reader = BufReader::new(socket);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let read =
                tokio::time::timeout(PATIENCE, reader.read_line(&mut head)).await.expect("no head of the stream");
            assert!(read.unwrap() > 0, "the stream ended in its head: {head}");
        }
        let head = head.to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert!(head.contains("content-type: text/event-stream"), "{head}");
        assert!(head.contains("transfer-encoding: chunked"), "{head}");
        assert!(head.contains("x-request-id: "), "{head}");
        Self { reader, pending: String::new() }
    }

    /// The next event; `None` when the server has ended the stream.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        tokio::time::timeout(PATIENCE, self.read_event()).await.expect("waited in vain for an event")
    }

    /// The data of the next event of this name; events of other names before it are passed over.
    pub(crate) async fn until(&mut self, name: &str) -> Value {
        loop {
            let event = self.next().await.unwrap_or_else(|| panic!("the stream ended before {name}"));
            if event.name == name {
                return event.data;
            }
        }
    }

    async fn read_event(&mut self) -> Option<Event> {
        loop {
            while let Some((block, rest)) = self.pending.split_once("\n\n") {
                let event = parse(block);
                self.pending = rest.to_owned();
                if event.is_some() {
                    return event;
                }
            }
            let chunk = self.read_chunk().await?;
            self.pending.push_str(&chunk);
        }
    }

    /// One chunk of the transfer coding; `None` at the last one and when the connection ends.
    async fn read_chunk(&mut self) -> Option<String> {
        let mut size = String::new();
        self.reader.read_line(&mut size).await.ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        let mut chunk = vec![0; size + 2];
        self.reader.read_exact(&mut chunk).await.ok()?;
        chunk.truncate(size);
        if size == 0 { None } else { Some(String::from_utf8(chunk).unwrap()) }
    }
}

/// An event with data; comments and bare fields are none.
fn parse(block: &str) -> Option<Event> {
    let (mut name, mut id, mut retry, mut data) = ("message".to_owned(), None, None, String::new());
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => name = value.to_owned(),
            "id" => id = Some(value.to_owned()),
            "retry" => retry = value.parse().ok(),
            "data" => data.push_str(value),
            _ => (),
        }
    }
    if data.is_empty() {
        return None;
    }
    Some(Event { name, id, retry, data: serde_json::from_str(&data).unwrap() })
}
