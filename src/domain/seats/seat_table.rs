//! The seats of one date: which are held, sold or blocked, and the counts that follow from it.
//!
//! A sold seat is one bit here: its row is read where it is needed, and its owner stands in the sale's list.

use std::borrow::Cow;
use std::ops::Range;

use super::free_runs::FreeRuns;
use super::held_seats::HeldSeats;
use super::seat_bits::SeatBits;
use crate::domain::words::{CalendarDate, Layout, SeatRow, Timestamp, UserId};

/// How a date stands in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateStats {
    pub date: CalendarDate,
    pub free: u32,
    pub held: u32,
    pub sold: u32,
    pub blocked: u32,
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
    Sold,
    /// The organiser keeps it back.
    Blocked,
}

/// How 64 neighbouring seats stand, one bit each, the lowest bit first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatWord {
    pub held: u64,
    pub sold: u64,
    pub blocked: u64,
    /// When the first of the holds lapses.
    pub until: Option<Timestamp>,
}

/// The seats 1 to `seats` of one date.
#[derive(Debug)]
pub struct SeatTable {
    seats: u32,
    /// Seats that are held, lapsed or not, or sold, or blocked.
    taken: SeatBits,
    sold: SeatBits,
    blocked: SeatBits,
    held: HeldSeats,
    sold_count: u32,
    blocked_count: u32,
    revenue: u64,
    /// There once a seat was taken, so that a date which nobody asks for has no memory; where seats are accessible, from
    /// the beginning.
    runs: Option<Box<FreeRuns>>,
}

impl SeatTable {
    pub fn new(layout: &Layout) -> Self {
        let taken = SeatBits::default();
        // Accessible seats are told from others by it, from the first request on.
        let runs = layout.has_accessible().then(|| Box::new(FreeRuns::new(layout, &taken)));
        Self {
            seats: layout.seats(),
            taken,
            sold: SeatBits::default(),
            blocked: SeatBits::default(),
            held: HeldSeats::default(),
            sold_count: 0,
            blocked_count: 0,
            revenue: 0,
            runs,
        }
    }

    pub fn seats(&self) -> u32 {
        self.seats
    }

    /// Lays the seats out anew; none beyond the last may be taken.
    pub fn lay_out(&mut self, layout: &Layout) {
        self.seats = layout.seats();
        assert!(self.taken.last().is_none_or(|last| last <= self.seats), "a taken seat is not taken away");
        if self.runs.is_some() || layout.has_accessible() {
            self.runs = Some(Box::new(FreeRuns::new(layout, &self.taken)));
        }
    }

    /// The seats that are held, sold or blocked, ascending; a hold may have lapsed.
    pub fn taken(&self) -> impl Iterator<Item = u32> {
        self.taken.iter()
    }

    /// The sold seats, ascending.
    pub fn sold(&self) -> impl Iterator<Item = u32> {
        self.sold.iter()
    }

    /// The lowest sold seat that is `from` or higher.
    pub fn first_sold(&self, from: u32) -> Option<u32> {
        self.sold.first_from(from)
    }

    /// The blocked seats, ascending.
    pub fn blocked(&self) -> impl Iterator<Item = u32> {
        self.blocked.iter()
    }

    /// The rows of held seats, ascending; a hold may have lapsed.
    pub fn held(&self) -> impl Iterator<Item = (u32, &SeatRow)> {
        self.held.iter()
    }

    /// The row of a held seat; its hold may have lapsed.
    pub fn hold_of(&self, seat: u32) -> Option<&SeatRow> {
        self.held.get(seat)
    }

    /// Whether a seat is sold.
    pub fn is_sold(&self, seat: u32) -> bool {
        self.sold.contains(seat)
    }

    /// Whether a seat is blocked.
    pub fn is_blocked(&self, seat: u32) -> bool {
        self.blocked.contains(seat)
    }

    /// Who has `seat` at `now`; expiry is true without any tick.
    pub fn owner(&self, seat: u32, now: Timestamp) -> Owner {
        if !self.taken.contains(seat) {
            return Owner::Nobody;
        }
        match self.held.get(seat) {
            Some(SeatRow::Held { user, expires_at, .. }) if *expires_at <= now => Owner::LapsedFrom(*user),
            Some(SeatRow::Held { user, .. }) => Owner::Held(*user),
            Some(SeatRow::Sold { .. }) => unreachable!("a sold seat has no row here"),
            None if self.blocked.contains(seat) => Owner::Blocked,
            None => Owner::Sold,
        }
    }

    /// Whether nobody has `seat` at `now`.
    pub fn is_free(&self, seat: u32, now: Timestamp) -> bool {
        matches!(self.owner(seat, now), Owner::Nobody | Owner::LapsedFrom(_))
    }

    /// The free seats at `now`, ascending.
    pub fn free(&self, now: Timestamp) -> impl Iterator<Item = u32> {
        (1..=self.seats).filter(move |seat| self.is_free(*seat, now))
    }

    /// How the seats `64 * number + 1` and on stand at `now`.
    pub fn word(&self, number: usize, now: Timestamp) -> SeatWord {
        let (sold, blocked) = (self.sold.word(number), self.blocked.word(number));
        let (mut held, mut until) = (self.taken.word(number) & !sold & !blocked, None::<Timestamp>);
        let mut rest = held;
        while rest != 0 {
            let bit = rest.trailing_zeros();
            rest &= rest - 1;
            let seat = u32::try_from(number).expect("seats are numbered by 32 bits") * u64::BITS + bit + 1;
            match self.held.get(seat) {
                Some(SeatRow::Held { expires_at, .. }) if now < *expires_at => {
                    until = Some(until.map_or(*expires_at, |until| until.min(*expires_at)));
                }
                Some(_) => held &= !(1 << bit),
                None => unreachable!("a seat that is taken, not sold and not blocked is held"),
            }
        }
        SeatWord { held, sold, blocked, until }
    }

    /// Puts a seat into a user's hands: `row` is of its hold.
    pub fn hold(&mut self, seat: u32, row: SeatRow, layout: &Layout) {
        assert!(matches!(row, SeatRow::Held { .. }), "the row of a hold");
        self.take(seat, layout);
        self.held.insert(seat, row);
    }

    /// Turns a hold into a sale, and gives back the row of the hold.
    pub fn sell(&mut self, seat: u32, amount: u32) -> SeatRow {
        let held = self.held.remove(seat).expect("only a held seat is sold");
        self.count_sale(seat, amount);
        held
    }

    /// Sells a free seat, now or as its row tells.
    pub fn sell_free(&mut self, seat: u32, amount: u32, layout: &Layout) {
        self.take(seat, layout);
        self.count_sale(seat, amount);
    }

    /// Frees a held seat, and gives back the row of its hold.
    pub fn release(&mut self, seat: u32) -> SeatRow {
        let held = self.held.remove(seat).expect("only a held seat is released");
        self.free_up(seat);
        held
    }

    /// Frees a sold seat.
    pub fn refund(&mut self, seat: u32, amount: u32) {
        assert!(self.sold.remove(seat), "only a sold seat is refunded");
        self.sold_count -= 1;
        self.revenue -= u64::from(amount);
        self.free_up(seat);
    }

    /// Keeps a free seat back.
    pub fn block(&mut self, seat: u32, layout: &Layout) {
        self.take(seat, layout);
        self.blocked.insert(seat);
        self.blocked_count += 1;
    }

    /// Frees a blocked seat.
    pub fn unblock(&mut self, seat: u32) {
        assert!(self.blocked.remove(seat), "only a blocked seat is unblocked");
        self.blocked_count -= 1;
        self.free_up(seat);
    }

    fn take(&mut self, seat: u32, layout: &Layout) {
        assert!((1..=self.seats).contains(&seat), "seat {seat} is one of {}", self.seats);
        assert!(self.taken.insert(seat), "a taken seat is not taken again");
        match &mut self.runs {
            Some(runs) => runs.measure(seat, &self.taken),
            None => self.runs = Some(Box::new(FreeRuns::new(layout, &self.taken))),
        }
    }

    fn free_up(&mut self, seat: u32) {
        self.taken.remove(seat);
        if let Some(runs) = &mut self.runs {
            runs.measure(seat, &self.taken);
        }
    }

    fn count_sale(&mut self, seat: u32, amount: u32) {
        assert!(self.sold.insert(seat), "a seat is sold once");
        self.sold_count += 1;
        self.revenue += u64::from(amount);
    }

    /// The numbers, when the holds of `lapsed` seats have lapsed.
    pub fn stats(&self, date: CalendarDate, lapsed: u32) -> DateStats {
        let (held, sold, blocked) = (self.held.len() - lapsed, self.sold_count, self.blocked_count);
        DateStats { date, free: self.seats - held - sold - blocked, held, sold, blocked, revenue: self.revenue }
    }

    /// Seats that are free though no hold has lapsed.
    pub fn untaken(&self) -> u32 {
        self.seats - self.held.len() - self.sold_count - self.blocked_count
    }

    /// The longest runs of free seats, once a seat was taken.
    pub fn runs(&self) -> Option<&FreeRuns> {
        self.runs.as_deref()
    }

    /// The seats that are taken though the holds of the seats `lapsed` have lapsed.
    pub fn taken_without(&self, lapsed: &[u32]) -> Cow<'_, SeatBits> {
        let mut taken = Cow::Borrowed(&self.taken);
        for seat in lapsed {
            taken.to_mut().remove(*seat);
        }
        taken
    }
}

/// Seats of a run.
pub(super) fn length(run: &Range<u32>) -> u32 {
    run.end - run.start
}
