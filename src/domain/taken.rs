//! The rows of the taken seats of one date, in blocks of 64 neighbours.
//!
//! A seat is found by its number alone, a block has memory once one of its seats is taken, and one bit a seat answers
//! most questions without the rows.

use super::SeatRow;

/// Seats of a block, so that their bits make one word.
const BLOCK_SEATS: u32 = u64::BITS;

#[derive(Debug, Default)]
struct Block {
    /// One bit a seat, set when it has a row.
    bits: u64,
    /// There while a bit is set.
    rows: Option<Box<[Option<SeatRow>; BLOCK_SEATS as usize]>>,
}

/// Rows by seat number, from 1.
#[derive(Debug, Default)]
pub struct TakenSeats {
    blocks: Vec<Block>,
    seats: u32,
}

impl TakenSeats {
    /// How many seats are taken.
    pub fn len(&self) -> u32 {
        self.seats
    }

    pub fn contains(&self, seat: u32) -> bool {
        let (block, within) = split(seat);
        self.blocks.get(block).is_some_and(|block| block.bits >> within & 1 == 1)
    }

    pub fn get(&self, seat: u32) -> Option<&SeatRow> {
        let (block, within) = split(seat);
        self.blocks.get(block)?.rows.as_deref()?[within].as_ref()
    }

    /// Puts a row on a seat and gives back the one that was there.
    pub fn insert(&mut self, seat: u32, row: SeatRow) -> Option<SeatRow> {
        let (number, within) = split(seat);
        if self.blocks.len() <= number {
            self.blocks.resize_with(number + 1, Block::default);
        }
        let block = &mut self.blocks[number];
        let rows = block.rows.get_or_insert_with(|| Box::new([None; BLOCK_SEATS as usize]));
        let before = rows[within].replace(row);
        block.bits |= 1 << within;
        self.seats += u32::from(before.is_none());
        before
    }

    pub fn remove(&mut self, seat: u32) -> Option<SeatRow> {
        let (number, within) = split(seat);
        let block = self.blocks.get_mut(number)?;
        let before = block.rows.as_deref_mut()?[within].take()?;
        block.bits &= !(1 << within);
        if block.bits == 0 {
            block.rows = None;
        }
        self.seats -= 1;
        Some(before)
    }

    /// Seats and their rows, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &SeatRow)> {
        (1..).step_by(BLOCK_SEATS as usize).zip(&self.blocks).flat_map(|(first, block)| {
            let rows = block.rows.as_deref().into_iter().flatten();
            (first..).zip(rows).filter_map(|(seat, row)| Some((seat, row.as_ref()?)))
        })
    }
}

/// The block of a seat and its place within.
fn split(seat: u32) -> (usize, usize) {
    let index = seat.checked_sub(1).expect("seats are numbered from 1");
    ((index / BLOCK_SEATS) as usize, (index % BLOCK_SEATS) as usize)
}
