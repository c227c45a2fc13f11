//! The longest run of free seats of each row of a date: whether and where adjacent seats are left is known without a
//! walk over the seats.

use std::ops::Range;

use super::seat_bits::SeatBits;
use crate::domain::collections::MaxTree;
use crate::domain::words::Layout;

/// The rows of one block of the layout.
#[derive(Debug)]
struct BlockRows {
    first_seat: u32,
    seats: u32,
    seats_per_row: u32,
    /// Where its first row stands in the order of seats.
    first_row: usize,
}

/// Rows in two orders: of their seats, and from the front (by row number, then by block).
#[derive(Debug)]
pub struct FreeRuns {
    blocks: Vec<BlockRows>,
    by_seat: MaxTree,
    by_front: MaxTree,
    /// Where each row, in the order of seats, stands from the front.
    front_of: Vec<u32>,
    /// Which row, in the order of seats, stands where from the front.
    row_at: Vec<u32>,
}

impl FreeRuns {
    pub fn new(layout: &Layout, taken: &SeatBits) -> Self {
        let mut blocks = Vec::new();
        let mut order = Vec::new();
        for block in layout.blocks() {
            let (first_seat, seats, seats_per_row) = (block.first, block.seats, block.seats_per_row);
            blocks.push(BlockRows { first_seat, seats, seats_per_row, first_row: order.len() });
            order.extend((1..=block.rows()).map(|row| (row, blocks.len())));
        }
        let mut row_at: Vec<u32> = (0..).take(order.len()).collect();
        row_at.sort_unstable_by_key(|row| order[*row as usize]);
        let mut front_of = vec![0; order.len()];
        for (front, row) in (0_u32..).zip(&row_at) {
            front_of[*row as usize] = front;
        }
        let rows = blocks.iter().flat_map(BlockRows::rows);
        let runs: Vec<u32> = rows.map(|row| longest(taken, row)).collect();
        let from_front: Vec<u32> = row_at.iter().map(|row| runs[*row as usize]).collect();
        let (by_seat, by_front) = (MaxTree::new(&runs), MaxTree::new(&from_front));
        Self { blocks, by_seat, by_front, front_of, row_at }
    }

    /// Measures the row of a seat anew.
    pub fn measure(&mut self, seat: u32, taken: &SeatBits) {
        let (row, seats) = self.row_of(seat);
        let run = longest(taken, seats);
        self.by_seat.set(row, run);
        self.by_front.set(self.front_of[row] as usize, run);
    }

    /// Where the frontmost row with `count` adjacent free seats stands from the front.
    pub fn frontmost(&self, count: u32) -> Option<u32> {
        let front = self.by_front.first_at_least(count, 0..self.row_at.len())?;
        Some(u32::try_from(front).expect("there are no more rows than seats"))
    }

    /// The same among the rows of the block that begins with a seat.
    pub fn frontmost_of_block(&self, first_seat: u32, count: u32) -> Option<u32> {
        let block = self.block_of(first_seat);
        let rows = block.first_row..block.first_row + block.rows().len();
        self.by_seat.first_at_least(count, rows).map(|row| self.front_of[row])
    }

    /// Where the row of a seat stands from the front.
    pub fn front_of(&self, seat: u32) -> u32 {
        self.front_of[self.row_of(seat).0]
    }

    /// The seats of the row that stands at `front` from the front.
    pub fn seats_at(&self, front: u32) -> Range<u32> {
        let row = self.row_at[front as usize] as usize;
        let block = &self.blocks[self.blocks.partition_point(|block| block.first_row <= row) - 1];
        block.row(u32::try_from(row - block.first_row).expect("there are no more rows than seats"))
    }

    /// Where the row of a seat stands in the order of seats, and its seats.
    fn row_of(&self, seat: u32) -> (usize, Range<u32>) {
        let block = self.block_of(seat);
        let within = (seat - block.first_seat) / block.seats_per_row;
        (block.first_row + within as usize, block.row(within))
    }

    fn block_of(&self, seat: u32) -> &BlockRows {
        &self.blocks[self.blocks.partition_point(|block| block.first_seat <= seat) - 1]
    }
}

impl BlockRows {
    /// The seats of each row.
    fn rows(&self) -> impl ExactSizeIterator<Item = Range<u32>> {
        (0..self.seats.div_ceil(self.seats_per_row)).map(|row| self.row(row))
    }

    /// The seats of a row, `row` from 0.
    fn row(&self, row: u32) -> Range<u32> {
        let start = self.first_seat + row * self.seats_per_row;
        start..self.first_seat + self.seats.min((row + 1).saturating_mul(self.seats_per_row))
    }
}

/// The longest run of seats of a row that are not taken.
fn longest(taken: &SeatBits, row: Range<u32>) -> u32 {
    taken.gaps(row).map(|run| run.end - run.start).max().unwrap_or(0)
}
