//! The rows of the held seats of one date, in blocks of 64 neighbours.
//!
//! A seat is found by its number alone, and a block has memory only while one of its seats is held.

use crate::domain::words::SeatRow;

/// Seats of a block.
const BLOCK_SEATS: u32 = 64;

#[derive(Debug)]
struct Block {
    /// Rows that are there; at least one.
    held: u32,
    rows: [Option<SeatRow>; BLOCK_SEATS as usize],
}

/// Rows by seat number, from 1.
#[derive(Debug, Default)]
pub(super) struct HeldSeats {
    blocks: Vec<Option<Box<Block>>>,
    held: u32,
}

impl HeldSeats {
    /// How many seats are held.
    pub(super) fn len(&self) -> u32 {
        self.held
    }

    pub(super) fn get(&self, seat: u32) -> Option<&SeatRow> {
        let (block, within) = split(seat);
        self.blocks.get(block)?.as_ref()?.rows[within].as_ref()
    }

    /// Puts a row on a seat and gives back the one that was there.
    pub(super) fn insert(&mut self, seat: u32, row: SeatRow) -> Option<SeatRow> {
        let (number, within) = split(seat);
        if self.blocks.len() <= number {
            self.blocks.resize_with(number + 1, || None);
        }
        let empty = || Box::new(Block { held: 0, rows: [None; BLOCK_SEATS as usize] });
        let block = self.blocks[number].get_or_insert_with(empty);
        let before = block.rows[within].replace(row);
        let new = u32::from(before.is_none());
        block.held += new;
        self.held += new;
        before
    }

    pub(super) fn remove(&mut self, seat: u32) -> Option<SeatRow> {
        let (number, within) = split(seat);
        let slot = self.blocks.get_mut(number)?;
        let block = slot.as_mut()?;
        let before = block.rows[within].take()?;
        block.held -= 1;
        if block.held == 0 {
            *slot = None;
        }
        self.held -= 1;
        Some(before)
    }

    /// Seats and their rows, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &SeatRow)> {
        (1_u32..).step_by(BLOCK_SEATS as usize).zip(&self.blocks).flat_map(|(first, block)| {
            let rows = block.iter().flat_map(|block| &block.rows);
            (first..).zip(rows).filter_map(|(seat, row)| Some((seat, row.as_ref()?)))
        })
    }
}

/// The block of a seat and its place within.
fn split(seat: u32) -> (usize, usize) {
    let index = seat.checked_sub(1).expect("seats are numbered from 1");
    ((index / BLOCK_SEATS) as usize, (index % BLOCK_SEATS) as usize)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::HeldSeats;
    use crate::domain::{SeatRow, Sequence, Timestamp, UserId, WallTime};

    /// Both sides of the edges of blocks, and some between.
    const SEATS: [u32; 9] = [1, 2, 63, 64, 65, 128, 129, 192, 1_000];

    fn row(reservation: u64) -> SeatRow {
        SeatRow::Held {
            user: UserId(1),
            sequence: Sequence(1),
            reservation,
            previous: None,
            reserved_at: WallTime(0),
            expires_at: Timestamp(1),
            amount: 5,
        }
    }

    #[test]
    fn it_holds_what_a_map_would() {
        let (mut held, mut model) = (HeldSeats::default(), BTreeMap::new());
        for step in 0_u64..2_000 {
            // Multiplying by an odd number meets the seats in a mixed order, and puts as often as it takes away.
            let mixed = step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            let seat = SEATS[(mixed % SEATS.len() as u64) as usize];
            let before = if mixed & 256 == 0 { model.remove(&seat) } else { model.insert(seat, row(step)) };
            let told = if mixed & 256 == 0 { held.remove(seat) } else { held.insert(seat, row(step)) };
            assert_eq!(told, before, "seat {seat} in step {step}");
            assert_eq!(held.len() as usize, model.len());
            assert!(held.iter().eq(model.iter().map(|(seat, row)| (*seat, row))), "in step {step}");
            assert!(SEATS.iter().all(|seat| held.get(*seat) == model.get(seat)));
        }
    }

    #[test]
    fn a_block_without_a_held_seat_has_no_memory() {
        let mut held = HeldSeats::default();
        held.insert(70, row(1));
        held.remove(70);
        assert!(held.blocks.iter().all(Option::is_none));
        assert_eq!((held.len(), held.iter().count()), (0, 0));
    }
}
