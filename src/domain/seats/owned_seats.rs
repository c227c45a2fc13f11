//! Which seats of a sale each user owns, in a few bytes a seat, since it grows with all that is sold.

use std::collections::BTreeSet;

use crate::domain::words::{CalendarDate, SeatKey, UserId};

/// A sold seat, ordered by whose it is. The id lies in bytes, whose order is that of its number, because a number of 128
/// bits would make each entry half as large again by its alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Owned {
    user: [u8; 16],
    date: CalendarDate,
    seat: u32,
}

/// Sold seats by owner.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct OwnedSeats {
    by_user: BTreeSet<Owned>,
}

impl Owned {
    fn new(user: UserId, key: SeatKey) -> Self {
        Self { user: user.0.to_be_bytes(), date: key.date, seat: key.seat }
    }
}

impl OwnedSeats {
    pub fn insert(&mut self, user: UserId, key: SeatKey) {
        let is_new = self.by_user.insert(Owned::new(user, key));
        assert!(is_new, "a seat is sold once");
    }

    pub fn remove(&mut self, user: UserId, key: SeatKey) {
        let was_there = self.by_user.remove(&Owned::new(user, key));
        assert!(was_there, "only a sold seat is given back");
    }

    pub fn contains(&self, user: UserId, key: SeatKey) -> bool {
        self.by_user.contains(&Owned::new(user, key))
    }

    /// How many seats a user owns, over all dates.
    pub fn count(&self, user: UserId) -> usize {
        let first = Owned { user: user.0.to_be_bytes(), date: CalendarDate::FIRST, seat: 0 };
        self.by_user.range(first..).take_while(|owned| owned.user == first.user).count()
    }

    /// The seats of a date that a user owns, ascending.
    pub fn of_date(&self, user: UserId, date: CalendarDate) -> impl Iterator<Item = u32> {
        let ends = [0, u32::MAX].map(|seat| Owned::new(user, SeatKey { date, seat }));
        self.by_user.range(ends[0]..=ends[1]).map(|owned| owned.seat)
    }
}
