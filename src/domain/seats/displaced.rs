//! Which taken seats another definition would take away or lay elsewhere. A seat lies where it does by its section, its
//! row and its place in the row; prices do not matter.

use super::sale_seats::SeatTables;
use super::seat_table::SeatTable;
use super::spots::Spots;
use crate::domain::words::{Block, CalendarDate, Definition, Layout, SeatKey, Timestamp};

/// Seats that one refusal names.
pub(super) const SEATS_NAMED_MAX: usize = 20;

/// The first seats in use at `now` that a change of the definition would take away or lay elsewhere, ascending, at most
/// [`SEATS_NAMED_MAX`]. It takes as long as there are taken seats and sections, together.
pub(crate) fn displaced(seats: &SeatTables, before: &Definition, after: &Definition, now: Timestamp) -> Vec<SeatKey> {
    let mut found = Vec::new();
    for (date, table) in seats.iter() {
        let old = &before.performance(date).expect("a performance for every table").layout;
        let room = SEATS_NAMED_MAX - found.len();
        let in_use = in_use(table, date, now);
        match after.performance(date).map(|performance| &performance.layout) {
            None => found.extend(in_use.take(room)),
            Some(new) if lies_as(old, new) => {}
            Some(new) => {
                let (mut before, mut after) = (Spots::new(old), Spots::new(new));
                found.extend(in_use.filter(|key| before.of(key.seat) != after.of(key.seat)).take(room));
            }
        }
    }
    found
}

/// The first seats in use at `now`, over all dates, at most [`SEATS_NAMED_MAX`].
pub(crate) fn in_use_anywhere(seats: &SeatTables, now: Timestamp) -> Vec<SeatKey> {
    seats.iter().flat_map(|(date, table)| in_use(table, date, now)).take(SEATS_NAMED_MAX).collect()
}

/// The seats of a date that are held or sold at `now`, ascending.
fn in_use(table: &SeatTable, date: CalendarDate, now: Timestamp) -> impl Iterator<Item = SeatKey> {
    let seats = table.taken().filter(move |seat| !table.is_free(*seat, now));
    seats.map(move |seat| SeatKey { date, seat })
}

/// Whether two layouts differ in prices at most.
fn lies_as(old: &Layout, new: &Layout) -> bool {
    let (old, new) = (old.blocks(), new.blocks());
    let lies = |(old, new): (&Block<'_>, &Block<'_>)| {
        (old.name, old.seats, old.seats_per_row) == (new.name, new.seats, new.seats_per_row)
    };
    old.len() == new.len() && old.iter().zip(&new).all(lies)
}
