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
    /// How many have a row.
    taken: u32,
}

impl TakenSeats {
    /// How many seats are taken.
    pub fn len(&self) -> u32 {
        self.taken
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
        self.taken += u32::from(before.is_none());
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
        self.taken -= 1;
        Some(before)
    }

    /// The highest taken seat.
    pub fn last(&self) -> Option<u32> {
        let number = self.blocks.iter().rposition(|block| block.bits != 0)?;
        Some(first_of(number) + self.blocks[number].bits.ilog2())
    }

    /// Seats and their rows, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &SeatRow)> {
        self.blocks.iter().enumerate().flat_map(|(number, block)| {
            let rows = block.rows.as_deref().into_iter().flatten();
            (first_of(number)..).zip(rows).filter_map(|(seat, row)| Some((seat, row.as_ref()?)))
        })
    }
}

/// The block of a seat and its place within.
fn split(seat: u32) -> (usize, usize) {
    let index = seat.checked_sub(1).expect("seats are numbered from 1");
    ((index / BLOCK_SEATS) as usize, (index % BLOCK_SEATS) as usize)
}

/// The first seat of a block.
fn first_of(block: usize) -> u32 {
    u32::try_from(block).expect("seats are numbered by 32 bits") * BLOCK_SEATS + 1
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::TakenSeats;
    use crate::domain::{PaymentId, SeatRow, UserId};

    /// Both sides of the edges of blocks, and some between.
    const SEATS: [u32; 9] = [1, 2, 63, 64, 65, 128, 129, 192, 1_000];

    fn row(reservation: u64) -> SeatRow {
        SeatRow::Sold { user: UserId(1), payment: PaymentId(2), reservation, amount: 5 }
    }

    #[test]
    fn it_holds_what_a_map_would() {
        let (mut taken, mut model) = (TakenSeats::default(), BTreeMap::new());
        for step in 0_u64..2_000 {
            // Multiplying by an odd number meets the seats in a mixed order, and puts as often as it takes away.
            let mixed = step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            let seat = SEATS[(mixed % SEATS.len() as u64) as usize];
            let before = if mixed & 256 == 0 { model.remove(&seat) } else { model.insert(seat, row(step)) };
            let told = if mixed & 256 == 0 { taken.remove(seat) } else { taken.insert(seat, row(step)) };
            assert_eq!(told, before, "seat {seat} in step {step}");
            assert_eq!(taken.len() as usize, model.len());
            assert_eq!(taken.last(), model.keys().next_back().copied());
            assert!(taken.iter().eq(model.iter().map(|(seat, row)| (*seat, row))), "in step {step}");
            for seat in SEATS {
                assert_eq!(taken.get(seat), model.get(&seat));
                assert_eq!(taken.contains(seat), model.contains_key(&seat));
            }
        }
    }

    #[test]
    fn a_block_without_a_taken_seat_has_no_memory() {
        let mut taken = TakenSeats::default();
        taken.insert(70, row(1));
        taken.remove(70);
        assert!(taken.blocks.iter().all(|block| block.rows.is_none()));
        assert_eq!((taken.len(), taken.last(), taken.iter().count()), (0, None, 0));
    }
}
