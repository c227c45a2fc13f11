//! Best available: adjacent seats of one row, the row nearest the front, and no orphan seat where it can be avoided.

use super::concert::Block;
use super::{Layout, SeatTable, Timestamp};

/// The first seat of the best run of `count` free adjacent seats, or `None` when no row has one.
///
/// The frontmost row that fits wins (by row number, then by the order of the sections); within it the leftmost run
/// among those that leave the fewest single free seats behind.
pub fn best_run(layout: &Layout, section: Option<&str>, seats: &SeatTable, count: u32, now: Timestamp) -> Option<u32> {
    let blocks: Vec<Block<'_>> =
        layout.blocks().into_iter().filter(|block| section.is_none_or(|name| name == block.name)).collect();
    let last_row = blocks.iter().map(Block::rows).max().unwrap_or(0);
    (1..=last_row).flat_map(|row| blocks.iter().map(move |block| block.row(row))).find_map(|row| {
        best_in_row(&row.map(|seat| (seat, seats.is_free(seat, now))).collect::<Vec<_>>(), count as usize)
    })
}

/// The first seat of the best run within one row of (seat, whether free).
fn best_in_row(row: &[(u32, bool)], count: usize) -> Option<u32> {
    let mut best: Option<(usize, u32)> = None;
    for run in row.chunk_by(|(_, left), (_, right)| left == right).filter(|run| run[0].1 && run.len() >= count) {
        for start in 0..=run.len() - count {
            // A seat that stands alone is one single seat fewer once it is taken.
            let alone = usize::from(run.len() > 1);
            let orphans = alone + usize::from(start == 1) + usize::from(run.len() - start - count == 1);
            if best.is_none_or(|(fewest, _)| orphans < fewest) {
                best = Some((orphans, run[start].0));
            }
        }
    }
    best.map(|(_, seat)| seat)
}

#[cfg(test)]
mod tests {
    use super::best_in_row;

    /// `row` draws seats from 1: `.` is free, `x` is taken.
    fn check(row: &str, count: usize, expected: Option<u32>) {
        let row: Vec<(u32, bool)> = row.chars().zip(1..).map(|(seat, number)| (number, seat == '.')).collect();
        assert_eq!(best_in_row(&row, count), expected, "{count} of {row:?}");
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
