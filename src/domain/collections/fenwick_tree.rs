//! Order statistics over numbered blocks, and over seconds: how many members lie in those before one.
//!
//! A Fenwick tree over the blocks' counts (P. Fenwick, "A new data structure for cumulative frequency tables", 1994): a
//! rank and a change cost one walk of log2(blocks) steps each.

/// How many members each of ascending blocks has.
#[derive(Debug, Default)]
pub(crate) struct FenwickTree {
    /// The number of the block that `counts[0]` is about.
    base: u64,
    counts: Vec<u32>,
    /// `tree[i]` counts the members of the blocks `i + 1 - lowbit(i + 1) ..= i`.
    tree: Vec<u32>,
    members: usize,
}

/// Blocks that the smallest table has; a power of two, as every capacity.
const BLOCKS_MIN: usize = 4;

impl FenwickTree {
    /// Adds a member to `block`.
    pub(crate) fn insert(&mut self, block: u64) {
        if self.members == 0 {
            self.counts.clear();
        }
        if block.checked_sub(self.base).is_none_or(|at| at >= self.counts.len() as u64) {
            self.grow(block);
        }
        let at = usize::try_from(block - self.base).expect("grown to reach it");
        self.counts[at] += 1;
        self.members += 1;
        self.count(at, 1);
    }

    /// Removes a member of `block`, which must have one.
    pub(crate) fn remove(&mut self, block: u64) {
        let at = usize::try_from(block - self.base).expect("a block with a member lies within the table");
        assert!(self.counts[at] > 0, "block {block} has a member");
        self.counts[at] -= 1;
        self.members -= 1;
        self.count(at, u32::MAX);
    }

    /// How many members are in the blocks below `block`.
    pub(crate) fn before(&self, block: u64) -> u64 {
        let passed = usize::try_from(block.saturating_sub(self.base)).unwrap_or(usize::MAX);
        if passed >= self.counts.len() {
            return self.members as u64;
        }
        let mut rank = 0;
        let mut node = passed;
        while node > 0 {
            rank += u64::from(self.tree[node - 1]);
            node &= node - 1;
        }
        rank
    }

    pub(crate) fn members(&self) -> usize {
        self.members
    }

    /// Adds `delta` (modulo 2^32, so that `u32::MAX` takes one away) to the count of the block at `at`.
    fn count(&mut self, at: usize, delta: u32) {
        let mut node = at + 1;
        while node <= self.tree.len() {
            self.tree[node - 1] = self.tree[node - 1].wrapping_add(delta);
            node += node & node.wrapping_neg();
        }
    }

    /// Makes room for `block`: forgets the empty blocks in front and doubles what remains.
    fn grow(&mut self, block: u64) {
        let empty = self.counts.iter().take_while(|count| **count == 0).count();
        self.counts.drain(..empty);
        self.base = if self.counts.is_empty() { block } else { self.base + empty as u64 };
        if block < self.base {
            // As much room again in front, so that blocks which descend one by one do not move the others each time.
            let room = (self.base - block).saturating_mul(2).min(self.base);
            let front = usize::try_from(room).expect("a queue fits into memory");
            self.counts.splice(..0, std::iter::repeat_n(0, front));
            self.base -= room;
        }
        let last = block.max(self.base + (self.counts.len() as u64).saturating_sub(1));
        let needed = usize::try_from(last - self.base).expect("a queue fits into memory") + 1;
        let capacity = (needed * 2).next_power_of_two().max(BLOCKS_MIN);
        self.counts.resize(capacity, 0);
        self.counts.shrink_to(capacity);
        self.tree.clone_from(&self.counts);
        for node in 1..=capacity {
            let parent = node + (node & node.wrapping_neg());
            if parent <= capacity {
                self.tree[parent - 1] += self.tree[node - 1];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::FenwickTree;

    #[test]
    fn blocks_may_come_in_any_order() {
        let (mut tree, mut naive) = (FenwickTree::default(), Vec::new());
        for block in [1_000, 1_000, 990, 1_300, 400, 401, 5, 6_000, 0, 7] {
            tree.insert(block);
            naive.push(block);
            for probe in [0, 1, 6, 400, 401, 402, 991, 1_000, 1_001, 1_301, 6_000, 6_001, 9_999] {
                let below = naive.iter().filter(|block| **block < probe).count() as u64;
                assert_eq!(tree.before(probe), below, "members before {probe} of {naive:?}");
            }
        }
    }

    #[test]
    fn ranks_equal_those_of_a_sorted_map_while_heads_leave_and_arrivals_come() {
        let mut tree = FenwickTree::default();
        let mut naive: BTreeMap<u64, u64> = BTreeMap::new();
        let mut random = 0x9E37_79B9_7F4A_7C15_u64;
        let mut last = 1;
        for step in 0..20_000_u64 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let heads = random % 5 == 3;
            if random % 5 < 3 {
                last += random / 7 % 2;
                tree.insert(last);
                *naive.entry(last).or_default() += 1;
            } else if let Some((&block, _)) =
                if heads { naive.first_key_value() } else { naive.range(random % last..).next() }
            {
                tree.remove(block);
                *naive.get_mut(&block).expect("just found") -= 1;
                naive.retain(|_, count| *count > 0);
            }
            if step % 97 == 0 {
                for probe in [0, last / 2, last, last + 500] {
                    let below: u64 = naive.range(..probe).map(|(_, count)| count).sum();
                    assert_eq!(tree.before(probe), below, "members before block {probe}");
                }
            }
        }
        assert_eq!(tree.members() as u64, naive.values().sum::<u64>());
    }
}
