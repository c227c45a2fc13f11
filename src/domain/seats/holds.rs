//! The holds of one ACTIVE place, with the time of the last to lapse at hand, since it carries the place.

use std::collections::{BTreeMap, btree_map};

use crate::domain::words::{CalendarDate, SeatKey, Timestamp};

/// Held seats and when each lapses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holds {
    by_seat: BTreeMap<SeatKey, Timestamp>,
    /// When the last of them lapses.
    last: Option<Timestamp>,
}

impl Holds {
    /// Adds the hold of a seat that is not held yet.
    pub fn insert(&mut self, key: SeatKey, expires_at: Timestamp) {
        let replaced = self.by_seat.insert(key, expires_at);
        assert_eq!(replaced, None, "a seat is held once");
        self.last = self.last.max(Some(expires_at));
    }

    pub fn remove(&mut self, key: SeatKey) {
        let removed = self.by_seat.remove(&key);
        if removed.is_some() && removed == self.last {
            self.last = self.by_seat.values().max().copied();
        }
    }

    /// When the hold of a seat lapses.
    pub fn get(&self, key: SeatKey) -> Option<Timestamp> {
        self.by_seat.get(&key).copied()
    }

    /// When the last of the holds lapses.
    pub fn last(&self) -> Option<Timestamp> {
        self.last
    }

    pub fn len(&self) -> usize {
        self.by_seat.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_seat.is_empty()
    }

    /// Holds that have not lapsed at `now`.
    pub fn unexpired(&self, now: Timestamp) -> usize {
        self.by_seat.values().filter(|expires_at| now < **expires_at).count()
    }

    /// The held seats and when each lapses, ascending by seat.
    pub fn iter(&self) -> impl Iterator<Item = (SeatKey, Timestamp)> {
        self.by_seat.iter().map(|(key, at)| (*key, *at))
    }

    /// The held seats of a date, ascending, and when each lapses.
    pub fn of_date(&self, date: CalendarDate) -> impl Iterator<Item = (u32, Timestamp)> {
        let ends = [0, u32::MAX].map(|seat| SeatKey { date, seat });
        self.by_seat.range(ends[0]..=ends[1]).map(|(key, expires_at)| (key.seat, *expires_at))
    }

    /// The held seats, ascending.
    pub fn seats(&self) -> impl Iterator<Item = SeatKey> {
        self.by_seat.keys().copied()
    }
}

impl IntoIterator for Holds {
    type Item = (SeatKey, Timestamp);
    type IntoIter = btree_map::IntoIter<SeatKey, Timestamp>;

    fn into_iter(self) -> Self::IntoIter {
        self.by_seat.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::Holds;
    use crate::domain::{CalendarDate, SeatKey, Timestamp};

    #[test]
    fn the_last_to_lapse_is_known_whatever_comes_and_goes() {
        let date = CalendarDate::new(2030, 12, 24).expect("a date");
        let key = |seat| SeatKey { date, seat };
        let mut holds = Holds::default();
        assert_eq!(holds.last(), None);
        for (seat, expires_at) in [(1, 30), (2, 50), (3, 40), (4, 50)] {
            holds.insert(key(seat), Timestamp(expires_at));
        }
        for (seat, last) in [(2, Some(50)), (9, Some(50)), (4, Some(40)), (1, Some(40)), (3, None)] {
            holds.remove(key(seat));
            assert_eq!(holds.last(), last.map(Timestamp), "without seat {seat}");
        }
    }
}
