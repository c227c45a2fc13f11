//! Best available: adjacent seats of one row, the row nearest the front, and no orphan seat where it can be avoided.

use std::ops::Range;

use super::free_runs::{FreeRuns, Kind};
use super::seat_table::{SeatTable, length};
use crate::domain::words::{Block, Layout};

/// What adjacent seats are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub count: u32,
    /// Only in this section.
    pub section: Option<&'a str>,
    pub kind: Kind,
}

/// The first seat of the best run of adjacent seats that are free, or `None` when no row has one. The holds of the seats
/// `lapsed` have lapsed, though they still stand in the table.
///
/// The frontmost row that fits wins (by row number, then by the order of the sections); within it the leftmost run
/// among those that leave the fewest single free seats behind. Where [`Kind::Any`] is wanted, ordinary seats that fit
/// anywhere go before accessible ones.
pub(crate) fn best_run(layout: &Layout, seats: &SeatTable, wanted: Wanted<'_>, lapsed: &[u32]) -> Option<u32> {
    let Some(runs) = seats.runs() else { return best_of_untaken(layout, wanted) };
    let kinds: &[Kind] = match wanted.kind {
        Kind::Any if runs.tells_apart() => &[Kind::Ordinary, Kind::Any],
        Kind::Any => &[Kind::Any],
        Kind::Ordinary => &[Kind::Ordinary],
        Kind::Accessible => &[Kind::Accessible],
    };
    let best = |kind: &Kind| best_of_kind(layout, seats, runs, Wanted { kind: *kind, ..wanted }, lapsed);
    kinds.iter().find_map(best)
}

/// The best run of a date of which no seat was ever taken, and none is accessible.
fn best_of_untaken(layout: &Layout, wanted: Wanted<'_>) -> Option<u32> {
    let fits = |block: Block<'_>| {
        // Of equal rows none is longer than the first.
        let candidates = if block.seats_per_row().is_some() { 1 } else { usize::MAX };
        let row = block.rows().take(candidates).find(|row| length(&row.seats) >= wanted.count)?;
        Some((row.number, row.seats.start))
    };
    let blocks = layout.blocks().filter(|block| wanted.is_of_section(block) && wanted.kind != Kind::Accessible);
    blocks.filter_map(fits).min().map(|(_, first)| first)
}

fn best_of_kind(
    layout: &Layout,
    seats: &SeatTable,
    runs: &FreeRuns,
    wanted: Wanted<'_>,
    lapsed: &[u32],
) -> Option<u32> {
    let Wanted { count, section, kind } = wanted;
    let mut front = match section {
        None => runs.frontmost(kind, count),
        Some(_) => {
            let blocks = layout.blocks().filter(|block| wanted.is_of_section(block));
            let rows = blocks.map(|block| block.first..block.first + block.seats);
            rows.filter_map(|rows| runs.frontmost_of_block(kind, rows, count)).min()
        }
    };
    let taken = seats.taken_without(lapsed);
    let is_of_section = |seat: &&u32| layout.block_of(**seat).is_some_and(|block| wanted.is_of_section(&block));
    for seat in lapsed.iter().filter(is_of_section) {
        let row = runs.front_of(*seat);
        let fits = || runs.gaps_at(kind, row, &taken).iter().any(|run| length(run) >= count);
        if front.is_none_or(|front| row < front) && fits() {
            front = Some(row);
        }
    }
    best_in_row(runs.gaps_at(kind, front?, &taken).into_iter(), count)
}

impl Wanted<'_> {
    fn is_of_section(&self, block: &Block<'_>) -> bool {
        self.section.is_none_or(|section| section == block.name)
    }
}

/// The first seat of the best run of `count` within the free runs of one row.
fn best_in_row(runs: impl Iterator<Item = Range<u32>>, count: u32) -> Option<u32> {
    // Within a run nothing is better than its left end: whatever lies further right leaves as many single seats or more.
    // A seat that stands alone is one single seat fewer once it is taken.
    let orphans = |run: &Range<u32>| u32::from(length(run) > 1) + u32::from(length(run) - count == 1);
    runs.filter(|run| length(run) >= count).min_by_key(|run| (orphans(run), run.start)).map(|run| run.start)
}

#[cfg(test)]
mod tests {
    use super::best_in_row;

    /// `row` draws seats from 1: `.` is free, `x` is taken.
    fn check(row: &str, count: u32, expected: Option<u32>) {
        let free: Vec<u32> = row.chars().zip(1..).filter(|(seat, _)| *seat == '.').map(|(_, number)| number).collect();
        let runs = free.chunk_by(|left, right| left + 1 == *right).map(|run| run[0]..run[run.len() - 1] + 1);
        assert_eq!(best_in_row(runs, count), expected, "{count} of {row:?}");
    }

    #[test]
    fn the_leftmost_run_that_leaves_the_fewest_single_seats() {
        check("..........", 2, Some(1));
        check("...xx.....", 2, Some(6)); // 1 would leave seat 3 alone, 6 leaves three
        check("...xx..xxx", 2, Some(6)); // a run that fits exactly leaves nobody alone
        check("...", 2, Some(1)); // unavoidable: leftmost
        check(".....", 3, Some(1));
        check("....", 3, Some(1));
        check("x.x.x", 2, None);
        check("x.x.x", 1, Some(2));
        check("...", 1, Some(1));
        check("..", 1, Some(1));
        check("", 1, None);
    }

    #[test]
    fn one_seat_is_rather_one_that_stands_alone_already() {
        check("x...x.x", 1, Some(6)); // 2 would leave 6 alone
        check("x.x...x", 1, Some(2));
        check(".x.x..x", 1, Some(1)); // both stand alone: leftmost
    }

    #[test]
    fn a_gap_at_both_ends_counts_twice() {
        check("x....x...x", 2, Some(2)); // starts at 2 and 4 leave none; 3 would leave two
        check("...x.....x", 3, Some(1));
    }
}
