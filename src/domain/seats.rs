//! The seats of one date: which are held or sold, and the counts that follow from it.

use std::collections::{BTreeMap, BTreeSet};

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
    taken: BTreeMap<u32, SeatRow>,
    /// The taken seats by whose they are, so that one's own are found without a walk over all.
    by_user: BTreeSet<(UserId, u32)>,
    /// One bit a seat, set when it is held or sold; bit 0 is seat 1.
    taken_bits: Vec<u64>,
    sold: u32,
    revenue: u64,
}

impl SeatTable {
    pub fn new(seats: u32) -> Self {
        let words = seats.div_ceil(64) as usize;
        Self {
            seats,
            taken: BTreeMap::new(),
            by_user: BTreeSet::new(),
            taken_bits: vec![0; words],
            sold: 0,
            revenue: 0,
        }
    }

    pub fn seats(&self) -> u32 {
        self.seats
    }

    /// Gives the table another number of seats; none above it may be taken.
    pub fn resize(&mut self, seats: u32) {
        assert!(self.taken.range(seats + 1..).next().is_none(), "a taken seat is not taken away");
        self.seats = seats;
        self.taken_bits.resize(seats.div_ceil(64) as usize, 0);
    }

    /// The rows of seats that are held or sold; a held one may have lapsed.
    pub fn taken(&self) -> &BTreeMap<u32, SeatRow> {
        &self.taken
    }

    pub fn row(&self, seat: u32) -> Option<&SeatRow> {
        self.taken.get(&seat)
    }

    /// Who has `seat` at `now`; expiry is true without any tick.
    pub fn owner(&self, seat: u32, now: Timestamp) -> Owner {
        match self.taken.get(&seat) {
            None => Owner::Nobody,
            Some(SeatRow::Held { user, expires_at, .. }) if *expires_at <= now => Owner::LapsedFrom(*user),
            Some(SeatRow::Held { user, .. }) => Owner::Held(*user),
            Some(SeatRow::Sold { user, payment, .. }) => Owner::Sold(*user, *payment),
        }
    }

    /// Whether nobody has `seat` at `now`.
    pub fn is_free(&self, seat: u32, now: Timestamp) -> bool {
        let bit = seat - 1;
        self.taken_bits[bit as usize / 64] >> (bit % 64) & 1 == 0
            || matches!(self.owner(seat, now), Owner::Nobody | Owner::LapsedFrom(_))
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
        self.taken_bits[(seat - 1) as usize / 64] |= 1 << ((seat - 1) % 64);
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
        let before = self.taken.remove(&seat).expect("only a taken seat is freed");
        self.by_user.remove(&(before.user(), seat));
        self.taken_bits[(seat - 1) as usize / 64] &= !(1 << ((seat - 1) % 64));
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
        let lapsed = |row: &&SeatRow| matches!(row, SeatRow::Held { expires_at, .. } if *expires_at <= now);
        let taken =
            u32::try_from(self.taken.len() - self.taken.values().filter(lapsed).count()).expect("a count of seats");
        DateStats { date, free: self.seats - taken, held: taken - self.sold, sold: self.sold, revenue: self.revenue }
    }

    /// Whether any seat is free at `now`.
    pub fn has_free(&self, now: Timestamp) -> bool {
        self.taken.len() < self.seats as usize || self.free(now).next().is_some()
    }
}
