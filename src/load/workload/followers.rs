//! Pages beside the workload that follow the seats of a date: many streams, of which each is told every change.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::super::client::Server;
use super::super::fixtures::Fixtures;

/// Streams that one queue place has.
const FOLLOWERS_A_PLACE: usize = 2;
/// Connections that are being opened at once.
const OPENING: usize = 256;
/// How long all of them may take to open.
const OPENING_LIMIT: Duration = Duration::from_secs(60);
/// How often it is looked whether the run is over.
const LOOK: Duration = Duration::from_millis(100);
const PIECE_BYTES: usize = 16 * 1024;
/// What ends an event.
const EVENT_END: &[u8] = b"\n\n";

/// What the followers were told.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FollowersReport {
    pub followers: usize,
    /// Those whose stream was open when the run began.
    pub opened: u64,
    /// Events that tell changes of seats, of all followers together.
    pub events: u64,
    /// Changes of seats in them.
    pub changes: u64,
    /// Bytes of these events, those of the transfer included.
    pub bytes: u64,
    pub bytes_per_change: f64,
    /// Events that tell how all seats stand, behind the first of each follower: too much had changed at once.
    pub whole_events: u64,
    pub whole_bytes: u64,
}

#[derive(Default)]
struct Counts {
    opened: AtomicU64,
    events: AtomicU64,
    changes: AtomicU64,
    bytes: AtomicU64,
    whole_events: AtomicU64,
    whole_bytes: AtomicU64,
    is_over: AtomicBool,
}

impl Counts {
    /// Takes up an event, with what the transfer has put around it.
    fn note(&self, event: &[u8]) {
        let add = |count: &AtomicU64, by: usize| count.fetch_add(by as u64, Ordering::Relaxed);
        if let Some(at) = find(event, b"event:seats") {
            let brackets = event[at..].iter().filter(|byte| **byte == b'[').count();
            add(&self.events, 1);
            add(&self.changes, brackets.saturating_sub(1));
            add(&self.bytes, event.len());
        } else if find(event, b"event:states").is_some() {
            add(&self.whole_events, 1);
            add(&self.whole_bytes, event.len());
        }
    }
}

/// Open streams; they are closed at the end of the run.
pub(crate) struct Followers {
    number: usize,
    counts: Arc<Counts>,
    thread: Option<JoinHandle<()>>,
}

impl Followers {
    /// Opens `number` streams of the first date; blocks until all are open, or as many as can be.
    pub(crate) fn open(server: &Server, fixtures: &Fixtures, number: usize) -> Self {
        let counts = Arc::new(Counts::default());
        let date = fixtures.concerts.all[0].dates[0].clone();
        let request = |token: &String| {
            let host = &server.host;
            format!(
                "GET /api/v1/seats/events?date={date} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\r\n"
            )
        };
        let tokens = fixtures.tokens.iter().flat_map(|token| [token; FOLLOWERS_A_PLACE]);
        let requests: Vec<String> = tokens.take(number).map(request).collect();
        let (address, own, (ready, is_ready)) = (server.address, Arc::clone(&counts), mpsc::channel());
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.expect("the first runtime could be made");
            runtime.block_on(async {
                let opening = Semaphore::new(OPENING);
                let open = requests.iter().map(|request| async {
                    let _permit = opening.acquire().await.expect("the semaphore is never closed");
                    Open::begin(TcpStream::connect(address).await.ok()?, request).await
                });
                let opened: FuturesUnordered<_> = open.collect();
                let opened = timeout(OPENING_LIMIT, opened.filter_map(std::future::ready).collect::<Vec<_>>()).await;
                let opened = opened.unwrap_or_default();
                own.opened.store(opened.len() as u64, Ordering::Relaxed);
                // Whoever waits for it may have given up.
                let _: Result<(), _> = ready.send(());
                let reading: FuturesUnordered<_> = opened.into_iter().map(|open| open.read(&own)).collect();
                let over = async {
                    while !own.is_over.load(Ordering::Relaxed) {
                        tokio::time::sleep(LOOK).await;
                    }
                };
                tokio::select! {
                    () = reading.collect::<()>() => {}
                    () = over => {}
                }
            });
        });
        // An end without the word is that of the thread, which shows when it is joined.
        let _: Result<(), _> = is_ready.recv();
        Self { number, counts, thread: Some(thread) }
    }

    /// Closes the streams.
    pub(crate) fn close(&mut self) {
        self.counts.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("a follower does not panic");
        }
    }

    pub(crate) fn report(&self) -> FollowersReport {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &*self.counts;
        let (changes, bytes) = (load(&counts.changes), load(&counts.bytes));
        FollowersReport {
            followers: self.number,
            opened: load(&counts.opened),
            events: load(&counts.events),
            changes,
            bytes,
            bytes_per_change: if changes == 0 { 0.0 } else { bytes as f64 / changes as f64 },
            whole_events: load(&counts.whole_events),
            whole_bytes: load(&counts.whole_bytes),
        }
    }
}

/// An open stream, and what was read of it behind the last whole event.
struct Open {
    stream: TcpStream,
    pending: Vec<u8>,
}

impl Open {
    /// Opens a stream and reads its first event, which tells all states; nothing when it is refused.
    async fn begin(mut stream: TcpStream, request: &str) -> Option<Self> {
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut open = Self { stream, pending: Vec::new() };
        loop {
            open.receive().await?;
            if let Some(end) =
                find(&open.pending, b"\ndata:").and_then(|at| Some(at + find(&open.pending[at..], EVENT_END)?))
            {
                let is_right = open.pending.starts_with(b"HTTP/1.1 200");
                open.pending.drain(..end + EVENT_END.len());
                return is_right.then_some(open);
            }
        }
    }

    /// Reads events until the stream ends.
    async fn read(mut self, counts: &Counts) {
        while self.receive().await.is_some() {
            while let Some(end) = find(&self.pending, EVENT_END) {
                let end = end + EVENT_END.len();
                counts.note(&self.pending[..end]);
                self.pending.drain(..end);
            }
        }
    }

    /// How many bytes have come; nothing at the end.
    async fn receive(&mut self) -> Option<usize> {
        self.pending.reserve(PIECE_BYTES);
        self.stream.read_buf(&mut self.pending).await.ok().filter(|received| *received > 0)
    }
}

/// Where `part` begins first.
fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
