//! Order statistics over arrival sequences: how many members come at or before a sequence number.
//!
//! One bit a sequence number in words of 64, and a Fenwick tree over the words' counts (P. Fenwick, "A new data
//! structure for cumulative frequency tables", 1994). A rank costs one walk of log2(words) steps and one popcount.

/// A set of ascending sequence numbers that knows the rank of each.
#[derive(Debug, Default)]
pub struct Ranks {
    /// The number of the first word: sequence `s` is bit `s % 64` of word `s / 64 - base`.
    base: u64,
    words: Vec<u64>,
    /// `tree[i]` counts the members of the words `i + 1 - lowbit(i + 1) ..= i`.
    tree: Vec<u32>,
    members: u64,
}

/// Words that the smallest table has; a power of two, as every capacity.
const WORDS_MIN: usize = 16;

impl Ranks {
    /// Adds `sequence`, which must be new and not below the base of what is there (arrivals ascend).
    pub fn insert(&mut self, sequence: u64) {
        let word = sequence / 64;
        if self.members == 0 {
            self.words.clear();
        }
        if self.words.is_empty() || word - self.base >= self.words.len() as u64 {
            self.grow(word);
        }
        let at = usize::try_from(word - self.base).expect("grown to reach it");
        assert_eq!(self.words[at] >> (sequence % 64) & 1, 0, "sequence {sequence} is in the queue already");
        self.words[at] |= 1 << (sequence % 64);
        self.members += 1;
        self.count(at, 1);
    }

    /// Removes `sequence`, which must be a member.
    pub fn remove(&mut self, sequence: u64) {
        let at = self.word(sequence).expect("a member lies within the table");
        assert_eq!(self.words[at] >> (sequence % 64) & 1, 1, "sequence {sequence} is not in the queue");
        self.words[at] &= !(1 << (sequence % 64));
        self.members -= 1;
        self.count(at, u32::MAX);
    }

    /// How many members are at or below `sequence`.
    pub fn rank(&self, sequence: u64) -> u64 {
        if sequence / 64 < self.base {
            return 0;
        }
        let Some(at) = self.word(sequence) else { return self.members };
        let mut rank = u64::from((self.words[at] << (63 - sequence % 64)).count_ones());
        let mut node = at;
        while node > 0 {
            rank += u64::from(self.tree[node - 1]);
            node &= node - 1;
        }
        rank
    }

    fn word(&self, sequence: u64) -> Option<usize> {
        let offset = usize::try_from((sequence / 64).checked_sub(self.base)?).ok()?;
        (offset < self.words.len()).then_some(offset)
    }

    /// Adds `delta` (modulo 2^32, so that `u32::MAX` takes one away) to the count of word `at`.
    fn count(&mut self, at: usize, delta: u32) {
        let mut node = at + 1;
        while node <= self.tree.len() {
            self.tree[node - 1] = self.tree[node - 1].wrapping_add(delta);
            node += node & node.wrapping_neg();
        }
    }

    /// Makes room for `word`: forgets the empty words in front and doubles what remains.
    fn grow(&mut self, word: u64) {
        let empty = self.words.iter().take_while(|bits| **bits == 0).count();
        self.words.drain(..empty);
        self.base = if self.words.is_empty() { word } else { self.base + empty as u64 };
        let needed = usize::try_from(word - self.base).expect("a queue fits into memory") + 1;
        let capacity = (needed * 2).next_power_of_two().max(WORDS_MIN);
        self.words.resize(capacity, 0);
        self.tree = self.words.iter().map(|bits| bits.count_ones()).collect();
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
    use std::collections::BTreeSet;

    use super::Ranks;

    #[test]
    fn ranks_equal_those_of_a_sorted_set_while_heads_leave_and_arrivals_come() {
        let mut ranks = Ranks::default();
        let mut naive = BTreeSet::new();
        let mut random = 0x9E37_79B9_7F4A_7C15_u64;
        let mut next = 1;
        for step in 0..20_000_u64 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            if random % 5 < 3 {
                ranks.insert(next);
                naive.insert(next);
                next += 1 + random / 7 % 3;
            } else if let Some(gone) = if random % 5 == 3 { naive.first() } else { naive.range(random % next..).next() }
            {
                let gone = *gone;
                ranks.remove(gone);
                naive.remove(&gone);
            }
            if step % 97 == 0 {
                for probe in [0, next / 2, next, next + 500] {
                    assert_eq!(ranks.rank(probe), naive.range(..=probe).count() as u64, "rank of {probe}");
                }
            }
        }
        assert_eq!(ranks.members, naive.len() as u64);
    }

    #[test]
    fn a_queue_that_ran_empty_starts_over_at_any_sequence() {
        let mut ranks = Ranks::default();
        ranks.insert(5);
        ranks.remove(5);
        ranks.insert(1_000_000_000);
        assert_eq!(ranks.rank(1_000_000_000), 1);
        assert_eq!(ranks.rank(5), 0);
    }
}
