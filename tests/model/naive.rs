//! What the model keeps, and what can be read of it by looking through all of it.

use jari::domain::{
    CalendarDate, EndReason, IdempotencyKey, Origin, PaymentId, QueuePolicy, Rejection, Reply, SaleStatus, Settings,
    Ticket, Timestamp, WallOffset, WallTime,
};

#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub now: Timestamp,
    /// By how much the wall clock is ahead.
    pub offset: WallOffset,
    pub settings: Settings,
    pub concerts: Vec<Concert>,
    pub users: Vec<User>,
    /// Whose wallet moved by how much; charges are above 0, payments below.
    pub entries: Vec<(Option<usize>, i64)>,
    pub payments: Vec<Bought>,
    pub kept: Vec<Kept>,
    /// Payments that were asked for, also in vain.
    pub asked: u128,
    /// What the latest action was answered, if it asked for anything.
    pub answer: Option<(Result<Reply, Rejection>, Origin)>,
}

#[derive(Clone, Debug)]
pub(crate) struct User {
    pub blocked: bool,
    pub deleted: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Concert {
    pub status: SaleStatus,
    pub opens_at: Option<WallTime>,
    pub closes_at: Option<WallTime>,
    /// Whether its closing time closed it, and nobody changed it since.
    pub closed_itself: bool,
    /// By how much the wall clock is ahead, since when, and by how much it was before.
    pub offset: WallOffset,
    pub offset_since: Timestamp,
    pub offset_before: WallOffset,
    pub seat_limit: Option<u32>,
    pub dates: Vec<Date>,
    pub policy: QueuePolicy,
    /// In order of arrival: the first has sequence 1.
    pub places: Vec<Place>,
    /// In order of their making.
    pub bookings: Vec<Booking>,
    pub admissions: Vec<Timestamp>,
}

#[derive(Clone, Debug)]
pub(crate) struct Date {
    pub date: CalendarDate,
    pub begins: WallTime,
    /// The first is seat 1.
    pub seats: Vec<Seat>,
    /// How the seats were asked for: rows and seats a row of each section and its price.
    pub sections: Vec<(String, u32, u32, u32)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub section: usize,
    pub row: u32,
    pub price: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub user: usize,
    pub standing: Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Waiting,
    /// ACTIVE, and until when it may reserve.
    Active(Timestamp),
    Ended(EndReason),
}

/// One seat in one user's hands.
#[derive(Clone, Debug)]
pub(crate) struct Booking {
    pub place: usize,
    pub user: usize,
    pub date: CalendarDate,
    pub seat: u32,
    pub until: Timestamp,
    pub price: u32,
    pub fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Held,
    Paid(PaymentId),
    Canceled,
    Expired,
    Refunded(PaymentId),
}

#[derive(Clone, Debug)]
pub(crate) struct Bought {
    pub id: PaymentId,
    pub user: usize,
    pub concert: usize,
    pub amount: u64,
    pub refunded: u64,
    pub tickets: Vec<Ticket>,
}

#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub key: IdempotencyKey,
    pub fingerprint: u128,
    pub at: Timestamp,
    pub reply: Reply,
}

impl Date {
    /// Numbers the seats on through the sections, row by row.
    pub(crate) fn new(date: CalendarDate, begins: WallTime, sections: Vec<(String, u32, u32, u32)>) -> Self {
        let mut seats = Vec::new();
        for (section, (_, rows, a_row, price)) in sections.iter().enumerate() {
            for seat in 0..rows * a_row {
                seats.push(Seat { section, row: seat / a_row + 1, price: *price });
            }
        }
        Self { date, begins, seats, sections }
    }

    /// The section, the row and the place in the row of a seat.
    pub(crate) fn spot(&self, seat: u32) -> Option<(String, u32, usize)> {
        let before = self.seats.get(..seat as usize)?;
        let found = before.last().expect("seats are numbered from 1");
        let neighbours = before.iter().filter(|it| (it.section, it.row) == (found.section, found.row));
        Some((self.sections[found.section].0.clone(), found.row, neighbours.count()))
    }
}

impl Concert {
    pub(crate) fn is_open(&self, now: Timestamp) -> bool {
        self.status == SaleStatus::OnSale && self.closes_at.is_none_or(|at| now < self.due(at))
    }

    /// When the wall clock shows `at`: it was set past what had not come, and what had come stays where it was.
    pub(crate) fn due(&self, at: WallTime) -> Timestamp {
        let shown = |offset: WallOffset| Timestamp(at.0.saturating_sub(offset.0));
        let (after, before) = (shown(self.offset), shown(self.offset_before));
        if self.offset_since < after { after } else { before.min(self.offset_since) }
    }

    pub(crate) fn is_closed(&self, now: Timestamp) -> bool {
        self.status != SaleStatus::Draft && !self.is_open(now)
    }

    pub(crate) fn is_live(&self, place: usize) -> bool {
        !matches!(self.places[place].standing, Standing::Ended(_))
    }

    pub(crate) fn live_place(&self, user: usize) -> Option<usize> {
        (0..self.places.len()).find(|place| self.places[*place].user == user && self.is_live(*place))
    }

    pub(crate) fn holds_anything(&self, place: usize) -> bool {
        self.bookings.iter().any(|booking| booking.place == place && booking.fate == Fate::Held)
    }

    /// Who is in front of a waiting place, and it itself.
    pub(crate) fn position(&self, place: usize) -> u64 {
        self.places[..=place].iter().filter(|place| place.standing == Standing::Waiting).count() as u64
    }

    /// Who has a seat, if anybody.
    pub(crate) fn taken(&self, date: CalendarDate, seat: u32) -> Option<&Booking> {
        let has = |booking: &&Booking| matches!(booking.fate, Fate::Held | Fate::Paid(_));
        self.bookings.iter().filter(has).find(|booking| booking.date == date && booking.seat == seat)
    }
}

impl Model {
    /// The model as it is told to clients: what has ended has ended, and nobody is admitted by being looked at.
    pub(crate) fn as_told(&self) -> Self {
        let mut told = self.clone();
        told.concerts.iter_mut().for_each(|concert| concert.settle(self.now, &self.settings));
        told
    }

    /// What the wall clock shows now.
    pub(crate) fn wall(&self) -> WallTime {
        self.now.on_wall(self.offset)
    }

    pub(crate) fn balance(&self, user: usize) -> u64 {
        let sum: i64 = self.entries.iter().filter(|(of, _)| *of == Some(user)).map(|(_, amount)| amount).sum();
        u64::try_from(sum).expect("a wallet is never below 0")
    }
}
