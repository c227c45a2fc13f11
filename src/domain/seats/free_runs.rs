//! The longest runs of free seats of each row of a date: whether and where adjacent seats are left is known without a
//! walk over the seats.

use std::ops::Range;

use super::seat_bits::SeatBits;
use crate::domain::collections::MaxTree;
use crate::domain::words::Layout;

/// Which seats a run is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Any,
    /// None that a wheelchair reaches.
    Ordinary,
    /// Only such that a wheelchair reaches.
    Accessible,
}

/// The longest run of each row, in two orders.
#[derive(Debug)]
struct Longest {
    by_seat: MaxTree,
    by_front: MaxTree,
}

/// What is measured besides of a date with accessible seats.
#[derive(Debug)]
struct Apart {
    accessible: SeatBits,
    of_ordinary: Longest,
    of_accessible: Longest,
}

/// Rows in two orders: of their seats, and from the front (by row number, then by block).
#[derive(Debug)]
pub struct FreeRuns {
    /// The first seat of each row in the order of seats; behind them, what would be the next.
    starts: Vec<u32>,
    any: Longest,
    apart: Option<Box<Apart>>,
    /// Where each row, in the order of seats, stands from the front.
    front_of: Vec<u32>,
    /// Which row, in the order of seats, stands where from the front.
    row_at: Vec<u32>,
}

impl FreeRuns {
    pub fn new(layout: &Layout, taken: &SeatBits) -> Self {
        let (mut starts, mut order) = (Vec::new(), Vec::new());
        for (number, block) in layout.blocks().enumerate() {
            for row in block.rows() {
                starts.push(row.seats.start);
                order.push((row.number, number));
            }
        }
        starts.push(layout.seats() + 1);
        let mut row_at: Vec<u32> = (0..).take(order.len()).collect();
        row_at.sort_unstable_by_key(|row| order[*row as usize]);
        let mut front_of = vec![0; order.len()];
        for (front, row) in (0_u32..).zip(&row_at) {
            front_of[*row as usize] = front;
        }
        let measured = |longest: &dyn Fn(Range<u32>) -> u32| {
            let runs: Vec<u32> = starts.windows(2).map(|ends| longest(ends[0]..ends[1])).collect();
            let from_front: Vec<u32> = row_at.iter().map(|row| runs[*row as usize]).collect();
            Longest { by_seat: MaxTree::new(&runs), by_front: MaxTree::new(&from_front) }
        };
        let any = measured(&|row| longest(taken.gaps(row)));
        let apart = layout.has_accessible().then(|| {
            let mut accessible = SeatBits::default();
            layout.blocks().flat_map(|block| block.accessible()).for_each(|seat| {
                accessible.insert(*seat);
            });
            let of_ordinary = measured(&|row| longest(taken.gaps_beside(&accessible, row)));
            let of_accessible = measured(&|row| longest(taken.gaps_within(&accessible, row)));
            Box::new(Apart { accessible, of_ordinary, of_accessible })
        });
        Self { starts, any, apart, front_of, row_at }
    }

    /// Measures the row of a seat anew.
    pub fn measure(&mut self, seat: u32, taken: &SeatBits) {
        let row = self.row_of(seat);
        let (front, seats) = (self.front_of[row] as usize, self.seats_of(row));
        self.any.set(row, front, longest(taken.gaps(seats.clone())));
        if let Some(Apart { accessible, of_ordinary, of_accessible }) = self.apart.as_deref_mut() {
            of_ordinary.set(row, front, longest(taken.gaps_beside(accessible, seats.clone())));
            of_accessible.set(row, front, longest(taken.gaps_within(accessible, seats)));
        }
    }

    /// Whether the date has accessible seats, so that [`Kind::Ordinary`] and [`Kind::Any`] differ.
    pub fn tells_apart(&self) -> bool {
        self.apart.is_some()
    }

    /// Where the frontmost row with `count` adjacent free seats of a kind stands from the front.
    pub fn frontmost(&self, kind: Kind, count: u32) -> Option<u32> {
        let front = self.longest(kind)?.by_front.first_at_least(count, 0..self.row_at.len())?;
        Some(u32::try_from(front).expect("there are no more rows than seats"))
    }

    /// The same among the rows of a block, whose seats are given.
    pub fn frontmost_of_block(&self, kind: Kind, block: Range<u32>, count: u32) -> Option<u32> {
        let rows = self.row_of(block.start)..self.row_of(block.end - 1) + 1;
        self.longest(kind)?.by_seat.first_at_least(count, rows).map(|row| self.front_of[row])
    }

    /// Where the row of a seat stands from the front.
    pub fn front_of(&self, seat: u32) -> u32 {
        self.front_of[self.row_of(seat)]
    }

    /// The runs of seats of a kind that are not `taken`, ascending, in the row that stands at `front` from the front.
    pub fn gaps_at(&self, kind: Kind, front: u32, taken: &SeatBits) -> Vec<Range<u32>> {
        let seats = self.seats_of(self.row_at[front as usize] as usize);
        match (kind, self.apart.as_deref()) {
            (Kind::Any, _) | (Kind::Ordinary, None) => taken.gaps(seats).collect(),
            (Kind::Ordinary, Some(apart)) => taken.gaps_beside(&apart.accessible, seats).collect(),
            (Kind::Accessible, Some(apart)) => taken.gaps_within(&apart.accessible, seats).collect(),
            (Kind::Accessible, None) => Vec::new(),
        }
    }

    /// The measures of a kind; `None` when the date has no seat of it that would be told apart.
    fn longest(&self, kind: Kind) -> Option<&Longest> {
        match (kind, self.apart.as_deref()) {
            (Kind::Any, _) | (Kind::Ordinary, None) => Some(&self.any),
            (Kind::Ordinary, Some(apart)) => Some(&apart.of_ordinary),
            (Kind::Accessible, Some(apart)) => Some(&apart.of_accessible),
            (Kind::Accessible, None) => None,
        }
    }

    /// Where the row of a seat stands in the order of seats.
    fn row_of(&self, seat: u32) -> usize {
        self.starts.partition_point(|start| *start <= seat) - 1
    }

    /// The seats of a row, which is given by where it stands in the order of seats.
    fn seats_of(&self, row: usize) -> Range<u32> {
        self.starts[row]..self.starts[row + 1]
    }
}

impl Longest {
    fn set(&mut self, row: usize, front: usize, run: u32) {
        self.by_seat.set(row, run);
        self.by_front.set(front, run);
    }
}

/// Seats of the longest run.
fn longest(runs: impl Iterator<Item = Range<u32>>) -> u32 {
    runs.map(|run| run.end - run.start).max().unwrap_or(0)
}
