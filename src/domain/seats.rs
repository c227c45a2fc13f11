//! The seats of one date: which are held or sold, and the counts that follow from it.

use std::collections::BTreeSet;

use super::taken::TakenSeats;
use super::{CalendarDate, PaymentId, SeatRow, Timestamp, UserId};

/// How a date stands in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateStats {
    pub date: CalendarDate,
    pub free: u32,
    pub held: u32,
    pub sold: u32,
    /// Whole units of the currency, refunds taken off.
    pub revenue: u64,
}

/// Who has a seat at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Nobody,
    /// It was held by this user until its hold lapsed, and nobody has taken it since.
    LapsedFrom(UserId),
    Held(UserId),
    Sold(UserId, PaymentId),
}

/// The seats 1 to `seats` of one date.
#[derive(Debug)]
pub struct SeatTable {
    seats: u32,
    taken: TakenSeats,
    /// The taken seats by whose they are, so that one's own are found without a walk over all.
    by_user: BTreeSet<(UserId, u32)>,
    sold: u32,
    revenue: u64,
}

impl SeatTable {
    pub fn new(seats: u32) -> Self {
        Self { seats, taken: TakenSeats::default(), by_user: BTreeSet::new(), sold: 0, revenue: 0 }
    }

    pub fn seats(&self) -> u32 {
        self.seats
    }

    /// Gives the table another number of seats; none above it may be taken.
    pub fn resize(&mut self, seats: u32) {
        assert!(self.taken.last().is_none_or(|last| last <= seats), "a taken seat is not taken away");
        self.seats = seats;
    }

    /// The rows of seats that are held or sold; a held one may have lapsed.
    pub fn taken(&self) -> impl Iterator<Item = (u32, &SeatRow)> {
        self.taken.iter()
    }

    pub fn row(&self, seat: u32) -> Option<&SeatRow> {
        self.taken.get(seat)
    }

    /// Who has `seat` at `now`; expiry is true without any tick.
    pub fn owner(&self, seat: u32, now: Timestamp) -> Owner {
        match self.taken.get(seat) {
            None => Owner::Nobody,
            Some(SeatRow::Held { user, expires_at, .. }) if *expires_at <= now => Owner::LapsedFrom(*user),
            Some(SeatRow::Held { user, .. }) => Owner::Held(*user),
            Some(SeatRow::Sold { user, payment, .. }) => Owner::Sold(*user, *payment),
        }
    }

    /// Whether nobody has `seat` at `now`.
    pub fn is_free(&self, seat: u32, now: Timestamp) -> bool {
        !self.taken.contains(seat) || matches!(self.owner(seat, now), Owner::LapsedFrom(_))
    }

    /// The free seats at `now`, ascending.
    pub fn free(&self, now: Timestamp) -> impl Iterator<Item = u32> {
        (1..=self.seats).filter(move |seat| self.is_free(*seat, now))
    }

    /// Puts `row` on a seat: free to held, or held to sold.
    pub fn take(&mut self, seat: u32, row: SeatRow) {
        assert!((1..=self.seats).contains(&seat), "seat {seat} is one of {}", self.seats);
        let before = self.taken.insert(seat, row);
        self.by_user.insert((row.user(), seat));
        self.uncount(before);
        match row {
            SeatRow::Sold { amount, .. } => {
                self.sold += 1;
                self.revenue += u64::from(amount);
            }
            SeatRow::Held { .. } => {
                assert!(!matches!(before, Some(SeatRow::Sold { .. })), "a sold seat is not held again");
            }
        }
    }

    /// Frees a seat that was held or sold.
    pub fn free_up(&mut self, seat: u32) -> SeatRow {
        let before = self.taken.remove(seat).expect("only a taken seat is freed");
        self.by_user.remove(&(before.user(), seat));
        self.uncount(Some(before));
        before
    }

    /// The seats that a user holds or owns at `now`, ascending.
    pub fn seats_of(&self, user: UserId, now: Timestamp) -> Vec<u32> {
        let taken = self.by_user.range((user, 0)..=(user, u32::MAX)).map(|(_, seat)| *seat);
        taken.filter(|seat| !self.is_free(*seat, now)).collect()
    }

    fn uncount(&mut self, before: Option<SeatRow>) {
        if let Some(SeatRow::Sold { amount, .. }) = before {
            self.sold -= 1;
            self.revenue -= u64::from(amount);
        }
    }

    /// The numbers at `now`.
    pub fn stats(&self, date: CalendarDate, now: Timestamp) -> DateStats {
        let unexpired = |row: &SeatRow| !matches!(row, SeatRow::Held { expires_at, .. } if *expires_at <= now);
        let taken = self.taken.iter().map(|(_, row)| u32::from(unexpired(row))).sum::<u32>();
        DateStats { date, free: self.seats - taken, held: taken - self.sold, sold: self.sold, revenue: self.revenue }
    }

    /// Whether any seat is free at `now`.
    pub fn has_free(&self, now: Timestamp) -> bool {
        self.taken.len() < self.seats || self.free(now).next().is_some()
    }
}
