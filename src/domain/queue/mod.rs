//! The queue of one concert: live places by arrival sequence, exact positions, one place a user.
//! It knows neither policies nor seats: who may be admitted and when a place ends is decided by the transitions of a
//! sale.

mod admission;
mod place;
mod polling;
mod turnover;
mod user_index;
mod waiting_line;

use std::collections::BTreeMap;

pub(crate) use self::admission::Admissions;
pub(crate) use self::place::{Active, Lapse, Waiting};
pub(crate) use self::polling::POLL_AFTER_SECONDS_MAX;
pub use self::polling::poll_after_seconds;
pub(super) use self::turnover::{Places, Turnover};
use self::user_index::UserIndex;
pub use self::waiting_line::WaitingLine;
use crate::domain::seats::Holds;
use crate::domain::words::{PlaceRow, SeatKey, Sequence, Timestamp, UserId};

/// All live places of one concert.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: WaitingLine,
    active: BTreeMap<Sequence, Active>,
    by_user: UserIndex,
    turnover: Turnover,
    /// Under which rule the ends in `turnover` stand.
    lapse: Lapse,
}

impl Queue {
    /// Adds an arrival behind everybody; `sequence` must be above all before it and the user must have no live place.
    pub fn arrive(&mut self, sequence: Sequence, place: Waiting) {
        assert_eq!(self.of_user(place.user), None, "a user has one live place in a queue");
        self.by_user.insert(place.user, sequence);
        self.waiting.push(sequence, place);
    }

    /// Takes up an admitted place as it was stored.
    pub fn restore_active(&mut self, sequence: Sequence, place: Active) {
        self.by_user.insert(place.user, sequence);
        self.turnover.add(place.end(self.lapse));
        self.active.insert(sequence, place);
    }

    /// Admits the first in line.
    pub fn admit_first(&mut self, now: Timestamp, active_until: Timestamp) -> Option<(Sequence, &Active)> {
        let (sequence, Waiting { user, issued_at }) = self.waiting.pop_first()?;
        let place = Active { user, issued_at, activated_at: now, active_until, holds: Holds::default() };
        self.turnover.add(active_until);
        Some((sequence, self.active.entry(sequence).or_insert(place)))
    }

    /// Removes a live place, which ends at `at`, and gives what it was; the holds of an ACTIVE one are the caller's to
    /// release.
    pub fn remove(&mut self, sequence: Sequence, at: Timestamp) -> Option<(PlaceRow, Holds)> {
        let (row, holds) = if let Some(place) = self.waiting.remove(sequence) {
            (place.row(), Holds::default())
        } else {
            let place = self.active.remove(&sequence)?;
            self.turnover.ended(place.end(self.lapse), at);
            (place.row(), place.holds)
        };
        self.by_user.remove(row.user, sequence);
        Some((row, holds))
    }

    /// The position of a WAITING place: 1 is the next to be admitted.
    pub fn position(&self, sequence: Sequence) -> u64 {
        self.waiting.rank(sequence)
    }

    pub fn waiting(&self) -> &WaitingLine {
        &self.waiting
    }

    pub fn active(&self) -> &BTreeMap<Sequence, Active> {
        &self.active
    }

    /// Adds a hold to an ACTIVE place; `false` when there is no such place.
    pub fn add_hold(&mut self, sequence: Sequence, key: SeatKey, expires_at: Timestamp) -> bool {
        self.change_holds(sequence, |holds| holds.insert(key, expires_at))
    }

    /// Takes a hold off an ACTIVE place, if that still lives.
    pub fn take_hold(&mut self, sequence: Sequence, key: SeatKey) {
        self.change_holds(sequence, |holds| holds.remove(key));
    }

    fn change_holds(&mut self, sequence: Sequence, change: impl FnOnce(&mut Holds)) -> bool {
        let Some(place) = self.active.get_mut(&sequence) else { return false };
        self.turnover.take(place.end(self.lapse));
        change(&mut place.holds);
        self.turnover.add(place.end(self.lapse));
        true
    }

    /// Before anything happens at `now`, under the rule that is in force.
    pub fn observe(&mut self, now: Timestamp, lapse: Lapse) {
        self.turnover.observe(now, if self.waiting.is_empty() { turnover::Line::Empty } else { turnover::Line::Waits });
        if self.lapse != lapse {
            for place in self.active.values() {
                self.turnover.take(place.end(self.lapse));
                self.turnover.add(place.end(lapse));
            }
            self.lapse = lapse;
        }
    }

    /// How soon ACTIVE places make room.
    pub fn turnover(&self) -> &Turnover {
        &self.turnover
    }

    /// The live place of a user.
    pub fn of_user(&self, user: UserId) -> Option<Sequence> {
        self.by_user.candidates(user).find(|sequence| self.user_of(*sequence) == Some(user))
    }

    fn user_of(&self, sequence: Sequence) -> Option<UserId> {
        let waiting = self.waiting.get(sequence).map(|place| place.user);
        waiting.or_else(|| self.active.get(&sequence).map(|place| place.user))
    }

    pub fn live(&self) -> u64 {
        self.by_user.len() as u64
    }
}
