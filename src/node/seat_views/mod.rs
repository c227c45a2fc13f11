//! Prepared answers: the seat map and the free seats of a date as JSON, serialised once a change and shared as bytes.
//!
//! A date is kept in chunks of seats. A change makes its chunk stale, and the next reader serialises that chunk anew
//! and joins the chunks' bytes; so a change of a large map costs one chunk of work and one copy.

mod chunk;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use dashmap::DashMap;
use foldhash::fast::RandomState;
use parking_lot::{Mutex, RwLock};

use self::chunk::{CHUNK_SEATS, Chunk};
use super::look;
use crate::domain::{CalendarDate, Change, ConcertNo, State, Timestamp};

/// Hexadecimal digits of a map's tag.
const TAG_LENGTH: usize = 32;

/// The seat map of a date.
#[derive(Clone)]
pub struct SeatMap {
    /// A JSON array of `{"seat","section","row","price","status"}`.
    pub seats: Bytes,
    /// A hash of `seats` in hex: equal maps have equal tags, on every instance and after every start.
    pub tag: Arc<str>,
}

/// What is served of a date for as long as nothing changes.
struct View {
    /// The date's version that it shows.
    version: u64,
    /// The first instant at which a hold lapses, and so the view is over.
    until: Timestamp,
    map: SeatMap,
    /// A JSON array of the numbers of the free seats.
    free: Bytes,
}

/// One date: what changed since its view was made, and the view.
#[derive(Default)]
struct Date {
    /// Counts the changes.
    version: AtomicU64,
    stale: Mutex<Stale>,
    /// The chunks of the view; also keeps two readers from doing the same work.
    chunks: Mutex<Vec<Chunk>>,
    view: RwLock<Option<Arc<View>>>,
}

/// What has to be serialised anew.
#[derive(Default)]
enum Stale {
    Chunks(BTreeSet<usize>),
    /// The layout changed, or nothing was serialised yet.
    #[default]
    All,
}

/// The views of all dates that were asked for.
#[derive(Default)]
pub struct SeatViews {
    dates: DashMap<(ConcertNo, CalendarDate), Arc<Date>, RandomState>,
}

impl SeatViews {
    /// Notes a committed change. To be called before the write lock of the state is let go, so that what is noted and
    /// what a reader sees are one.
    pub fn note(&self, change: &Change) {
        match change {
            Change::Seat(concert, key, _) => {
                let Some(date) = self.dates.get(&(*concert, key.date)).map(|date| Arc::clone(&date)) else { return };
                if let Stale::Chunks(chunks) = &mut *date.stale.lock() {
                    chunks.insert((key.seat - 1) as usize / CHUNK_SEATS);
                }
                date.version.fetch_add(1, Ordering::Release);
            }
            Change::Concert(concert, row) => {
                let known = |date| row.definition.performance(date).is_some();
                self.dates.retain(|(no, date), _| no != concert || known(*date));
                for date in self.dates.iter().filter(|date| date.key().0 == *concert) {
                    *date.stale.lock() = Stale::All;
                    date.version.fetch_add(1, Ordering::Release);
                }
            }
            Change::Settings(_)
            | Change::Clock(_)
            | Change::Totals(_)
            | Change::User(..)
            | Change::Username(..)
            | Change::Wallet(..)
            | Change::LedgerEntry(..)
            | Change::Counters(..)
            | Change::Place(..)
            | Change::EndedPlace(..)
            | Change::Admissions(..)
            | Change::Reservation(..)
            | Change::Patron(..)
            | Change::Payment(..)
            | Change::Answered(..)
            | Change::AnsweredOrder(..)
            | Change::Event(..) => {}
        }
    }

    /// The seat map of a date at `now`, or `None` when the concert has no such date.
    pub fn map(&self, state: &RwLock<State>, at: (ConcertNo, CalendarDate), now: Timestamp) -> Option<SeatMap> {
        self.view(state, at, now).map(|view| view.map.clone())
    }

    /// The free seats of a date at `now` as a JSON array of their numbers.
    pub fn free(&self, state: &RwLock<State>, at: (ConcertNo, CalendarDate), now: Timestamp) -> Option<Bytes> {
        self.view(state, at, now).map(|view| view.free.clone())
    }

    fn view(&self, state: &RwLock<State>, at: (ConcertNo, CalendarDate), now: Timestamp) -> Option<Arc<View>> {
        let date = self.dates.get(&at).map(|date| Arc::clone(&date));
        let date = match date {
            Some(date) => date,
            None => self.first_asked(state, at)?,
        };
        if let Some(view) = date.fresh(now) {
            return Some(view);
        }
        let mut chunks = date.chunks.lock();
        if let Some(view) = date.fresh(now) {
            return Some(view); // Another reader made it meanwhile.
        }
        let view = Arc::new(date.prepare(&mut chunks, &look(state), at, now)?);
        *date.view.write() = Some(Arc::clone(&view));
        Some(view)
    }

    /// The entry of a date that nobody asked for before; made under the lock of the state, so that no change is missed.
    fn first_asked(&self, state: &RwLock<State>, at: (ConcertNo, CalendarDate)) -> Option<Arc<Date>> {
        let state = look(state);
        state.sale(at.0)?.seat_table(at.1)?;
        Some(Arc::clone(&self.dates.entry(at).or_default()))
    }
}

impl Date {
    /// The view, when nothing has changed since and no hold has lapsed.
    fn fresh(&self, now: Timestamp) -> Option<Arc<View>> {
        let version = self.version.load(Ordering::Acquire);
        self.view.read().as_ref().filter(|view| view.version == version && now < view.until).map(Arc::clone)
    }

    fn prepare(
        &self,
        chunks: &mut Vec<Chunk>,
        state: &State,
        at: (ConcertNo, CalendarDate),
        now: Timestamp,
    ) -> Option<View> {
        // The state is locked, so nothing changes between these lines.
        let version = self.version.load(Ordering::Acquire);
        let stale = std::mem::replace(&mut *self.stale.lock(), Stale::Chunks(BTreeSet::new()));
        let sale = state.sale(at.0)?;
        let (table, performance) = (sale.seat_table(at.1)?, sale.row().definition.performance(at.1)?);
        let blocks = performance.layout.blocks();
        match stale {
            Stale::All => *chunks = chunk::all(&blocks, table, now),
            Stale::Chunks(numbers) => {
                let lapsed =
                    chunks.iter().enumerate().filter(|(_, chunk)| chunk.until <= now).map(|(number, _)| number);
                let numbers: BTreeSet<usize> = lapsed.chain(numbers).collect();
                for number in numbers {
                    chunks[number] = Chunk::new(number, &blocks, table, now);
                }
            }
        }
        Some(join(chunks, version))
    }
}

/// The view that chunks make together.
fn join(chunks: &[Chunk], version: u64) -> View {
    let mut hasher = blake3::Hasher::new();
    for chunk in chunks {
        hasher.update(&chunk.hash);
    }
    let seats = array(chunks.iter().map(|chunk| chunk.seats.as_str()));
    let map = SeatMap { seats, tag: hasher.finalize().to_hex()[..TAG_LENGTH].into() };
    let free = array(chunks.iter().map(|chunk| chunk.free.as_str()));
    let until = chunks.iter().map(|chunk| chunk.until).min().unwrap_or(Timestamp(i64::MAX));
    View { version, until, map, free }
}

/// A JSON array of parts, each some elements or nothing.
fn array<'p>(parts: impl Iterator<Item = &'p str> + Clone) -> Bytes {
    let length: usize = parts.clone().map(|part| part.len() + 1).sum();
    let mut joined = Vec::with_capacity(length + 2);
    joined.push(b'[');
    for part in parts.filter(|part| !part.is_empty()) {
        if joined.len() > 1 {
            joined.push(b',');
        }
        joined.extend_from_slice(part.as_bytes());
    }
    joined.push(b']');
    joined.into()
}

#[cfg(test)]
mod tests;
