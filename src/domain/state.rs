//! Everything that the core keeps in memory: settings, totals and the sales; rebuilt from stored rows at start.

mod restoration;

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::effects::Effects;
use crate::domain::operators::Operators;
use crate::domain::ownership::Ownership;
use crate::domain::queue::Queue;
use crate::domain::sale::{Pace, Sale};
use crate::domain::words::{
    Change, ClockRow, ConcertId, ConcertNo, ConcertRow, ConcertWritten, Digest, EndReason, Rejection, SaleStatus,
    Sequence, Settings, Table, Timestamp, Totals, UserId, WallTime, tables,
};

/// The state that commands change. Equal logs give equal states.
#[derive(Debug, Default)]
pub struct State {
    pub(super) settings: Settings,
    pub(super) clock: ClockRow,
    pub(super) totals: Totals,
    /// Over what became of every command.
    digest: Digest,
    is_digest_unwritten: bool,
    pub(super) ownership: Ownership,
    pub(super) operators: Operators,
    /// The latest time of all commands.
    latest: Timestamp,
    pub(super) sales: BTreeMap<ConcertNo, Sale>,
    ids: BTreeMap<ConcertId, ConcertNo>,
    /// The sales with live queue places.
    queued: BTreeSet<ConcertNo>,
    /// The sales that are on sale by their status, those whose closing time has come until a tick notes it included.
    on_sale: BTreeSet<ConcertNo>,
    /// When each sale has something due next.
    due: BTreeSet<(Timestamp, ConcertNo)>,
    /// Where each sale stands in `due`.
    due_of: BTreeMap<ConcertNo, Timestamp>,
    /// The sales of which the time or the minute was not written since it moved.
    pub(super) unwritten: BTreeSet<ConcertNo>,
}

impl State {
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn clock(&self) -> &ClockRow {
        &self.clock
    }

    /// What the wall clock shows at `now`.
    pub fn wall(&self, now: Timestamp) -> WallTime {
        self.clock.wall(now)
    }

    /// The keys of operators.
    pub fn operators(&self) -> &Operators {
        &self.operators
    }

    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Over what became of every command: equal histories have equal ones.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Takes what became of a command into the digest.
    pub(super) fn digest_all(&mut self, numbers: impl IntoIterator<Item = u64>) {
        self.digest = self.digest.with_all(numbers);
        self.is_digest_unwritten = true;
    }

    /// The latest time of all commands.
    pub fn latest(&self) -> Timestamp {
        self.latest
    }

    /// Gives a command its time: that which the leader stamped it with, or that of an earlier command where that is
    /// later. A command `about` one concert asks and moves the time of that concert alone, so that whoever leads another
    /// one has no part in it.
    pub(super) fn enter(&mut self, about: Option<ConcertNo>, stamped: Timestamp, effects: &mut Effects<'_>) {
        if let Some(sale) = about.and_then(|concert| self.sale(concert)) {
            effects.now = stamped.max(sale.now());
            self.enter_concert(sale.no, effects.now);
        } else {
            effects.now = stamped.max(self.latest);
            effects.totals.now = effects.now;
        }
        self.latest = self.latest.max(effects.now);
    }

    /// Moves the time of a concert, unless it is later already.
    pub(super) fn enter_concert(&mut self, concert: ConcertNo, now: Timestamp) {
        if let Some(sale) = self.sales.get_mut(&concert)
            && sale.now < now
        {
            sale.now = now;
            self.unwritten.insert(concert);
        }
    }

    /// The rows that almost every command moves, as the newest one has left them: the digest, the time of a concert and
    /// the counts of its minute. They are written once an entry, behind its last command, and not once a command.
    pub fn flush(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        if std::mem::take(&mut self.is_digest_unwritten) {
            changes.push(tables::Digest::change((), Some(self.digest)));
        }
        for concert in std::mem::take(&mut self.unwritten) {
            changes.extend(self.sales.get_mut(&concert).into_iter().flat_map(Sale::flush));
        }
        changes
    }

    /// The sales in order of their creation.
    pub fn sales(&self) -> impl DoubleEndedIterator<Item = &Sale> {
        self.sales.values()
    }

    /// The sales from number `from` on, in order of their creation.
    pub fn sales_from(&self, from: ConcertNo) -> impl Iterator<Item = &Sale> {
        self.sales.range(from..).map(|(_, sale)| sale)
    }

    /// The sales with live queue places from number `from` on, in order of their creation.
    pub fn queued(&self, from: ConcertNo) -> impl Iterator<Item = &Sale> {
        self.queued.range(from..).map(|no| &self.sales[no])
    }

    /// The sales on which places can be taken at `now`, in order of their creation.
    pub fn open(&self, now: Timestamp) -> impl Iterator<Item = &Sale> {
        self.on_sale.iter().map(|no| &self.sales[no]).filter(move |sale| sale.is_open(now))
    }

    pub fn sale(&self, concert: ConcertNo) -> Option<&Sale> {
        self.sales.get(&concert)
    }

    /// A sale that a command names.
    pub(super) fn existing(&self, concert: ConcertNo) -> Result<&Sale, Rejection> {
        self.sale(concert).ok_or(Rejection::ConcertNotFound)
    }

    /// The sale that the plan of a command is about.
    ///
    /// # Panics
    /// When there is none: the judge has found it.
    pub(super) fn planned(&mut self, concert: ConcertNo) -> &mut Sale {
        self.planned_with_settings(concert).0
    }

    /// The same, with the settings in force.
    ///
    /// # Panics
    /// As for [`State::planned`].
    pub(super) fn planned_with_settings(&mut self, concert: ConcertNo) -> (&mut Sale, &Settings) {
        (self.sales.get_mut(&concert).expect("a plan is about a sale that there is"), &self.settings)
    }

    /// What writing a concert answers.
    pub(super) fn concert_written(&self, concert: ConcertNo) -> ConcertWritten {
        let row = Box::new(self.sales[&concert].row().clone());
        ConcertWritten { concert, row, settings: Box::new(self.settings.clone()) }
    }

    pub fn concert_no(&self, id: &ConcertId) -> Option<ConcertNo> {
        self.ids.get(id).copied()
    }

    /// The sale that has something due first, and when.
    pub fn next_deadline(&self) -> Option<(Timestamp, ConcertNo)> {
        self.due.first().copied()
    }

    /// When each sale at which something is to happen has that due, the next first.
    pub fn deadlines(&self) -> impl Iterator<Item = (Timestamp, ConcertNo)> {
        self.due.iter().copied()
    }

    /// The sales that have something due at `now`.
    pub fn due(&self, now: Timestamp) -> impl Iterator<Item = ConcertNo> {
        self.due.iter().take_while(move |(at, _)| *at <= now).map(|(_, concert)| *concert)
    }

    pub(super) fn add_sale(&mut self, no: ConcertNo, row: ConcertRow) {
        self.ids.insert(row.id.clone(), no);
        self.sales.insert(no, Sale::new(no, row, self.clock));
    }

    /// Takes a sale away. The indices forget it when it is noted.
    ///
    /// # Panics
    /// As for [`State::planned`].
    pub(super) fn remove_sale(&mut self, no: ConcertNo) -> Sale {
        let sale = self.sales.remove(&no).expect("a plan is about a sale that there is");
        self.ids.remove(sale.id());
        sale
    }

    /// Brings the indices up to date with a sale that may have changed, so that those at which nothing happens any more
    /// are never walked.
    pub(super) fn note(&mut self, no: ConcertNo) {
        let sale = self.sales.get_mut(&no).map(|sale| {
            sale.set_archive_due();
            &*sale
        });
        if sale.is_some_and(|sale| sale.queue().live() > 0) {
            self.queued.insert(no);
        } else {
            self.queued.remove(&no);
        }
        if sale.is_some_and(|sale| sale.row().definition.status == SaleStatus::OnSale) {
            self.on_sale.insert(no);
        } else {
            self.on_sale.remove(&no);
        }
        let next = sale.and_then(Sale::next_deadline);
        if self.due_of.get(&no).copied() == next {
            return;
        }
        if let Some(before) = self.due_of.remove(&no) {
            self.due.remove(&(before, no));
        }
        if let Some(next) = next {
            self.due_of.insert(no, next);
            self.due.insert((next, no));
        }
    }

    /// Does what is due at a concert and admits whom the policy allows.
    pub(super) fn advance(&mut self, concert: ConcertNo, pace: Pace, effects: &mut Effects<'_>) {
        self.enter_concert(concert, effects.now);
        if let Some(sale) = self.sales.get_mut(&concert) {
            effects.as_due(|effects| sale.advance(effects.now, &self.settings, pace, effects));
        }
        self.note(concert);
    }

    /// Ends as abandoned those of the places for which `is_overdue` still holds; whom a closing ends is the closing's.
    pub(super) fn abandon_places(
        &mut self,
        concert: ConcertNo,
        sequences: &[Sequence],
        is_overdue: impl Fn(&Queue, Sequence) -> bool,
        effects: &mut Effects<'_>,
    ) {
        let Some(sale) = self.sales.get_mut(&concert).filter(|sale| !sale.is_closed(effects.now)) else { return };
        for sequence in sequences {
            if is_overdue(sale.queue(), *sequence) {
                sale.end_place(*sequence, EndReason::Abandoned, effects.now, effects);
            }
        }
    }

    /// Ends all live places of a user; what they held is free, and who waits behind them moves up.
    pub(super) fn end_places_of(&mut self, user: UserId, reason: EndReason, effects: &mut Effects<'_>) {
        let place = |sale: &Sale| sale.live_place(user).map(|sequence| (sale.no, sequence));
        let places: Vec<(ConcertNo, Sequence)> = self.queued(ConcertNo(0)).filter_map(place).collect();
        for (concert, sequence) in places {
            let (sale, settings) = self.planned_with_settings(concert);
            sale.settle(sequence, effects.now, settings, effects);
            if sale.live_place(user) == Some(sequence) {
                sale.end_place(sequence, reason, effects.now, effects);
            }
            self.advance(concert, Pace::Few, effects);
        }
    }
}
