//! One concert at run time: its definition, queue, seats and deadlines, and what can be read of them.
//! How they change is in `transitions` (queue places and admission) and in the commands.

mod archive;
mod transitions;
mod waiting_time;

use std::collections::{BTreeMap, BTreeSet};

pub use self::transitions::{Pace, STEP_MAX};
pub use self::waiting_time::poll_after_seconds;
use crate::domain::queue::{Active, Admissions, Queue, Waiting};
use crate::domain::seats::{DateStats, Holds, Owner, SaleSeats, SeatTable, SeatTables};
use crate::domain::words::{
    Bearer, CalendarDate, ClockRow, ConcertId, ConcertNo, ConcertRow, Counters, EndReason, IssuedPlace, Performance,
    PlaceView, Policy, Reserving, SaleStatus, SeatKey, SeatRow, Sequence, Settings, Standing, StateChange, Timestamp,
    UserId, WallTime,
};

/// What happens by itself at an instant; the order is that of things due at the same instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    HoldLapse(SeatKey),
    /// The active time of a place is over.
    ActiveEnd(Sequence),
    Opening,
    Closing,
    /// Places are still to be ended after a closing.
    CloseOut,
    /// The sliding window has room again, or an admission was cut into steps.
    Admission,
    /// The sale is over, and memory keeps too much of it.
    Archive,
}

/// The numbers of a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    pub waiting: u64,
    pub active: u64,
    /// Places that were ever admitted.
    pub admitted: u64,
    pub admissions_per_minute: u64,
    /// Whole units of the currency, refunds taken off.
    pub revenue: u64,
    pub dates: Vec<DateStats>,
}

/// One concert at run time.
#[derive(Debug)]
pub struct Sale {
    pub no: ConcertNo,
    pub(super) row: ConcertRow,
    pub(super) clock: ClockRow,
    /// When it opens and when it closes; both move when the wall clock is set right.
    opens_at: Option<Timestamp>,
    closes_at: Option<Timestamp>,
    pub(super) counters: Counters,
    pub(super) queue: Queue,
    pub(super) admissions: Admissions,
    pub(super) seats: SaleSeats,
    pub(super) deadlines: BTreeSet<(Timestamp, Due)>,
    /// Where [`Due::Admission`] stands in `deadlines`.
    pub(super) admission_due: Option<Timestamp>,
    /// Where [`Due::Archive`] stands in `deadlines`.
    pub(super) archive_due: Option<Timestamp>,
}

impl Sale {
    /// A sale without places and taken seats.
    pub fn new(no: ConcertNo, row: ConcertRow, clock: ClockRow) -> Self {
        let seats = SaleSeats::Whole(SeatTables::new(&row.definition));
        let mut sale = Self {
            no,
            row,
            clock,
            opens_at: None,
            closes_at: None,
            counters: Counters::default(),
            queue: Queue::default(),
            admissions: Admissions::default(),
            seats,
            deadlines: BTreeSet::new(),
            admission_due: None,
            archive_due: None,
        };
        sale.set_opening_deadlines();
        sale
    }

    /// Takes up a stored row of this concert; places come before seats.
    pub(super) fn restore(&mut self, row: StateChange) {
        match row {
            StateChange::Counters(_, Some(counters)) => self.counters = counters,
            StateChange::Admissions((_, at), Some(count)) => self.admissions.restore(at, count),
            StateChange::Places((_, sequence), Some(row)) => match row.active {
                None => self.queue.arrive(sequence, Waiting { user: row.user, issued_at: row.issued_at }),
                Some((activated_at, active_until)) => {
                    self.deadlines.insert((active_until, Due::ActiveEnd(sequence)));
                    let (user, issued_at) = (row.user, row.issued_at);
                    let place = Active { user, issued_at, activated_at, active_until, holds: Holds::default() };
                    self.queue.restore_active(sequence, place);
                }
            },
            StateChange::Archives(_, Some(row)) => self.seats = SaleSeats::archived(&self.row.definition, &row),
            StateChange::Seats((_, key), Some(row)) => self.restore_seat(key, row),
            StateChange::Counters(_, None)
            | StateChange::Admissions(_, None)
            | StateChange::Places(_, None)
            | StateChange::Archives(_, None)
            | StateChange::Seats(_, None) => {}
            StateChange::Settings(..)
            | StateChange::Clock(..)
            | StateChange::Totals(..)
            | StateChange::Concerts(..) => {
                unreachable!("a sale is given rows of its own")
            }
        }
    }

    /// Takes up a wall clock that was set right.
    pub(super) fn set_clock(&mut self, clock: ClockRow) {
        self.clock = clock;
        self.set_opening_deadlines();
    }

    /// Takes up the row of a seat, unless the sale is archived.
    fn restore_seat(&mut self, key: SeatKey, row: SeatRow) {
        let SaleSeats::Whole(seats) = &mut self.seats else { return };
        seats.restore(key, row, &self.row.definition);
        if let SeatRow::Held { sequence, expires_at, .. } = row
            && seats.table(key.date).is_some()
        {
            self.deadlines.insert((expires_at, Due::HoldLapse(key)));
            self.queue.add_hold(sequence, key, expires_at);
        }
    }

    /// The deadlines that follow from the definition.
    pub(super) fn set_opening_deadlines(&mut self) {
        self.opens_at = self.row.definition.on_sale_at.map(|at| self.clock.due(at));
        self.closes_at = self.row.definition.closes_at.map(|at| self.clock.due(at));
        self.deadlines.retain(|(_, due)| !matches!(due, Due::Opening | Due::Closing));
        if self.row.definition.status == SaleStatus::OnSale {
            self.deadlines.extend(self.opens_at.map(|at| (at, Due::Opening)));
            self.deadlines.extend(self.closes_at.map(|at| (at, Due::Closing)));
        }
        self.set_archive_due();
    }

    pub fn id(&self) -> &ConcertId {
        &self.row.id
    }

    pub fn row(&self) -> &ConcertRow {
        &self.row
    }

    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// The seats of a date, whether bookable or not; `None` when there is no such date, or the sale is archived, which
    /// it never is while a place lives.
    pub fn seat_table(&self, date: CalendarDate) -> Option<&SeatTable> {
        self.seats.whole()?.table(date)
    }

    /// The seats of every date, at a sale with live places.
    pub(super) fn tables(&self) -> &SeatTables {
        self.seats.whole().expect("a sale with live places is not archived")
    }

    /// The seats of a date that the concert has, at a sale with live places.
    pub(super) fn table(&self, date: CalendarDate) -> &SeatTable {
        self.tables().table(date).expect("a table for every date")
    }

    pub fn policy(&self, settings: &Settings) -> Policy {
        self.row.definition.queue.effective(settings)
    }

    /// Whether it is over, and only the counts of its seats are in memory.
    pub fn is_archived(&self) -> bool {
        self.seats.is_archived()
    }

    /// Seats that one user may hold and own.
    pub fn seat_limit(&self, settings: &Settings) -> u32 {
        self.row.definition.seat_limit.unwrap_or(settings.seat_limit)
    }

    /// Whether it is listed: not a draft.
    pub fn is_public(&self) -> bool {
        self.row.definition.status != SaleStatus::Draft
    }

    /// Whether places can be taken: on sale and not closed; the lobby before the opening counts.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.row.definition.status == SaleStatus::OnSale && self.closes_at.is_none_or(|at| now < at)
    }

    /// When the lobby ends; `None` when the sale opens with its status.
    pub fn opens_at(&self) -> Option<Timestamp> {
        self.opens_at
    }

    /// What the wall clock shows at `now`.
    pub fn wall(&self, now: Timestamp) -> WallTime {
        self.clock.wall(now)
    }

    /// Whether the opening has come. One that was moved later is still to come, whoever was admitted before.
    pub fn has_opened(&self, now: Timestamp) -> bool {
        self.opens_at.is_none_or(|at| at <= now)
    }

    /// Whether the sale was on and is over.
    pub fn is_closed(&self, now: Timestamp) -> bool {
        self.is_public() && !self.is_open(now)
    }

    /// The status as it stands at `now`, the closing time included.
    pub fn status(&self, now: Timestamp) -> SaleStatus {
        if self.is_closed(now) { SaleStatus::Closed } else { self.row.definition.status }
    }

    /// The performances that have not begun, ascending.
    pub fn bookable(&self, now: Timestamp) -> impl Iterator<Item = &Performance> {
        let wall = self.wall(now);
        self.row.definition.performances.iter().filter(move |performance| wall < performance.bookable_until)
    }

    /// Whether the concert has a performance on `date` that has not begun.
    pub fn is_bookable(&self, date: CalendarDate, now: Timestamp) -> bool {
        self.row.definition.performance(date).is_some_and(|performance| self.wall(now) < performance.bookable_until)
    }

    /// The bookable dates with a free seat, ascending.
    pub fn available_dates(&self, now: Timestamp) -> Vec<CalendarDate> {
        let dates = self.bookable(now).map(|performance| performance.date);
        dates.filter(|date| self.has_free(*date, now)).collect()
    }

    /// Whether any seat of a date is free at `now`.
    fn has_free(&self, date: CalendarDate, now: Timestamp) -> bool {
        self.seats.has_untaken(date) || self.lapsed(now).any(|key| key.date == date)
    }

    /// The seats whose holds have lapsed at `now` though no tick has noted it yet: none but in the moment before one.
    fn lapsed(&self, now: Timestamp) -> impl Iterator<Item = SeatKey> {
        let due = self.deadlines.iter().take_while(move |(at, _)| *at <= now);
        due.filter_map(|(_, due)| match due {
            Due::HoldLapse(key) => Some(*key),
            Due::ActiveEnd(_) | Due::Opening | Due::Closing | Due::CloseOut | Due::Admission | Due::Archive => None,
        })
    }

    /// Those of a date.
    pub(super) fn lapsed_of(&self, date: CalendarDate, now: Timestamp) -> Vec<u32> {
        self.lapsed(now).filter(|key| key.date == date).map(|key| key.seat).collect()
    }

    /// The live place of a user.
    pub fn live_place(&self, user: UserId) -> Option<Sequence> {
        self.queue.of_user(user)
    }

    /// How the place of a token stands at `now`, whatever ticks are still to come.
    pub fn standing(&self, bearer: Bearer, now: Timestamp, settings: &Settings) -> Standing {
        if let Some(place) = self.queue.active().get(&bearer.sequence) {
            return if place.user == bearer.user { self.active_standing(place, now, settings) } else { Standing::Gone };
        }
        match self.queue.waiting().get(bearer.sequence) {
            Some(place) if place.user == bearer.user => {
                if self.is_closed(now) {
                    Standing::Ended(EndReason::Closed)
                } else {
                    Standing::Waiting
                }
            }
            _ => Standing::Gone,
        }
    }

    pub(super) fn active_standing(&self, place: &Active, now: Timestamp, settings: &Settings) -> Standing {
        let reserving = if now < place.active_until { Reserving::Open } else { Reserving::Over };
        let last_hold = place.holds.last();
        match last_hold {
            Some(last) if now < last => {
                let end = if settings.end_on_hold_lapse { last } else { last.max(place.active_until) };
                Standing::Active { expires_at: end, reserving }
            }
            Some(_) if settings.end_on_hold_lapse => Standing::Ended(EndReason::HoldLapsed),
            // What came first ended it, even when no tick has noted it yet.
            _ if self.is_closed(now.min(place.active_until.max(last_hold.unwrap_or_default()))) => {
                Standing::Ended(EndReason::Closed)
            }
            _ if reserving == Reserving::Over => Standing::Ended(EndReason::TimedOut),
            _ => Standing::Active { expires_at: place.active_until, reserving },
        }
    }

    /// What the client of a live place is told; `None` when it has ended.
    pub fn place_view(&self, bearer: Bearer, now: Timestamp, settings: &Settings) -> Option<PlaceView> {
        match self.standing(bearer, now, settings) {
            Standing::Waiting => {
                let position = self.queue.position(bearer.sequence);
                Some(PlaceView::Waiting {
                    position,
                    estimated_wait_seconds: self.estimated_wait_seconds(position, now, settings),
                    poll_after_seconds: self.poll_after_seconds(position, now, settings),
                })
            }
            Standing::Active { expires_at, reserving } => {
                Some(PlaceView::Active { expires_at: self.wall(expires_at), reserving })
            }
            Standing::Ended(_) | Standing::Gone => None,
        }
    }

    /// A live place with all that its user is told of it; `None` when it has ended.
    pub fn issued_place(&self, bearer: Bearer, now: Timestamp, settings: &Settings) -> Option<IssuedPlace> {
        let view = self.place_view(bearer, now, settings)?;
        let Bearer { concert, sequence, .. } = bearer;
        let (opens_at, offset) = (self.opens_at, self.clock.anchor.offset);
        Some(IssuedPlace { concert, sequence, view, at: now, opens_at, offset })
    }

    /// Whether the user has an ACTIVE place at `now`.
    pub fn is_active(&self, user: UserId, now: Timestamp, settings: &Settings) -> bool {
        self.live_place(user).is_some_and(|sequence| {
            let bearer = Bearer { concert: self.no, sequence, user };
            matches!(self.standing(bearer, now, settings), Standing::Active { .. })
        })
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

    /// Seats of a date that a user holds or owns at `now`, ascending.
    pub fn seats_of(&self, user: UserId, date: CalendarDate, now: Timestamp) -> Vec<u32> {
        let place = self.live_place(user).and_then(|sequence| self.queue.active().get(&sequence));
        let holds = place.into_iter().flat_map(|place| place.holds.of_date(date));
        let held = holds.filter(|(_, expires_at)| now < *expires_at).map(|(seat, _)| seat);
        let mut seats: Vec<u32> = held.chain(self.tables().owned().of_date(user, date)).collect();
        seats.sort_unstable();
        seats
    }

    pub fn stats(&self, now: Timestamp) -> Stats {
        let mut lapsed = BTreeMap::<CalendarDate, u32>::new();
        self.lapsed(now).for_each(|key| *lapsed.entry(key.date).or_default() += 1);
        let dates: Vec<DateStats> = self.seats.stats(|date| lapsed.get(&date).copied().unwrap_or(0)).collect();
        Stats {
            waiting: self.queue.waiting().len() as u64,
            active: self.queue.active().len() as u64,
            admitted: self.counters.admitted,
            admissions_per_minute: self.admissions.within(now, 60_000),
            revenue: dates.iter().map(|date| date.revenue).sum(),
            dates,
        }
    }

    /// When something is due next.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(at, _)| *at)
    }
}
