//! The seats of a sale as they stand at an instant: which are free, and whose the others are. A hold that has lapsed
//! counts as free, whether a tick has noted it or not.

use super::{Due, Sale};
use crate::domain::seats::{Owner, SeatTable, SeatTables};
use crate::domain::words::{CalendarDate, Performance, SeatKey, Sequence, Timestamp, UserId};

impl Sale {
    /// The seats of a date, whether bookable or not; `None` when there is no such date, or the sale is archived, which
    /// it never is while a place lives.
    pub fn seat_table(&self, date: CalendarDate) -> Option<&SeatTable> {
        self.seats.whole()?.table(date)
    }

    /// The seats of every date, at a sale with live places.
    pub(in crate::domain) fn tables(&self) -> &SeatTables {
        self.seats.whole().expect("a sale with live places is not archived")
    }

    /// The seats of a date that the concert has, at a sale with live places.
    pub(in crate::domain) fn table(&self, date: CalendarDate) -> &SeatTable {
        self.tables().table(date).expect("a table for every date")
    }

    /// The bookable dates with a free seat, ascending.
    pub fn available_dates(&self, now: Timestamp) -> Vec<CalendarDate> {
        let with_free = self.bookable(now).filter(|performance| self.has_free(performance.date, now));
        let mut dates: Vec<CalendarDate> = with_free.map(Performance::held_on).collect();
        dates.sort_unstable();
        dates
    }

    /// Free seats of all bookable dates.
    pub fn free_seats(&self, now: Timestamp) -> u32 {
        let dates = self.bookable(now).map(|performance| performance.date);
        let untaken: u32 = dates.map(|date| self.seats.untaken(date)).sum();
        let lapsed = self.lapsed(now).filter(|key| self.is_bookable(key.date, now)).count();
        untaken + u32::try_from(lapsed).expect("no more lapse than there are seats")
    }

    /// Whether any seat of a date is free at `now`.
    fn has_free(&self, date: CalendarDate, now: Timestamp) -> bool {
        self.seats.untaken(date) > 0 || self.lapsed(now).any(|key| key.date == date)
    }

    /// The seats whose holds have lapsed at `now` though no tick has noted it yet: none but in the moment before one.
    pub(super) fn lapsed(&self, now: Timestamp) -> impl Iterator<Item = SeatKey> {
        let due = self.deadlines.iter().take_while(move |(at, _)| *at <= now);
        due.filter_map(|(_, due)| match due {
            Due::HoldLapse(key) => Some(*key),
            Due::ActiveEnd(_) | Due::Opening | Due::Closing | Due::CloseOut | Due::Admission | Due::Archive => None,
        })
    }

    /// Those of a date.
    pub(in crate::domain) fn lapsed_of(&self, date: CalendarDate, now: Timestamp) -> Vec<u32> {
        self.lapsed(now).filter(|key| key.date == date).map(|key| key.seat).collect()
    }

    /// Who has a seat of a date at `now`.
    pub fn owner(&self, key: SeatKey, now: Timestamp) -> Owner {
        self.tables().table(key.date).map_or(Owner::Nobody, |table| table.owner(key.seat, now))
    }

    /// Whether a user owns a seat.
    pub fn is_owned_by(&self, user: UserId, key: SeatKey) -> bool {
        self.tables().owned().contains(user, key)
    }

    /// Seats that a user owns, over all dates.
    pub fn owned_by(&self, user: UserId) -> usize {
        self.tables().owned().count(user)
    }

    /// The seats that an ACTIVE place holds at `now`, ascending.
    pub fn held_by(&self, sequence: Sequence, now: Timestamp) -> Vec<SeatKey> {
        let holds = self.queue.active().get(&sequence).into_iter().flat_map(|place| place.holds.iter());
        holds.filter(|(_, expires_at)| now < *expires_at).map(|(key, _)| key).collect()
    }

    /// Seats of a date that a user holds or owns at `now`, ascending.
    pub fn seats_of(&self, user: UserId, date: CalendarDate, now: Timestamp) -> Vec<u32> {
        let place = self.live_place(user).and_then(|sequence| self.queue.active().get(&sequence));
        let holds = place.into_iter().flat_map(|place| place.holds.of_date(date));
        let held = holds.filter(|(_, expires_at)| now < *expires_at).map(|(seat, _)| seat);
        let mut seats: Vec<u32> = held.chain(self.tables().owned().of_date(user, date)).collect();
        seats.sort_unstable();
        seats
    }
}
