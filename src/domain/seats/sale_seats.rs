//! The seats of a sale: every one while the sale goes on, their counts alone once it is archived, so that neither memory
//! nor a start grows with all that was ever sold.

use std::collections::BTreeMap;

use super::owned_seats::OwnedSeats;
use super::seat_table::{DateStats, SeatTable};
use crate::domain::words::{
    Archive, ArchivedDate, CalendarDate, ConcertNo, Definition, Layout, RowFault, Rows, SeatKey, SeatRow, UserId,
    tables,
};

/// What is kept of a sale's seats in memory.
#[derive(Debug)]
pub(crate) enum SaleSeats {
    Whole(SeatTables),
    /// How each date of an archived sale stands; its seats are read from their rows where they are needed.
    Archived(BTreeMap<CalendarDate, DateStats>),
}

/// The seats of every date, and who owns those that are sold.
#[derive(Debug)]
pub struct SeatTables {
    tables: BTreeMap<CalendarDate, SeatTable>,
    owned: OwnedSeats,
}

impl SaleSeats {
    /// The seats of an archived sale, as its row tells.
    pub(crate) fn archived(definition: &Definition, row: &Archive) -> Self {
        let dates = definition.performances.iter().map(|performance| {
            let told = row.dates.iter().find(|told| told.date == performance.date);
            let none = ArchivedDate::none(performance.date);
            let ArchivedDate { date, sold, blocked, revenue } = *told.unwrap_or(&none);
            // What a damaged row tells too much of is left to `jari verify`.
            let free = performance.layout.seats().saturating_sub(sold).saturating_sub(blocked);
            (date, DateStats { date, free, held: 0, sold, blocked, revenue })
        });
        Self::Archived(dates.collect())
    }

    /// The seats one by one; `None` once the sale is archived.
    pub(crate) fn whole(&self) -> Option<&SeatTables> {
        match self {
            Self::Whole(tables) => Some(tables),
            Self::Archived(_) => None,
        }
    }

    /// The same, to be changed, where the sale is not archived.
    pub(crate) fn whole_mut(&mut self) -> &mut SeatTables {
        match self {
            Self::Whole(tables) => tables,
            Self::Archived(_) => unreachable!("the seats of an archived sale do not change but over the counter"),
        }
    }

    pub(crate) fn is_archived(&self) -> bool {
        self.whole().is_none()
    }

    /// Lets go of the seats and keeps their counts, none of which is held.
    pub(crate) fn archive(&mut self) {
        *self = Self::Archived(self.stats(|_| 0).map(|stats| (stats.date, stats)).collect());
    }

    /// The row of an archived sale; `None` while its seats are in memory.
    pub(crate) fn archive_row(&self) -> Option<Archive> {
        let Self::Archived(dates) = self else { return None };
        let told = dates.values().filter(|stats| stats.sold > 0 || stats.blocked > 0);
        let dates = told.map(|stats| {
            let DateStats { date, sold, blocked, revenue, .. } = *stats;
            ArchivedDate { date, sold, blocked, revenue }
        });
        Some(Archive { dates: dates.collect() })
    }

    /// The numbers of every date, ascending; `lapsed` tells how many of a date's holds have lapsed.
    pub(crate) fn stats(&self, lapsed: impl Fn(CalendarDate) -> u32) -> impl Iterator<Item = DateStats> {
        let (whole, archived) = match self {
            Self::Whole(whole) => (Some(&whole.tables), None),
            Self::Archived(dates) => (None, Some(dates.values().copied())),
        };
        let whole = whole.into_iter().flatten().map(move |(date, table)| table.stats(*date, lapsed(*date)));
        whole.chain(archived.into_iter().flatten())
    }

    /// Seats of a date that are free though no hold has lapsed.
    pub(crate) fn untaken(&self, date: CalendarDate) -> u32 {
        match self {
            Self::Whole(whole) => whole.table(date).map_or(0, SeatTable::untaken),
            Self::Archived(dates) => dates.get(&date).map_or(0, |stats| stats.free),
        }
    }

    /// Frees a blocked seat.
    pub(crate) fn unblock(&mut self, key: SeatKey) {
        match self {
            Self::Whole(whole) => whole.table_mut(key.date).unblock(key.seat),
            Self::Archived(dates) => {
                let stats = dates.get_mut(&key.date).expect("judged: the concert has the date");
                (stats.free, stats.blocked) = (stats.free + 1, stats.blocked - 1);
            }
        }
    }

    /// Sells a free seat; `user` is whose it is, unless a guest bought it.
    pub(crate) fn sell_free(&mut self, user: Option<UserId>, key: SeatKey, amount: u32, layout: &Layout) {
        match self {
            Self::Whole(whole) => {
                whole.table_mut(key.date).sell_free(key.seat, amount, layout);
                user.into_iter().for_each(|user| whole.owned.insert(user, key));
            }
            Self::Archived(dates) => {
                let stats = dates.get_mut(&key.date).expect("judged: the concert has the date");
                (stats.free, stats.sold) = (stats.free - 1, stats.sold + 1);
                stats.revenue += u64::from(amount);
            }
        }
    }

    /// Frees a sold seat; `user` is who owned it, unless a guest did.
    pub(crate) fn refund(&mut self, user: Option<UserId>, key: SeatKey, amount: u32) {
        match self {
            Self::Whole(whole) => {
                whole.table_mut(key.date).refund(key.seat, amount);
                user.into_iter().for_each(|user| whole.owned.remove(user, key));
            }
            Self::Archived(dates) => {
                let stats = dates.get_mut(&key.date).expect("a date with sold seats is not taken away");
                (stats.free, stats.sold) = (stats.free + 1, stats.sold - 1);
                stats.revenue -= u64::from(amount);
            }
        }
    }
}

impl SeatTables {
    /// The dates of a definition, without a taken seat.
    pub fn new(definition: &Definition) -> Self {
        let dates = definition.performances.iter();
        let tables = dates.map(|performance| (performance.date, SeatTable::new(&performance.layout))).collect();
        Self { tables, owned: OwnedSeats::default() }
    }

    /// The seats of an archived sale as their rows tell. It takes as long as there are sold seats.
    ///
    /// # Errors
    /// A row could not be read.
    pub fn read(rows: &impl Rows, concert: ConcertNo, definition: &Definition) -> Result<Self, RowFault> {
        let mut seats = Self::new(definition);
        rows.each_of_concert::<tables::Seats, _>(concert, |key, row| seats.restore(key, row, definition))?;
        rows.each_of_concert::<tables::Blocked, _>(concert, |key, _| seats.restore_blocked(key, definition))?;
        Ok(seats)
    }

    /// Takes up the row of a seat; that of a date which the concert does not have is left to `jari verify`.
    pub fn restore(&mut self, key: SeatKey, row: SeatRow, definition: &Definition) {
        let Some(performance) = definition.performance(key.date) else { return };
        let (layout, table) = (&performance.layout, self.table_mut(key.date));
        match row {
            SeatRow::Held { .. } => table.hold(key.seat, row, layout),
            SeatRow::Sold { user, amount, .. } => {
                table.sell_free(key.seat, amount, layout);
                user.into_iter().for_each(|user| self.owned.insert(user, key));
            }
        }
    }

    /// Takes up the row of a blocked seat; that of a date which the concert does not have is left to `jari verify`.
    pub fn restore_blocked(&mut self, key: SeatKey, definition: &Definition) {
        if let Some(performance) = definition.performance(key.date) {
            self.table_mut(key.date).block(key.seat, &performance.layout);
        }
    }

    /// The seats of a date.
    pub fn table(&self, date: CalendarDate) -> Option<&SeatTable> {
        self.tables.get(&date)
    }

    /// The seats of a date that the concert has.
    pub fn table_mut(&mut self, date: CalendarDate) -> &mut SeatTable {
        self.tables.get_mut(&date).expect("a table for every date")
    }

    /// The dates, ascending, and their seats.
    pub fn iter(&self) -> impl Iterator<Item = (CalendarDate, &SeatTable)> {
        self.tables.iter().map(|(date, table)| (*date, table))
    }

    /// Who owns the sold seats.
    pub fn owned(&self) -> &OwnedSeats {
        &self.owned
    }

    /// Turns a hold of `user` into a sale.
    pub fn sell(&mut self, user: UserId, key: SeatKey, amount: u32) {
        self.table_mut(key.date).sell(key.seat, amount);
        self.owned.insert(user, key);
    }

    /// Gives every date of the definition its table and takes the tables of others away.
    pub fn lay_out(&mut self, definition: &Definition) {
        self.tables.retain(|date, _| definition.performance(*date).is_some());
        for performance in &definition.performances {
            let layout = &performance.layout;
            let new = || SeatTable::new(layout);
            self.tables.entry(performance.date).or_insert_with(new).lay_out(layout);
        }
    }
}
