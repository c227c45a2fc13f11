//! Which taken seats another definition would take away or, but for blocked ones, call otherwise. What a buyer was told of a seat stays: its
//! section, its row, and what row and seat are called. Prices, and where a section lies on the plan, may change.

use super::sale_seats::SeatTables;
use super::seat_table::SeatTable;
use super::spots::Spots;
use crate::domain::words::{Block, CalendarDate, Definition, Layout, Numbering, SeatKey, SectionRows, Timestamp};

/// Seats that one refusal names.
pub(super) const SEATS_NAMED_MAX: usize = 20;

/// The first seats in use at `now` that a change of the definition would take away or call otherwise, ascending, at most
/// [`SEATS_NAMED_MAX`]. It takes as long as there are taken seats and sections, together.
pub(crate) fn displaced(seats: &SeatTables, before: &Definition, after: &Definition, now: Timestamp) -> Vec<SeatKey> {
    let mut found = Vec::new();
    for (date, table) in seats.iter() {
        let old = &before.performance(date).expect("a performance for every table").layout;
        let room = SEATS_NAMED_MAX - found.len();
        let in_use = table.taken().filter(|seat| !table.is_free(*seat, now)).map(|seat| SeatKey { date, seat });
        match after.performance(date).map(|performance| &performance.layout) {
            None => found.extend(in_use.take(room)),
            Some(new) if is_told_as(old, new) => {}
            Some(new) => {
                let (mut before, mut after) = (Spots::new(old), Spots::new(new));
                let mut stays = |seat| match (before.of(seat), after.of(seat)) {
                    // Nobody was told a word of a blocked seat.
                    (Some(before), Some(after)) => table.is_blocked(seat) || before.is_told_as(&after),
                    (Some(_) | None, None) | (None, Some(_)) => false,
                };
                found.extend(in_use.filter(|key| !stays(key.seat)).take(room));
            }
        }
    }
    found
}

/// The first seats that are held or sold at `now`, over all dates, at most [`SEATS_NAMED_MAX`].
pub(crate) fn in_use_anywhere(seats: &SeatTables, now: Timestamp) -> Vec<SeatKey> {
    seats.iter().flat_map(|(date, table)| in_use(table, date, now)).take(SEATS_NAMED_MAX).collect()
}

/// The seats of a date that are held or sold at `now`, ascending.
fn in_use(table: &SeatTable, date: CalendarDate, now: Timestamp) -> impl Iterator<Item = SeatKey> {
    let seats = table.taken().filter(move |seat| !table.is_free(*seat, now) && !table.is_blocked(*seat));
    seats.map(move |seat| SeatKey { date, seat })
}

/// What its seats are told by.
fn words(block: Block<'_>) -> (&str, u32, Option<(&SectionRows, Numbering)>) {
    (block.name, block.seats, block.section.map(|section| (&section.rows, section.numbering)))
}

/// Whether two layouts have the same seats in the same words.
fn is_told_as(old: &Layout, new: &Layout) -> bool {
    old.blocks().map(words).eq(new.blocks().map(words))
}
