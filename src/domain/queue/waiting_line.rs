//! The places of a queue that wait, in line: who is first, who comes behind whom, and each one's position.
//! It knows neither admitted places nor users' other places; a place here costs no more when a million wait.
//!
//! The map's keys are the orders in line of blocks of 1,024, so that the tree of a million places stays in the
//! processor's nearest caches, and only the place itself comes from far. A block counts what waits before each of its
//! pages of 64 places; a page finds its places by the bits of a word.

use std::collections::BTreeMap;
use std::fmt;

use super::place::Waiting;
use crate::domain::collections::FenwickTree;
use crate::domain::words::LineOrder;

const PAGE_PLACES: u64 = 64;
const BLOCK_PAGES: usize = 16;
const BLOCK_PLACES: u64 = PAGE_PLACES * BLOCK_PAGES as u64;

/// The waiting places of one concert by their order in line.
#[derive(Default)]
pub struct WaitingLine {
    /// By `order / 1_024`; none is empty.
    blocks: BTreeMap<u64, Box<Block>>,
    /// The places of whole blocks.
    members: FenwickTree,
}

/// Up to 1,024 places.
#[derive(Default)]
struct Block {
    /// Places in the pages before each.
    before: [u16; BLOCK_PAGES],
    pages: [Page; BLOCK_PAGES],
}

/// Up to 64 places.
#[derive(Default)]
struct Page {
    /// Bit `order % 64` says whether the place waits.
    waiting: u64,
    /// Whose places lie in `places`: those that wait, and some that waited before and were not cleared away yet.
    stored: u64,
    places: Vec<Waiting>,
}

impl WaitingLine {
    /// Adds a place; none may have had its order since the line was made.
    pub fn insert(&mut self, order: LineOrder, place: Waiting) {
        let at = Spot::of(order);
        let block = self.blocks.entry(at.block).or_default();
        block.pages[at.page].insert(at.bit, place);
        block.before[at.page + 1..].iter_mut().for_each(|before| *before += 1);
        self.members.insert(at.block);
    }

    /// Takes a place out, from anywhere.
    pub fn remove(&mut self, order: LineOrder) -> Option<Waiting> {
        let at = Spot::of(order);
        let block = self.blocks.get_mut(&at.block)?;
        let place = block.pages[at.page].remove(at.bit)?;
        block.before[at.page + 1..].iter_mut().for_each(|before| *before -= 1);
        if block.is_empty() {
            self.blocks.remove(&at.block);
        }
        self.members.remove(at.block);
        Some(place)
    }

    /// Takes out who is first.
    pub fn pop_first(&mut self) -> Option<(LineOrder, Waiting)> {
        let order = self.first()?;
        self.remove(order).map(|place| (order, place))
    }

    pub fn first(&self) -> Option<LineOrder> {
        self.iter().next().map(|(order, _)| order)
    }

    pub fn get(&self, order: LineOrder) -> Option<&Waiting> {
        let at = Spot::of(order);
        self.blocks.get(&at.block)?.pages[at.page].get(at.bit)
    }

    pub fn contains(&self, order: LineOrder) -> bool {
        let at = Spot::of(order);
        self.blocks.get(&at.block).is_some_and(|block| block.pages[at.page].waiting >> at.bit & 1 == 1)
    }

    /// How many wait at or before `order`.
    pub fn rank(&self, order: LineOrder) -> u64 {
        let at = Spot::of(order);
        let within = self.blocks.get(&at.block).map_or(0, |block| {
            let bits = block.pages[at.page].waiting << (PAGE_PLACES - 1 - at.bit);
            u64::from(block.before[at.page]) + u64::from(bits.count_ones())
        });
        self.members.before(at.block) + within
    }

    pub fn len(&self) -> usize {
        self.members.members()
    }

    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// All places, the first in line first.
    pub fn iter(&self) -> impl Iterator<Item = (LineOrder, &Waiting)> {
        self.iter_from(LineOrder(0))
    }

    /// The places at and behind `from`, ascending.
    pub fn iter_from(&self, from: LineOrder) -> impl Iterator<Item = (LineOrder, &Waiting)> {
        self.blocks.range(from.0 / BLOCK_PLACES..).flat_map(move |(number, block)| {
            let firsts = (number * BLOCK_PLACES..).step_by(PAGE_PLACES as usize);
            firsts.zip(&block.pages).flat_map(move |(first, page)| page.iter_from(first, from.0))
        })
    }
}

impl PartialEq for WaitingLine {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for WaitingLine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self.iter()).finish()
    }
}

impl Block {
    fn is_empty(&self) -> bool {
        self.pages.iter().all(|page| page.waiting == 0)
    }
}

impl Page {
    fn insert(&mut self, bit: u64, place: Waiting) {
        assert_eq!(self.stored >> bit & 1, 0, "an order in line is given once");
        self.places.insert(self.index(bit), place);
        self.stored |= 1 << bit;
        self.waiting |= 1 << bit;
    }

    fn remove(&mut self, bit: u64) -> Option<Waiting> {
        let place = *self.get(bit)?;
        self.waiting &= !(1 << bit);
        if self.waiting.count_ones() * 2 <= self.stored.count_ones() {
            self.clear_away();
        }
        Some(place)
    }

    /// Keeps the places alone that wait: whenever half of them have gone, so that each is moved once at most on average.
    fn clear_away(&mut self) {
        self.places = bits(self.waiting).map(|bit| self.places[self.index(bit)]).collect();
        self.stored = self.waiting;
    }

    fn get(&self, bit: u64) -> Option<&Waiting> {
        (self.waiting >> bit & 1 == 1).then(|| &self.places[self.index(bit)])
    }

    /// Where the place of a stored bit lies.
    fn index(&self, bit: u64) -> usize {
        (self.stored & !(u64::MAX << bit)).count_ones() as usize
    }

    /// Its places at and behind `from`, when bit 0 is order `first`.
    fn iter_from(&self, first: u64, from: u64) -> impl Iterator<Item = (LineOrder, &Waiting)> {
        let passed = from.saturating_sub(first);
        let bits = bits(if passed < PAGE_PLACES { self.waiting & u64::MAX << passed } else { 0 });
        bits.map(move |bit| (LineOrder(first + bit), &self.places[self.index(bit)]))
    }
}

/// The numbers of the bits that are set, ascending.
fn bits(mut word: u64) -> impl Iterator<Item = u64> {
    std::iter::from_fn(move || {
        let bit = u64::from(word.trailing_zeros());
        (word != 0).then(|| {
            word &= word - 1;
            bit
        })
    })
}

/// Where a place lies.
struct Spot {
    block: u64,
    page: usize,
    bit: u64,
}

impl Spot {
    fn of(LineOrder(order): LineOrder) -> Self {
        let page = order % BLOCK_PLACES / PAGE_PLACES;
        Self { block: order / BLOCK_PLACES, page: page as usize, bit: order % PAGE_PLACES }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::WaitingLine;
    use crate::domain::{LineOrder, Sequence, Timestamp, UserId, Waiting};

    fn place(sequence: u64) -> Waiting {
        Waiting { sequence: Sequence(sequence), user: UserId(u128::from(sequence) << 64), issued_at: Timestamp(0) }
    }

    #[test]
    fn a_line_is_as_a_sorted_map_while_heads_leave_others_leave_and_places_come_anywhere() {
        let (mut line, mut naive) = (WaitingLine::default(), BTreeMap::new());
        let mut random = 0x9E37_79B9_7F4A_7C15_u64;
        let (mut next, mut passed_over) = (1, Vec::new());
        for step in 0..60_000_u64 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // Long times of arrivals alternate with long times of departures.
            if random % 5 < if step / 6_000 % 2 == 0 { 4 } else { 1 } {
                line.insert(LineOrder(next), place(next));
                naive.insert(LineOrder(next), place(next));
                passed_over.extend((next + 1)..(next + 1 + random / 7 % 3));
                next += 1 + random / 7 % 3;
            } else if random.is_multiple_of(11) && !passed_over.is_empty() {
                let order = passed_over.swap_remove((random / 11) as usize % passed_over.len());
                line.insert(LineOrder(order), place(order));
                naive.insert(LineOrder(order), place(order));
            } else if random.is_multiple_of(2) {
                assert_eq!(line.pop_first(), naive.pop_first());
            } else {
                let gone = naive.range(LineOrder(random % next)..).next().map_or(LineOrder(next), |(gone, _)| *gone);
                assert_eq!(line.remove(gone), naive.remove(&gone));
                assert_eq!(line.remove(gone), None, "it has gone");
            }
            if step % 997 == 0 {
                assert!(line.iter().eq(naive.iter().map(|(order, place)| (*order, place))));
                for probe in [0, next / 3, next / 2, next, next + 5_000].map(LineOrder) {
                    assert_eq!(line.rank(probe), naive.range(..=probe).count() as u64, "rank of {probe:?}");
                    assert_eq!(
                        (line.get(probe), line.contains(probe)),
                        (naive.get(&probe), naive.contains_key(&probe))
                    );
                    assert!(line.iter_from(probe).map(|(order, _)| order).eq(naive.range(probe..).map(|(it, _)| *it)));
                }
            }
        }
        assert_eq!((line.len(), line.is_empty()), (naive.len(), naive.is_empty()));
    }

    #[test]
    fn a_line_that_ran_empty_starts_over_at_any_sequence() {
        let mut line = WaitingLine::default();
        line.insert(LineOrder(5), place(5));
        assert_eq!(line.pop_first(), Some((LineOrder(5), place(5))));
        assert_eq!((line.pop_first(), line.first(), line.is_empty()), (None, None, true));
        line.insert(LineOrder(1_000_000_000), place(7));
        assert_eq!((line.rank(LineOrder(1_000_000_000)), line.rank(LineOrder(5))), (1, 0));
    }

    #[test]
    fn what_left_leaves_its_memory() {
        let mut line = WaitingLine::default();
        (0..100_000).for_each(|sequence| line.insert(LineOrder(sequence), place(sequence)));
        for sequence in (0..100_000).filter(|sequence| sequence % 1_000 != 0) {
            line.remove(LineOrder(sequence));
        }
        let room: usize = line.blocks.values().flat_map(|block| &block.pages).map(|page| page.places.capacity()).sum();
        assert!(room <= 4 * line.len(), "room for {room} places, and {} wait", line.len());
        while line.pop_first().is_some() {}
        assert!(line.blocks.is_empty());
    }
}
