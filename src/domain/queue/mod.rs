//! The queue of one concert: live places, exact positions, one place a user. A place is named by its arrival sequence
//! and stands in line by its order, which a draw may have set apart from it. The queue knows neither policies nor seats:
//! who may be admitted and when a place ends is decided by the transitions of a sale.

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
use crate::domain::words::{LineOrder, PlaceRow, SeatKey, Sequence, Timestamp, UserId};

/// All live places of one concert.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: WaitingLine,
    /// The waiting places whose order is not that of their arrival.
    reordered: BTreeMap<Sequence, LineOrder>,
    active: BTreeMap<Sequence, Active>,
    by_user: UserIndex,
    turnover: Turnover,
    /// Under which rule the ends in `turnover` stand.
    lapse: Lapse,
}

impl Queue {
    /// Adds a waiting place; no other may have its sequence or its order, and the user must have no live place.
    pub fn arrive(&mut self, order: LineOrder, place: Waiting) {
        debug_assert_eq!(self.of_user(place.user), None, "a user has one live place in a queue");
        self.by_user.insert(place.user, place.sequence);
        if order != place.sequence.into() {
            self.reordered.insert(place.sequence, order);
        }
        self.waiting.insert(order, place);
    }

    /// Takes up an admitted place as it was stored.
    pub fn restore_active(&mut self, sequence: Sequence, place: Active) {
        self.by_user.insert(place.user, sequence);
        self.turnover.add(place.end(self.lapse));
        self.active.insert(sequence, place);
    }

    /// Admits the first in line.
    pub fn admit_first(&mut self, now: Timestamp, active_until: Timestamp) -> Option<(Sequence, &Active)> {
        let (order, Waiting { sequence, user, issued_at }) = self.waiting.pop_first()?;
        self.reordered.remove(&sequence);
        let place = Active { user, issued_at, order, activated_at: now, active_until, holds: Holds::default() };
        self.turnover.add(active_until);
        Some((sequence, self.active.entry(sequence).or_insert(place)))
    }

    /// Removes a live place, which ends at `at`, and gives what it was; the holds of an ACTIVE one are the caller's to
    /// release.
    pub fn remove(&mut self, sequence: Sequence, at: Timestamp) -> Option<(PlaceRow, Holds)> {
        let (row, holds) = if let Some((order, place)) = self.waiting_place(sequence) {
            let row = place.row(order);
            self.waiting.remove(order);
            self.reordered.remove(&sequence);
            (row, Holds::default())
        } else {
            let place = self.active.remove(&sequence)?;
            self.turnover.ended(place.end(self.lapse), at);
            (place.row(), place.holds)
        };
        self.by_user.remove(row.user, sequence);
        Some((row, holds))
    }

    /// A waiting place and where it stands in line.
    pub fn waiting_place(&self, sequence: Sequence) -> Option<(LineOrder, &Waiting)> {
        let order = self.reordered.get(&sequence).copied().unwrap_or(sequence.into());
        let place = self.waiting.get(order).filter(|place| place.sequence == sequence)?;
        Some((order, place))
    }

    /// Whether a place waits.
    pub fn waits(&self, sequence: Sequence) -> bool {
        self.waiting_place(sequence).is_some()
    }

    /// The position of a WAITING place: 1 is the next to be admitted; 0 for one that does not wait.
    pub fn position(&self, sequence: Sequence) -> u64 {
        self.waiting_place(sequence).map_or(0, |(order, _)| self.waiting.rank(order))
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
        let waiting = self.waiting_place(sequence).map(|(_, place)| place.user);
        waiting.or_else(|| self.active.get(&sequence).map(|place| place.user))
    }

    pub fn live(&self) -> u64 {
        self.by_user.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::{Queue, Waiting};
    use crate::domain::{LineOrder, Sequence, Timestamp, UserId};

    const PLACES: u64 = 1_000;

    #[test]
    fn places_stand_in_line_by_their_order_and_are_found_by_their_sequence() {
        // A permutation: 7 and 1,000 have no common factor.
        let order = |sequence: u64| LineOrder(sequence * 7 % PLACES);
        let mut queue = Queue::default();
        for sequence in 1..PLACES {
            let place =
                Waiting { sequence: Sequence(sequence), user: UserId(sequence.into()), issued_at: Timestamp(0) };
            queue.arrive(order(sequence), place);
        }
        let newcomer = Waiting { sequence: Sequence(PLACES), user: UserId(PLACES.into()), issued_at: Timestamp(0) };
        queue.arrive(Sequence(PLACES).into(), newcomer);
        assert_eq!(queue.position(Sequence(PLACES)), PLACES, "who comes behind a draw stands behind it");
        for sequence in (1..PLACES).filter(|sequence| sequence % 3 == 0) {
            let (row, _) = queue.remove(Sequence(sequence), Timestamp(1)).expect("it waits");
            assert_eq!((row.user, row.order), (UserId(sequence.into()), order(sequence)));
            assert!(!queue.waits(Sequence(sequence)) && queue.remove(Sequence(sequence), Timestamp(1)).is_none());
        }
        let mut line: Vec<u64> = (1..PLACES).filter(|sequence| sequence % 3 != 0).collect();
        line.sort_by_key(|sequence| order(*sequence));
        for (sequence, position) in line.iter().zip(1..) {
            assert_eq!(queue.position(Sequence(*sequence)), position);
            assert_eq!(queue.of_user(UserId((*sequence).into())), Some(Sequence(*sequence)));
        }
        for sequence in line.into_iter().chain([PLACES]) {
            let (admitted, place) = queue.admit_first(Timestamp(2), Timestamp(9)).expect("somebody waits");
            assert_eq!((admitted, place.user), (Sequence(sequence), UserId(sequence.into())));
        }
        assert!(queue.admit_first(Timestamp(2), Timestamp(9)).is_none() && queue.reordered.is_empty());
    }
}
