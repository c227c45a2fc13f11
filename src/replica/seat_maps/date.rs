//! One date of the seat maps: what changed since its answers were written, and the answers.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock};

use super::chunk::{self, Chunk, Standing};
use super::shared_json::SharedArray;
use crate::domain::{CalendarDate, Layout, Sale, Timestamp};

/// Hexadecimal digits of a map's tag.
const TAG_LENGTH: usize = 32;

/// The seat map of a date.
#[derive(Clone)]
pub struct SeatMap {
    /// A JSON array of `{"seat","section","row","rowLabel","label","price","status"}`.
    pub seats: Arc<SharedArray>,
    /// A hash of `seats` in hex: equal maps have equal tags, on every instance and after every start.
    pub tag: Arc<str>,
}

/// What is served of a date for as long as nothing changes.
pub(super) struct Rendering {
    /// The date's version that it shows.
    pub version: u64,
    /// The first instant at which a hold lapses, and so the rendering is over.
    pub until: Timestamp,
    pub map: SeatMap,
    /// A JSON array of the numbers of the free seats.
    pub free: Arc<SharedArray>,
}

/// One date: what changed since its rendering was made, and the rendering.
#[derive(Default)]
pub(super) struct Date {
    /// Counts the changes.
    pub version: AtomicU64,
    pub stale: Mutex<Stale>,
    /// What the rendering was made of; also keeps two readers from doing the same work.
    pub written: Mutex<Written>,
    pub rendering: RwLock<Option<Arc<Rendering>>>,
    /// When it was asked for last, in milliseconds.
    pub used: AtomicI64,
    /// Bytes of the rendering.
    pub bytes: AtomicUsize,
    /// It is not among the dates any more, so no change is noted here.
    pub is_dropped: AtomicBool,
}

/// What has to be written anew.
#[derive(Default)]
pub(super) enum Stale {
    Chunks(BTreeSet<usize>),
    /// The layout changed, or nothing was written yet.
    #[default]
    All,
}

/// The chunks of a date and the layout that they show.
#[derive(Default)]
pub(super) struct Written {
    pub layout: Option<Layout>,
    pub chunks: Vec<Chunk>,
}

/// What was found of a date in one look at the state.
pub(super) struct Found {
    pub version: u64,
    /// There when the layout changed; all chunks are written anew then.
    pub layout: Option<Layout>,
    /// How the seats of stale chunks stand, by the number of the chunk.
    pub standings: Vec<(usize, Standing)>,
}

impl Date {
    /// The rendering, when nothing has changed since and no hold has lapsed. To be called under the lock of the state.
    pub(super) fn fresh(&self, now: Timestamp) -> Option<Arc<Rendering>> {
        if self.is_dropped.load(Ordering::Relaxed) {
            return None;
        }
        let version = self.version.load(Ordering::Acquire);
        self.rendering
            .read()
            .as_ref()
            .filter(|rendering| rendering.version == version && now < rendering.until)
            .map(Arc::clone)
    }

    /// Takes from the state, which is locked, how the seats stand whose chunks are stale.
    pub(super) fn look(&self, written: &Written, sale: &Sale, day: CalendarDate, now: Timestamp) -> Option<Found> {
        let (table, performance) = (sale.seat_table(day)?, sale.row().definition.performance(day)?);
        let version = self.version.load(Ordering::Acquire);
        let stale = std::mem::replace(&mut *self.stale.lock(), Stale::Chunks(BTreeSet::new()));
        let (layout, numbers) = match stale {
            Stale::All => (Some(performance.layout.clone()), (0..chunk::count(table.seats())).collect()),
            Stale::Chunks(mut numbers) => {
                let chunks = written.chunks.iter().enumerate();
                numbers.extend(chunks.filter(|(_, chunk)| chunk.standing.until <= now).map(|(number, _)| number));
                (None, numbers)
            }
        };
        let standings = numbers.into_iter().map(|number| (number, Standing::of(table, number, now))).collect();
        Some(Found { version, layout, standings })
    }
}

impl Written {
    /// Writes what is stale anew, and gives the rendering of it.
    pub(super) fn take(&mut self, found: Found) -> Rendering {
        if let Some(layout) = found.layout {
            self.layout = Some(layout);
            self.chunks.clear();
        }
        let layout = self.layout.as_ref().expect("the first look finds the layout");
        let (blocks, last) = (layout.blocks().collect::<Vec<_>>(), layout.seats());
        for (number, standing) in found.standings {
            match self.chunks.get_mut(number) {
                Some(chunk) => chunk.update(number, &blocks, last, standing),
                None => self.chunks.push(Chunk::write(number, &blocks, last, standing)),
            }
        }
        let mut hasher = blake3::Hasher::new();
        for chunk in &self.chunks {
            hasher.update(&chunk.hash);
        }
        let tag = hasher.finalize().to_hex()[..TAG_LENGTH].into();
        let seats = SharedArray::new(self.chunks.iter().map(|chunk| Arc::clone(&chunk.seats)));
        let free = SharedArray::new(self.chunks.iter().map(|chunk| Arc::clone(&chunk.free)));
        let until = self.chunks.iter().map(|chunk| chunk.standing.until).min().unwrap_or(Timestamp(i64::MAX));
        let map = SeatMap { seats: Arc::new(seats), tag };
        Rendering { version: found.version, until, map, free: Arc::new(free) }
    }
}
