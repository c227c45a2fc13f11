//! Everything in front of the database that follows from committed changes: leases, prepared seat maps, who was seen,
//! the numbers of the concerts, and who is to be woken. Rebuilt at start from the state.

use std::collections::BTreeSet;

use dashmap::DashMap;
use foldhash::fast::RandomState;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::leases::Leases;
use super::seat_views::SeatViews;
use super::seen::Seen;
use crate::domain::{Change, ConcertId, ConcertNo, SeatKey, State, StateChange, Timestamp};

pub struct Views {
    pub leases: Leases,
    pub seats: SeatViews,
    pub seen: Seen,
    /// The number of each concert, drafts included, by its id.
    numbers: DashMap<ConcertId, ConcertNo, RandomState>,
    watchers: DashMap<ConcertNo, watch::Sender<u64>, RandomState>,
    /// Concerts that changed since the last [`Views::wake`].
    changed: Mutex<BTreeSet<ConcertNo>>,
}

impl Views {
    /// The views of a state as it was restored.
    pub fn new(state: &State, now: Timestamp) -> Self {
        let seen = Seen::new(now);
        seen.settings_changed(state.queued(ConcertNo(0)).map(|sale| sale.no));
        let leases = Leases::default();
        for sale in state.sales() {
            for date in sale.row().definition.performances.iter().map(|performance| performance.date) {
                for (seat, row) in sale.seat_table(date).into_iter().flat_map(|table| table.held()) {
                    leases.note(sale.no, SeatKey { date, seat }, Some(row));
                }
            }
        }
        Self {
            leases,
            seats: SeatViews::default(),
            seen,
            numbers: state.sales().map(|sale| (sale.row().id.clone(), sale.no)).collect(),
            watchers: DashMap::default(),
            changed: Mutex::new(BTreeSet::new()),
        }
    }

    /// The number of a concert, drafts included.
    pub fn concert_no(&self, id: &ConcertId) -> Option<ConcertNo> {
        self.numbers.get(id).map(|number| *number)
    }

    /// Takes up what a command changed.
    pub fn note(&self, changes: &[Change]) {
        let mut changed = self.changed.lock();
        for change in changes {
            match change {
                Change::State(change) => self.note_state(change, &mut changed),
                Change::Record(_) => {}
            }
        }
    }

    fn note_state(&self, change: &StateChange, changed: &mut BTreeSet<ConcertNo>) {
        self.seats.note(change);
        match change {
            StateChange::Seats((concert, key), row) => {
                self.leases.note(*concert, *key, row.as_ref());
                changed.insert(*concert);
            }
            StateChange::Places((concert, sequence), row) => {
                if row.is_none_or(|row| row.active.is_some()) {
                    self.seen.forget(*concert, *sequence);
                }
                if let Some((activated_at, _)) = row.and_then(|row| row.active) {
                    self.seen.admitted(*concert, *sequence, activated_at);
                }
                self.seen.line_changed(*concert);
                changed.insert(*concert);
            }
            StateChange::Concerts(concert, row) => {
                if let Some(row) = row {
                    self.numbers.insert(row.id.clone(), *concert);
                }
                self.seen.policy_changed(*concert);
                changed.insert(*concert);
            }
            // An opening that the wall clock has come nearer to lets places be abandoned sooner.
            StateChange::Settings(..) | StateChange::Clock(..) => {
                self.seen.settings_changed(self.numbers.iter().map(|number| *number));
            }
            StateChange::Totals(..)
            | StateChange::Counters(..)
            | StateChange::Admissions(..)
            | StateChange::Archives(..) => {}
        }
    }

    /// Wakes who follows a concert that changed.
    pub fn wake(&self) {
        for concert in std::mem::take(&mut *self.changed.lock()) {
            if let Some(watcher) = self.watchers.get(&concert) {
                watcher.send_modify(|version| *version += 1);
            }
        }
    }

    /// A receiver that changes whenever something of the concert does.
    pub fn watch(&self, concert: ConcertNo) -> watch::Receiver<u64> {
        self.watchers.entry(concert).or_insert_with(|| watch::Sender::new(0)).subscribe()
    }
}
