//! Instants by place, written by many threads at once: when each waiting place was last seen. It knows no policy.
//!
//! Places that came one after the other lie together, so that a place needs ten bytes, a walk through a queue goes
//! through memory in order, and no table of a million has to grow while a poll waits.

use std::array::from_fn;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::RwLock;

use crate::domain::{ConcertNo, Sequence, Timestamp};

const PAGE_PLACES: u64 = 16;
const BLOCK_PAGES: usize = 64;
const BLOCK_PLACES: u64 = PAGE_PLACES * BLOCK_PAGES as u64;
/// Stands for a place that was not noted.
const NEVER: i64 = i64::MIN;

/// When each place was last seen.
#[derive(Default)]
pub(super) struct LastSeen {
    /// By `sequence / 1_024`; none is empty.
    blocks: RwLock<BTreeMap<(ConcertNo, u64), Block>>,
}

type Block = Box<[Option<Box<Page>>; BLOCK_PAGES]>;
type Page = [AtomicI64; PAGE_PLACES as usize];

impl LastSeen {
    /// Forgets all places of a concert.
    pub(super) fn clear(&self, concert: ConcertNo) {
        let mut blocks = self.blocks.write();
        let of_concert: Vec<(ConcertNo, u64)> =
            blocks.range((concert, 0)..=(concert, u64::MAX)).map(|(key, _)| *key).collect();
        for key in of_concert {
            blocks.remove(&key);
        }
    }

    /// Notes that a place is seen at `now`. What was noted later stays.
    pub(super) fn note(&self, concert: ConcertNo, sequence: Sequence, now: Timestamp) {
        let noted = self.look(concert, sequence, |at| at.fetch_max(now.0, Ordering::Relaxed));
        if noted.is_none() {
            let mut blocks = self.blocks.write();
            let block =
                blocks.entry((concert, sequence.0 / BLOCK_PLACES)).or_insert_with(|| Box::new(from_fn(|_| None)));
            let page = block[page_of(sequence)].get_or_insert_with(|| Box::new(from_fn(|_| AtomicI64::new(NEVER))));
            page[place_of(sequence)].fetch_max(now.0, Ordering::Relaxed);
        }
    }

    /// When a place was last seen; `None` when that was not noted.
    pub(super) fn get(&self, concert: ConcertNo, sequence: Sequence) -> Option<Timestamp> {
        let noted = self.look(concert, sequence, |at| at.load(Ordering::Relaxed));
        noted.filter(|at| *at != NEVER).map(Timestamp)
    }

    /// Forgets a place. Nobody may note the same place meanwhile.
    pub(super) fn forget(&self, concert: ConcertNo, sequence: Sequence) {
        let noted = self.look(concert, sequence, |at| at.swap(NEVER, Ordering::Relaxed) != NEVER);
        if noted != Some(true) {
            return;
        }
        let key = (concert, sequence.0 / BLOCK_PLACES);
        let is_empty = |page: &Page| page.iter().all(|at| at.load(Ordering::Relaxed) == NEVER);
        if !self.blocks.read().get(&key).is_some_and(|block| block[page_of(sequence)].as_deref().is_some_and(is_empty))
        {
            return;
        }
        let mut blocks = self.blocks.write();
        // A neighbour may have been noted between the two locks.
        if let Some(block) = blocks.get_mut(&key) {
            block[page_of(sequence)].take_if(|page| is_empty(page));
            if block.iter().all(Option::is_none) {
                blocks.remove(&key);
            }
        }
    }

    fn look<T>(&self, concert: ConcertNo, sequence: Sequence, look: impl FnOnce(&AtomicI64) -> T) -> Option<T> {
        let blocks = self.blocks.read();
        let page = blocks.get(&(concert, sequence.0 / BLOCK_PLACES))?[page_of(sequence)].as_ref()?;
        Some(look(&page[place_of(sequence)]))
    }
}

fn page_of(sequence: Sequence) -> usize {
    (sequence.0 % BLOCK_PLACES / PAGE_PLACES) as usize
}

fn place_of(sequence: Sequence) -> usize {
    (sequence.0 % PAGE_PLACES) as usize
}

#[cfg(test)]
mod tests {
    use super::{BLOCK_PAGES, LastSeen, Page};
    use crate::domain::{ConcertNo, Sequence, Timestamp};

    #[test]
    fn each_place_of_each_concert_has_its_latest_instant_until_it_is_forgotten() {
        let seen = LastSeen::default();
        let at = |concert: u32, sequence: u64| seen.get(ConcertNo(concert), Sequence(sequence));
        for sequence in (0..5_000).step_by(3) {
            seen.note(ConcertNo(1), Sequence(sequence), Timestamp(sequence as i64));
            seen.note(ConcertNo(2), Sequence(sequence), Timestamp(7));
        }
        seen.note(ConcertNo(1), Sequence(3), Timestamp(50));
        seen.note(ConcertNo(1), Sequence(3), Timestamp(40));
        assert_eq!(
            (at(1, 3), at(1, 4_998), at(2, 3)),
            (Some(Timestamp(50)), Some(Timestamp(4_998)), Some(Timestamp(7)))
        );
        assert_eq!((at(1, 4), at(3, 3), at(1, 1_000_000)), (None, None, None));
        seen.forget(ConcertNo(1), Sequence(3));
        seen.forget(ConcertNo(1), Sequence(4));
        assert_eq!((at(1, 3), at(1, 0), at(2, 3)), (None, Some(Timestamp(0)), Some(Timestamp(7))));
    }

    #[test]
    fn a_place_takes_ten_bytes() {
        let seen = LastSeen::default();
        (0..100_000).for_each(|sequence| seen.note(ConcertNo(1), Sequence(sequence), Timestamp(1)));
        let blocks = seen.blocks.read();
        let pages = blocks.values().map(|block| block.iter().flatten().count()).sum::<usize>();
        // The allocator's own 16 bytes of each piece come on top.
        let bytes =
            pages * (size_of::<Page>() + 16) + blocks.len() * (size_of::<[Option<Box<Page>>; BLOCK_PAGES]>() + 64);
        assert!(bytes <= 10 * 100_000, "{bytes} bytes");
    }

    #[test]
    fn what_was_forgotten_leaves_its_memory() {
        let seen = LastSeen::default();
        (0..5_000).for_each(|sequence| seen.note(ConcertNo(1), Sequence(sequence), Timestamp(1)));
        (0..5_000)
            .filter(|sequence| *sequence != 2_000)
            .for_each(|sequence| seen.forget(ConcertNo(1), Sequence(sequence)));
        let pages: usize = seen.blocks.read().values().map(|block| block.iter().flatten().count()).sum();
        assert_eq!((seen.blocks.read().len(), pages), (1, 1));
        seen.forget(ConcertNo(1), Sequence(2_000));
        assert!(seen.blocks.read().is_empty());
    }
}
