//! Prepared answers: the seat map and the free seats of a date as JSON, written once a change and shared as bytes.
//!
//! A date is kept in chunks of seats. A change makes its chunk stale, and the next reader writes that chunk anew; all
//! others are shared with the answers before. The state is only looked at: what is slow happens when its lock is free
//! again. Dates that nobody asks for any more give way to those that are asked for.

mod chunk;
mod crc;
mod date;
mod shared_json;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dashmap::DashMap;
use foldhash::fast::RandomState;
use parking_lot::RwLock;

use self::chunk::CHUNK_SEATS;
use self::date::{Date, Rendering, Stale};
use super::look::look;
use crate::domain::{CalendarDate, ConcertNo, Sale, State, StateChange, Timestamp};

pub use self::date::SeatMap;
pub use self::shared_json::{Coding, Part, SharedArray, coded};

/// Bytes of prepared answers, before compression, beyond which the idlest dates are dropped: some thirty dates of 50,000
/// seats, or as many dates of usual halls as a town has in a year.
const PREPARED_BYTES_MAX: usize = 128 * 1024 * 1024;

/// The date of a concert.
pub type DateKey = (ConcertNo, CalendarDate);

/// The renderings of the dates that are asked for.
pub struct SeatMaps {
    dates: DashMap<DateKey, Arc<Date>, RandomState>,
    /// Bytes of renderings beyond which the idlest are dropped.
    bytes_max: usize,
    /// Bytes of all renderings.
    bytes: AtomicUsize,
}

impl Default for SeatMaps {
    fn default() -> Self {
        Self::new(PREPARED_BYTES_MAX)
    }
}

impl SeatMaps {
    fn new(bytes_max: usize) -> Self {
        Self { dates: DashMap::default(), bytes_max, bytes: AtomicUsize::new(0) }
    }

    /// Notes a committed change. To be called before the write lock of the state is let go, so that what is noted and
    /// what a reader sees are one.
    pub fn note(&self, change: &StateChange) {
        match change {
            StateChange::Seats((concert, key), _) | StateChange::Blocked((concert, key), _) => {
                let Some(date) = self.dates.get(&(*concert, key.date)).map(|date| Arc::clone(&date)) else { return };
                if let Stale::Chunks(chunks) = &mut *date.stale.lock() {
                    chunks.insert((key.seat - 1) as usize / CHUNK_SEATS);
                }
                date.version.fetch_add(1, Ordering::Release);
            }
            StateChange::Concerts(concert, Some(row)) => {
                let known: BTreeSet<CalendarDate> = row.definition.performances.iter().map(|it| it.date).collect();
                self.keep_of(*concert, |day| known.contains(&day));
                for date in self.dates.iter().filter(|date| date.key().0 == *concert) {
                    *date.stale.lock() = Stale::All;
                    date.version.fetch_add(1, Ordering::Release);
                }
            }
            // Nobody can ask for the dates of an archived sale, or of one that is gone.
            StateChange::Archives(concert, _) | StateChange::Concerts(concert, None) => {
                self.keep_of(*concert, |_| false);
            }
            StateChange::Settings(..)
            | StateChange::Clock(..)
            | StateChange::Places(..)
            | StateChange::OperatorKeys(..) => {}
        }
    }

    /// Takes everything for stale: the state is another one. To be called as [`SeatMaps::note`].
    pub fn renew(&self, state: &State) {
        self.dates.retain(|(concert, day), date| {
            let stays = state.sale(*concert).is_some_and(|sale| sale.seat_table(*day).is_some());
            if !stays {
                self.forget(date);
            }
            stays
        });
        for date in &self.dates {
            *date.stale.lock() = Stale::All;
            date.version.fetch_add(1, Ordering::Release);
        }
    }

    /// The seat map of a date at `now` and, of the same moment, what `beside` sees of its sale; `None` when the concert
    /// has no such date.
    pub fn map<T>(
        &self,
        state: &RwLock<State>,
        at: DateKey,
        now: Timestamp,
        beside: impl Fn(&Sale) -> T,
    ) -> Option<(SeatMap, T)> {
        self.rendering(state, at, now, beside).map(|(rendering, told)| (rendering.map.clone(), told))
    }

    /// The free seats of a date at `now` as a JSON array of their numbers; `None` when it is not bookable.
    pub fn free(&self, state: &RwLock<State>, at: DateKey, now: Timestamp) -> Option<Arc<SharedArray>> {
        let is_bookable = |sale: &Sale| sale.is_bookable(at.1, now);
        self.rendering(state, at, now, is_bookable)
            .filter(|(_, is_bookable)| *is_bookable)
            .map(|(rendering, _)| Arc::clone(&rendering.free))
    }

    fn rendering<T>(
        &self,
        state: &RwLock<State>,
        at: DateKey,
        now: Timestamp,
        beside: impl Fn(&Sale) -> T,
    ) -> Option<(Arc<Rendering>, T)> {
        loop {
            let date = self.dates.get(&at).map(|date| Arc::clone(&date));
            let date = match date {
                Some(date) => date,
                None => self.first_asked(state, at)?,
            };
            date.used.store(now.0, Ordering::Relaxed);
            {
                let state = look(state);
                let sale = state.sale(at.0)?;
                if let Some(rendering) = date.fresh(now) {
                    return Some((rendering, beside(sale)));
                }
            }
            let mut written = date.written.lock();
            let (found, told) = {
                let state = look(state);
                let sale = state.sale(at.0)?;
                if let Some(rendering) = date.fresh(now) {
                    return Some((rendering, beside(sale))); // Another reader made it meanwhile.
                }
                if date.is_dropped.load(Ordering::Relaxed) {
                    continue;
                }
                (date.look(&written, sale, at.1, now)?, beside(sale))
            };
            let rendering = Arc::new(written.take(found));
            self.keep(&date, &rendering);
            drop(written);
            self.drop_idle(state, at);
            return Some((rendering, told));
        }
    }

    /// Drops the dates of a concert that do not stay.
    fn keep_of(&self, concert: ConcertNo, stays: impl Fn(CalendarDate) -> bool) {
        self.dates.retain(|(no, day), date| {
            let stays = *no != concert || stays(*day);
            if !stays {
                self.forget(date);
            }
            stays
        });
    }

    /// The entry of a date that nobody asked for before; made under the lock of the state, so that no change is missed.
    fn first_asked(&self, state: &RwLock<State>, at: DateKey) -> Option<Arc<Date>> {
        let state = look(state);
        state.sale(at.0)?.seat_table(at.1)?;
        Some(Arc::clone(&self.dates.entry(at).or_default()))
    }

    fn keep(&self, date: &Date, rendering: &Arc<Rendering>) {
        let mut kept = date.rendering.write();
        if date.is_dropped.load(Ordering::Relaxed) {
            return; // It was dropped while the rendering was written: nobody would give its bytes back.
        }
        let bytes = rendering.map.seats.len() + rendering.free.len();
        let before = date.bytes.swap(bytes, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.bytes.fetch_sub(before, Ordering::Relaxed);
        *kept = Some(Arc::clone(rendering));
    }

    /// Drops the dates that were not asked for longest, but `used`, while all together are too large.
    fn drop_idle(&self, state: &RwLock<State>, used: DateKey) {
        if self.bytes.load(Ordering::Relaxed) <= self.bytes_max {
            return;
        }
        // Under the state's lock nothing changes, so no change is missed between the mark and the removal.
        let _state = look(state);
        let mut idlest: Vec<(i64, DateKey)> =
            self.dates.iter().map(|date| (date.used.load(Ordering::Relaxed), *date.key())).collect();
        idlest.sort_unstable();
        for (_, at) in idlest {
            if self.bytes.load(Ordering::Relaxed) <= self.bytes_max {
                break;
            }
            if at != used
                && let Some((_, date)) = self.dates.remove(&at)
            {
                self.forget(&date);
            }
        }
    }

    /// A date is taken from the list: what a reader may still have of it is noted nowhere any more.
    fn forget(&self, date: &Date) {
        let _not_kept_meanwhile = date.rendering.write();
        date.is_dropped.store(true, Ordering::Relaxed);
        self.bytes.fetch_sub(date.bytes.swap(0, Ordering::Relaxed), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
