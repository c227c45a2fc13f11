//! What is known of one connection: whose it is, what room it has, how far its exchanges are and since when. Its task,
//! the answers on it, open streams and the limit of connections share it, each by the same `Arc`. It knows no HTTP.

mod stage;

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use hyper::StatusCode;
use tokio::sync::Notify;

use crate::config::Scheme;
use crate::http::client::Peer;
use crate::http::phase::Phase;
use crate::identity::TokenCache;

pub(super) use stage::{Room, Stage, Waits};

/// Bits of the word with stage and milliseconds that hold the stage.
const STAGE_BITS: u32 = 3;
/// Stands for "nothing waits to be taken", or for no head, where else the milliseconds stand.
const NOT_STALLED: u64 = u64::MAX;

/// One connection.
#[derive(Debug)]
pub struct Connection {
    /// Its number among all that the server has taken.
    pub(super) id: u64,
    /// Nothing for one that nobody made.
    pub(super) peer: Option<Peer>,
    /// The queue token that was found genuine on it.
    pub(in crate::http) token_cache: TokenCache,
    connected: Instant,
    /// The stage in the low bits, the milliseconds after `connected` at which it began in the others.
    stage: AtomicU64,
    /// Since how many milliseconds after `connected` bytes wait that the client does not take.
    stalled_ms: AtomicU64,
    /// Since how many milliseconds after `connected` a head is on its way among other exchanges.
    head_ms: AtomicU64,
    /// Exchanges under way on a connection that has several at once; else 0.
    exchanges: AtomicU32,
    is_secured: AtomicBool,
    /// Whether the server stops.
    is_stopping: AtomicBool,
    half_closed: AtomicBool,
    half_close: Notify,
    /// The status with which the HTTP library refused the head of a request, or 0.
    refused_status: AtomicU16,
    room: AtomicU8,
    leave: Notify,
}

impl Default for Connection {
    /// A connection that nobody counts.
    fn default() -> Self {
        Self::new(0, None, Room::Regular, Instant::now())
    }
}

impl Connection {
    pub(super) fn new(id: u64, peer: Option<Peer>, room: Room, connected: Instant) -> Self {
        Self {
            id,
            peer,
            token_cache: TokenCache::default(),
            connected,
            stage: AtomicU64::new(Stage::Silent.to_bits()),
            stalled_ms: AtomicU64::new(NOT_STALLED),
            head_ms: AtomicU64::new(NOT_STALLED),
            exchanges: AtomicU32::new(0),
            is_secured: AtomicBool::new(false),
            is_stopping: AtomicBool::new(false),
            half_closed: AtomicBool::new(false),
            half_close: Notify::new(),
            refused_status: AtomicU16::new(0),
            room: AtomicU8::new(room.to_byte()),
            leave: Notify::new(),
        }
    }

    /// What it waits for, and at `now` for how long already.
    pub(super) fn stage(&self, now: Instant) -> (Stage, Duration) {
        // The last exchange notes when it ends before it is counted no more.
        let exchanges = self.exchanges.load(Ordering::Acquire);
        let word = self.stage.load(Ordering::Relaxed);
        let stage = if exchanges > 0 { Stage::Answer } else { Stage::from_bits(word & ((1 << STAGE_BITS) - 1)) };
        (stage, self.since(word >> STAGE_BITS, now))
    }

    fn is_in(&self, stages: &[Stage]) -> bool {
        stages.contains(&Stage::from_bits(self.stage.load(Ordering::Relaxed) & ((1 << STAGE_BITS) - 1)))
    }

    fn enter(&self, stage: Stage) {
        self.enter_at(stage, self.now_ms());
    }

    fn enter_at(&self, stage: Stage, at_ms: u64) {
        self.stage.store(at_ms << STAGE_BITS | stage.to_bits(), Ordering::Relaxed);
    }

    /// A connection from `peer` that nobody counts.
    #[cfg(test)]
    pub(in crate::http) fn from_peer(peer: Peer) -> Self {
        Self::new(0, Some(peer), Room::Regular, Instant::now())
    }

    /// Puts it into a stage that began when it was connected.
    #[cfg(test)]
    pub(super) fn begin_in(&self, stage: Stage) {
        self.enter_at(stage, 0);
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.connected.elapsed().as_millis()).expect("no connection lasts for so many years")
    }

    fn since(&self, at_ms: u64, now: Instant) -> Duration {
        now.saturating_duration_since(self.connected).saturating_sub(Duration::from_millis(at_ms))
    }

    /// Bytes came from the client.
    pub(super) fn note_bytes(&self) {
        if self.is_in(&[Stage::Silent, Stage::Idle]) {
            self.enter(Stage::Head);
        }
    }

    /// The head of a request is complete, and its body still to come.
    pub(super) fn note_head(&self) {
        self.enter(Stage::Body);
    }

    /// The whole request is there.
    pub(super) fn note_request(&self) {
        if !self.is_in(&[Stage::Answer]) {
            self.enter(Stage::Answer);
        }
    }

    /// The answer has only to be delivered.
    pub(super) fn note_answer(&self) {
        self.enter(Stage::Delivery);
    }

    /// Everything that was to be written is.
    pub(super) fn note_delivery(&self) {
        if self.is_in(&[Stage::Delivery]) {
            self.enter(Stage::Idle);
        }
    }

    /// One of several exchanges at once has begun.
    pub(super) fn begin_exchange(&self) {
        self.exchanges.fetch_add(1, Ordering::AcqRel);
    }

    /// One of them is over.
    pub(super) fn end_exchange(&self) {
        self.enter(Stage::Idle);
        self.exchanges.fetch_sub(1, Ordering::AcqRel);
    }

    /// On a connection that has several exchanges at once the head of a request is on its way.
    pub(super) fn note_open_head(&self) {
        if self.head_ms.load(Ordering::Relaxed) == NOT_STALLED {
            self.head_ms.store(self.now_ms(), Ordering::Relaxed);
        }
    }

    /// None is on its way there.
    pub(super) fn note_no_head(&self) {
        self.head_ms.store(NOT_STALLED, Ordering::Relaxed);
    }

    /// For how long a head is on its way at `now` on such a connection.
    pub(super) fn head_open(&self, now: Instant) -> Option<Duration> {
        let since = Some(self.head_ms.load(Ordering::Relaxed)).filter(|since| *since != NOT_STALLED);
        since.map(|since| self.since(since, now))
    }

    /// TLS is spoken on it.
    pub(super) fn note_secured(&self) {
        self.is_secured.store(true, Ordering::Relaxed);
    }

    /// How an address names what is spoken on it.
    pub(in crate::http) fn scheme(&self) -> Scheme {
        if self.is_secured.load(Ordering::Relaxed) { Scheme::Https } else { Scheme::Http }
    }

    /// The server stops: a client that asks nothing has from now on until it is given up.
    pub(super) fn note_stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
        match self.stage(Instant::now()).0 {
            stage @ (Stage::Silent | Stage::Idle) => self.enter(stage),
            Stage::Head | Stage::Body | Stage::Answer | Stage::Delivery => {}
        }
    }

    /// Whether the server goes on, as far as the connection was told.
    pub(super) fn phase(&self) -> Phase {
        if self.is_stopping.load(Ordering::Relaxed) { Phase::Stopping } else { Phase::Serving }
    }

    /// Nothing more is answered: the connection is idle for as long as it was in its last stage.
    pub(super) fn note_end(&self) {
        self.enter_at(Stage::Silent, self.stage.load(Ordering::Relaxed) >> STAGE_BITS);
    }

    /// The client has taken something; more of what was offered waits for it, or not.
    pub(super) fn note_taken(&self, waits: Waits) {
        let since = match waits {
            Waits::Nothing => NOT_STALLED,
            Waits::Something => self.now_ms(),
        };
        self.stalled_ms.store(since, Ordering::Relaxed);
    }

    /// The transport took `offered` bytes, some of them, or none.
    pub(super) fn note_write(&self, written: &Poll<io::Result<usize>>, offered: usize) {
        match written {
            Poll::Pending => self.note_stall(),
            Poll::Ready(Ok(taken)) if *taken < offered => self.note_taken(Waits::Something),
            Poll::Ready(Ok(_)) => self.note_taken(Waits::Nothing),
            Poll::Ready(Err(_)) => {}
        }
    }

    /// The transport handed on all that it took, or some of it waits there: TLS has bytes of its own.
    pub(super) fn note_flush(&self, flushed: &Poll<io::Result<()>>) {
        match flushed {
            Poll::Pending => self.note_stall(),
            Poll::Ready(Ok(())) => self.note_taken(Waits::Nothing),
            Poll::Ready(Err(_)) => {}
        }
    }

    /// The client takes nothing.
    pub(super) fn note_stall(&self) {
        if self.stalled_ms.load(Ordering::Relaxed) == NOT_STALLED {
            self.note_taken(Waits::Something);
        }
    }

    /// For how long the client has at `now` taken nothing of what waits for it.
    pub(super) fn stalled(&self, now: Instant) -> Option<Duration> {
        let since = Some(self.stalled_ms.load(Ordering::Relaxed)).filter(|since| *since != NOT_STALLED);
        since.map(|since| self.since(since, now))
    }

    /// Whether everything that was asked is answered, so that more can be said.
    pub(super) fn has_been_answered(&self) -> bool {
        self.is_in(&[Stage::Silent, Stage::Idle, Stage::Head])
    }

    /// Whether the client's end of sending is to be kept from the HTTP library: it would give up the answer.
    pub(super) fn keeps_end_back(&self) -> bool {
        self.is_in(&[Stage::Body, Stage::Answer, Stage::Delivery])
    }

    /// The client sends nothing more.
    pub(in crate::http) fn note_half_close(&self) {
        if !self.half_closed.swap(true, Ordering::Relaxed) {
            self.half_close.notify_waiters();
        }
    }

    /// Whether the client sends nothing more.
    pub(in crate::http) fn is_half_closed(&self) -> bool {
        self.half_closed.load(Ordering::Relaxed)
    }

    /// Waits until the client has ended its side: it may still take what it is sent, or be gone.
    pub(in crate::http) async fn half_closed(&self) {
        let closing = self.half_close.notified();
        if !self.is_half_closed() {
            closing.await;
        }
    }

    /// The HTTP library refused the head of a request with this status.
    pub(super) fn note_refused(&self, status: u16) {
        self.refused_status.store(status, Ordering::Relaxed);
    }

    /// With which status the HTTP library refused the head of a request, if it did.
    pub(super) fn refused_status(&self) -> Option<StatusCode> {
        StatusCode::from_u16(self.refused_status.load(Ordering::Relaxed)).ok()
    }

    /// The room that it has by now.
    pub(super) fn room(&self) -> Room {
        Room::from_byte(self.room.load(Ordering::Relaxed))
    }

    /// Gives it other room, which only the limit of connections does, under its lock.
    pub(super) fn set_room(&self, room: Room) {
        self.room.store(room.to_byte(), Ordering::Relaxed);
    }

    /// Tells it to leave for another.
    pub(super) fn tell_to_leave(&self) {
        self.set_room(Room::Leaving);
        self.leave.notify_one();
    }

    /// Waits until it has to leave for another.
    pub(super) async fn told_to_leave(&self) {
        self.leave.notified().await;
    }
}
