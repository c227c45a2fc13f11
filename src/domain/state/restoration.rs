//! A state taken up from its stored rows: what each of them is to it.

use super::State;
use crate::domain::sale::Sale;
use crate::domain::words::{
    Change, ConcertNo, RestoredChange, RowFault, StateChange, Table, Timestamp, Visit, WholeTables, tables, visit_state,
};

struct Restoring<'a, R> {
    rows: &'a R,
    state: State,
}

impl<R: WholeTables> Visit for Restoring<'_, R> {
    type Error = RowFault;

    fn visit<T: Table>(&mut self) -> Result<(), RowFault> {
        // Seats come last, and only those that are kept in memory: a start reads no seat of a sale that is over.
        if T::NAME == tables::Seats::NAME || T::NAME == tables::Blocked::NAME {
            return Ok(());
        }
        self.rows.each::<T>(|key, row| self.state.restore(T::change(key, Some(row))))
    }
}

impl State {
    /// The state that stored rows make.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn restored(rows: &impl WholeTables) -> Result<Self, RowFault> {
        let mut restoring = Restoring { rows, state: Self::default() };
        visit_state(&mut restoring)?;
        let mut state = restoring.state;
        let with_seats: Vec<ConcertNo> = state.sales().filter(|sale| !sale.is_archived()).map(|sale| sale.no).collect();
        for concert in with_seats {
            rows.each_of_concert::<tables::Seats, _>(concert, |seat, row| {
                state.restore(StateChange::Seats((concert, seat), Some(row)));
            })?;
            rows.each_of_concert::<tables::Blocked, _>(concert, |seat, row| {
                state.restore(StateChange::Blocked((concert, seat), Some(row)));
            })?;
        }
        state.index();
        Ok(state)
    }

    /// Takes up a stored row. Rows come in the order of the list of tables; the seats of archived sales are passed over.
    pub fn restore(&mut self, row: impl Into<Change>) {
        match row.into() {
            Change::State(row) => self.restore_followed(row),
            Change::Restored(row) => self.restore_unfollowed(row),
            Change::Record(_) => {}
        }
    }

    fn restore_followed(&mut self, row: StateChange) {
        match row {
            StateChange::Settings((), row) => self.settings = row.unwrap_or_default(),
            StateChange::Clock((), row) => self.clock = row.unwrap_or_default(),
            StateChange::Concerts(no, Some(row)) => self.add_sale(no, *row),
            StateChange::Places((no, sequence), Some(row)) => {
                self.sale_of_row(no, |it| it.restore_place(sequence, row));
            }
            StateChange::Archives(no, Some(row)) => self.sale_of_row(no, |it| it.restore_archive(&row)),
            StateChange::Seats((no, key), Some(row)) => self.sale_of_row(no, |it| it.restore_seat(key, row)),
            StateChange::Blocked((no, key), Some(_)) => self.sale_of_row(no, |it| it.restore_blocked(key)),
            StateChange::OperatorKeys(key, Some(row)) => self.operators.insert(key, *row),
            StateChange::OperatorKeys(key, None) => self.operators.remove(key),
            StateChange::Concerts(_, None)
            | StateChange::Places(_, None)
            | StateChange::Archives(_, None)
            | StateChange::Seats(_, None)
            | StateChange::Blocked(_, None) => {}
        }
    }

    fn restore_unfollowed(&mut self, row: RestoredChange) {
        match row {
            RestoredChange::Totals((), row) => self.totals = row.unwrap_or_default(),
            RestoredChange::Digest((), row) => self.digest = row.unwrap_or_default(),
            RestoredChange::Counters(no, row) => self.sale_of_row(no, |it| it.counters = row.unwrap_or_default()),
            RestoredChange::Times(no, row) => self.sale_of_row(no, |it| it.now = row.unwrap_or_default()),
            RestoredChange::CallingsOff((no, date), progress) => {
                self.sale_of_row(no, |it| it.restore_calling_off(date, progress.unwrap_or_default()));
            }
            RestoredChange::Members((), row) => self.ownership.members = row,
            RestoredChange::Cluster((), row) => self.ownership.cluster = row,
            RestoredChange::Slots(slot, row) => self.ownership.slots.extend(row.map(|row| (slot, row))),
            RestoredChange::Origins(node, row) => self.ownership.origins.extend(row.map(|row| (node, row))),
            RestoredChange::Admissions((no, at), count) => {
                self.sale_of_row(no, |it| it.admissions.restore(at, count.unwrap_or_default()));
            }
        }
    }

    /// Has the sale that a row is about take it up.
    fn sale_of_row(&mut self, no: ConcertNo, restore: impl FnOnce(&mut Sale)) {
        if let Some(sale) = self.sales.get_mut(&no) {
            restore(sale);
        }
    }

    /// Finishes a restoration: an admission or an ending that a command was to go on with is due at once.
    pub fn index(&mut self) {
        self.sales.values_mut().for_each(Sale::go_on);
        self.latest = self.sales().map(Sale::now).fold(self.totals.now, Timestamp::max);
        let all: Vec<ConcertNo> = self.sales.keys().copied().collect();
        for no in all {
            self.note(no);
        }
    }
}
