//! One concert at run time: its definition, queue, seats and deadlines.
//!
//! What can be read of it is also in `availability`, `standing` and `waiting_time`; how it changes is in `transitions`
//! (queue places, admission, holds), in `archive` and in the commands.

mod archive;
mod availability;
mod calling_off;
mod due;
mod pace;
mod restore;
mod standing;
mod stats;
mod transitions;
mod waiting_time;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) use self::due::Due;
pub(crate) use self::pace::Pace;
pub use self::pace::STEP_MAX;
pub use self::stats::Stats;
use crate::domain::effects::Effects;
use crate::domain::queue::{Admissions, Queue};
use crate::domain::seats::{DateStats, SaleSeats, SeatTables};
use crate::domain::words::{
    Admission, CalendarDate, CallingOff, Change, ClockRow, ConcertId, ConcertNo, ConcertRow, CountedMinute, Counters,
    Definition, EventData, Minute, Performance, Policy, QueuePolicy, SaleStatus, Sequence, SeriesRow, Settings, Table,
    Timestamp, UserId, WallTime, tables,
};

/// For how long a closed concert stays in the public list behind the beginning of its last date: 30 days.
const LISTED_SECONDS: u32 = 30 * 86_400;

/// One concert at run time.
#[derive(Debug)]
pub struct Sale {
    pub no: ConcertNo,
    pub(super) row: ConcertRow,
    /// The latest time that a command carried here.
    pub(super) now: Timestamp,
    clock: ClockRow,
    /// When it opens and when it closes; both move when the wall clock is set right.
    opens_at: Option<Timestamp>,
    closes_at: Option<Timestamp>,
    pub(super) counters: Counters,
    /// The newest minute in which something was counted since the start, and what was.
    pub(super) minute: Option<CountedMinute>,
    queue: Queue,
    pub(super) admissions: Admissions,
    pub(super) seats: SaleSeats,
    /// How the money of dates that are called off goes back.
    callings_off: BTreeMap<CalendarDate, CallingOff>,
    deadlines: BTreeSet<(Timestamp, Due)>,
    /// Where [`Due::Admission`] stands in `deadlines`.
    admission_due: Option<Timestamp>,
    /// Where [`Due::Archive`] stands in `deadlines`.
    archive_due: Option<Timestamp>,
}

impl Sale {
    /// A sale without places and taken seats.
    pub fn new(no: ConcertNo, row: ConcertRow, clock: ClockRow) -> Self {
        let seats = SaleSeats::Whole(SeatTables::new(&row.definition));
        let mut sale = Self {
            no,
            row,
            now: Timestamp::default(),
            clock,
            opens_at: None,
            closes_at: None,
            counters: Counters::default(),
            minute: None,
            queue: Queue::default(),
            admissions: Admissions::default(),
            seats,
            callings_off: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            admission_due: None,
            archive_due: None,
        };
        sale.set_opening_deadlines();
        sale
    }

    /// Takes up a wall clock that was set right.
    pub(super) fn set_clock(&mut self, clock: ClockRow) {
        self.clock = clock;
        self.set_opening_deadlines();
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

    /// Writes the concert's row as its next revision.
    pub(in crate::domain) fn write_row(&mut self, effects: &mut Effects<'_>) {
        self.row.revision += 1;
        self.row.updated_at = effects.wall();
        effects.put::<tables::Concerts>(self.no, Box::new(self.row.clone()));
        effects.event(Some(self.no), EventData::ConcertChanged { revision: self.row.revision });
    }

    pub fn id(&self) -> &ConcertId {
        &self.row.id
    }

    pub fn row(&self) -> &ConcertRow {
        &self.row
    }

    /// The latest time that a command carried here.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The newest minute in which something was counted here since the start, and what was.
    pub fn minute(&self) -> Option<(Minute, SeriesRow)> {
        self.minute.map(|counted| (counted.minute, counted.row))
    }

    /// The rows that are written once an entry: they count as written then.
    pub(in crate::domain) fn flush(&mut self) -> impl Iterator<Item = Change> + use<> {
        let (no, time) = (self.no, tables::Times::change(self.no, Some(self.now)));
        let unwritten = self.minute.as_mut().filter(|counted| !counted.is_written).map(|counted| {
            counted.is_written = true;
            tables::Series::change((no, counted.minute), Some(counted.row))
        });
        std::iter::once(time).chain(unwritten)
    }

    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    pub fn policy(&self, settings: &Settings) -> Policy {
        self.row.definition.queue.effective(settings)
    }

    /// Whether its admission is paused.
    pub fn is_paused(&self) -> bool {
        self.row.definition.queue.admission == Admission::Paused
    }

    /// From when on a place has to be seen: the opening, or the end of the newest pause where that is later.
    pub fn missed_from(&self) -> Timestamp {
        self.opens_at.unwrap_or_default().max(self.row.resumed_at.unwrap_or_default())
    }

    /// Takes up another queue policy, and notes the end of a pause.
    pub(in crate::domain) fn set_queue_policy(&mut self, policy: QueuePolicy, now: Timestamp) {
        self.note_resumption(&policy, now);
        Arc::make_mut(&mut self.row.definition).queue = policy;
    }

    /// Takes up another definition, and notes the end of a pause; gives the one before.
    pub(in crate::domain) fn set_definition(&mut self, definition: Definition, now: Timestamp) -> Arc<Definition> {
        self.note_resumption(&definition.queue, now);
        std::mem::replace(&mut self.row.definition, Arc::new(definition))
    }

    /// Notes the end of a pause, before the policy that ends it is taken up.
    fn note_resumption(&mut self, policy: &QueuePolicy, now: Timestamp) {
        if self.is_paused() && policy.admission == Admission::Running {
            self.row.resumed_at = Some(now);
        }
    }

    /// Whether it is over, and only the counts of its seats are in memory.
    pub fn is_archived(&self) -> bool {
        self.seats.is_archived()
    }

    /// Seats that one user may hold and own.
    pub fn seat_limit(&self, settings: &Settings) -> u32 {
        self.row.definition.seat_limit.unwrap_or(settings.seat_limit)
    }

    /// Whether it is listed at `now`: it is public, and not closed with its last date long over.
    pub fn is_listed(&self, now: Timestamp) -> bool {
        let last = self.row.definition.performances.iter().map(|performance| performance.bookable_until).max();
        let is_long_over = last.is_some_and(|last| last.plus_seconds(LISTED_SECONDS) <= self.wall(now));
        self.is_public() && !(self.is_closed(now) && is_long_over)
    }

    /// Whether everybody may know of it: it is no draft.
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
        self.row.definition.status_at(self.wall(now))
    }

    /// The performances that have not begun, ascending.
    pub fn bookable(&self, now: Timestamp) -> impl Iterator<Item = &Performance> {
        let wall = self.wall(now);
        let takes_place = |performance: &&Performance| performance.called_off.is_none();
        let performances = self.row.definition.performances.iter().filter(takes_place);
        performances.filter(move |performance| wall < performance.bookable_until)
    }

    /// Whether the concert has a performance on `date` that has not begun.
    pub fn is_bookable(&self, date: CalendarDate, now: Timestamp) -> bool {
        let performance = self.row.definition.performance(date).filter(|it| it.called_off.is_none());
        performance.is_some_and(|performance| self.wall(now) < performance.bookable_until)
    }

    /// The live place of a user.
    pub fn live_place(&self, user: UserId) -> Option<Sequence> {
        self.queue.of_user(user)
    }

    /// When something is due next.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let calling_off = self.calling_off().map(|_| self.now);
        self.deadlines.first().map(|(at, _)| *at).into_iter().chain(calling_off).min()
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

    /// What is due, and when, ascending.
    pub(super) fn deadlines(&self) -> &BTreeSet<(Timestamp, Due)> {
        &self.deadlines
    }
}
