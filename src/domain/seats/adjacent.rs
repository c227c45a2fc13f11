//! Best available: adjacent seats of one row, the row nearest the front, and no orphan seat where it can be avoided.

use std::ops::Range;

use super::seat_table::{SeatTable, length};
use crate::domain::words::{Block, Layout};

/// The first seat of the best run of `count` free adjacent seats, or `None` when no row has one. The holds of the seats
/// `lapsed` have lapsed, though they still stand in the table.
///
/// The frontmost row that fits wins (by row number, then by the order of the sections); within it the leftmost run
/// among those that leave the fewest single free seats behind.
pub(crate) fn best_run(
    layout: &Layout,
    section: Option<&str>,
    seats: &SeatTable,
    count: u32,
    lapsed: &[u32],
) -> Option<u32> {
    let of_section = |name: &str| section.is_none_or(|section| section == name);
    let Some(runs) = seats.runs() else {
        // No seat was ever taken, so each block is best in its first row, and no row is longer than that.
        let fits = |block: &&Block<'_>| of_section(block.name) && block.seats_per_row.min(block.seats) >= count;
        return layout.blocks().iter().find(fits).map(|block| block.first);
    };
    let mut front = match section {
        None => runs.frontmost(count),
        Some(_) => {
            let blocks = layout.blocks();
            let blocks = blocks.iter().filter(|block| of_section(block.name));
            blocks.filter_map(|block| runs.frontmost_of_block(block.first, count)).min()
        }
    };
    let taken = seats.taken_without(lapsed);
    for seat in lapsed.iter().filter(|seat| layout.place(**seat).is_some_and(|place| of_section(place.section))) {
        let row = runs.front_of(*seat);
        let fits = || taken.gaps(runs.seats_at(row)).any(|run| length(&run) >= count);
        if front.is_none_or(|front| row < front) && fits() {
            front = Some(row);
        }
    }
    best_in_row(taken.gaps(runs.seats_at(front?)), count)
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
