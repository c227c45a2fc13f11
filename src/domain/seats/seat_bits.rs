//! A set of seats of one date, one bit a seat.

use std::ops::Range;

/// Seats of a word.
const WORD_SEATS: u32 = u64::BITS;

/// Seats, numbered from 1.
#[derive(Clone, Debug, Default)]
pub struct SeatBits {
    /// Seat `64 * n + 1` is the lowest bit of word `n`; words above the last seat are not there.
    words: Vec<u64>,
}

impl SeatBits {
    pub fn contains(&self, seat: u32) -> bool {
        let (word, bit) = split(seat);
        self.word(word) >> bit & 1 == 1
    }

    /// Takes a seat in; `false` when it is there already.
    pub fn insert(&mut self, seat: u32) -> bool {
        let (word, bit) = split(seat);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        let is_new = self.words[word] >> bit & 1 == 0;
        self.words[word] |= 1 << bit;
        is_new
    }

    /// Takes a seat out; `false` when it is not there.
    pub fn remove(&mut self, seat: u32) -> bool {
        let (word, bit) = split(seat);
        let was_there = self.contains(seat);
        if was_there {
            self.words[word] &= !(1 << bit);
        }
        was_there
    }

    /// The seats `64 * number + 1` and on, the lowest bit first.
    pub fn word(&self, number: usize) -> u64 {
        self.words.get(number).copied().unwrap_or(0)
    }

    /// The highest seat.
    pub fn last(&self) -> Option<u32> {
        let number = self.words.iter().rposition(|word| *word != 0)?;
        Some(first_of(number) + self.words[number].ilog2())
    }

    /// The seats, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.words.iter().enumerate().flat_map(|(number, word)| {
            let some = |word: u64| Some(word).filter(|word| *word != 0);
            let rest = std::iter::successors(some(*word), move |word| some(word & (word - 1)));
            rest.map(move |word| first_of(number) + word.trailing_zeros())
        })
    }

    /// The lowest seat that is `from` or higher.
    pub fn first_from(&self, from: u32) -> Option<u32> {
        first_set(from..first_of(self.words.len()), |number| self.word(number))
    }

    /// The runs of neighbouring seats within `range` that are not in the set, ascending.
    pub fn gaps(&self, range: Range<u32>) -> impl Iterator<Item = Range<u32>> {
        runs(range, |number| !self.word(number))
    }

    /// The same of seats that are not in `others` either.
    pub fn gaps_beside(&self, others: &Self, range: Range<u32>) -> impl Iterator<Item = Range<u32>> {
        runs(range, |number| !(self.word(number) | others.word(number)))
    }

    /// The same of seats that are in `others`.
    pub fn gaps_within(&self, others: &Self, range: Range<u32>) -> impl Iterator<Item = Range<u32>> {
        runs(range, |number| others.word(number) & !self.word(number))
    }
}

/// The runs of neighbouring seats within `range` whose bits are set in `words`, ascending.
fn runs(range: Range<u32>, words: impl Fn(usize) -> u64) -> impl Iterator<Item = Range<u32>> {
    let mut from = range.start;
    std::iter::from_fn(move || {
        let start = first_set(from..range.end, &words)?;
        let end = first_set(start..range.end, |number| !words(number)).unwrap_or(range.end);
        from = end;
        Some(start..end)
    })
}

/// The first seat of `range` whose bit is set in `words`.
fn first_set(range: Range<u32>, words: impl Fn(usize) -> u64) -> Option<u32> {
    let mut at = range.start;
    while at < range.end {
        let (number, within) = split(at);
        let wanted = words(number) >> within;
        if wanted != 0 {
            return Some(at + wanted.trailing_zeros()).filter(|seat| *seat < range.end);
        }
        at = first_of(number + 1);
    }
    None
}

/// The word of a seat and its bit.
fn split(seat: u32) -> (usize, u32) {
    let index = seat.checked_sub(1).expect("seats are numbered from 1");
    ((index / WORD_SEATS) as usize, index % WORD_SEATS)
}

/// The first seat of a word.
fn first_of(word: usize) -> u32 {
    u32::try_from(word).expect("seats are numbered by 32 bits") * WORD_SEATS + 1
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::SeatBits;

    /// Both sides of the edges of words, and some between.
    const SEATS: [u32; 9] = [1, 2, 63, 64, 65, 128, 129, 192, 1_000];

    /// The runs of seats from `first` to `last` that are not in `model`.
    fn gaps(model: &BTreeSet<u32>, first: u32, last: u32) -> Vec<(u32, u32)> {
        let missing: Vec<u32> = (first..=last).filter(|seat| !model.contains(seat)).collect();
        missing.chunk_by(|left, right| left + 1 == *right).map(|run| (run[0], run[run.len() - 1] + 1)).collect()
    }

    #[test]
    fn it_holds_what_a_set_would() {
        let (mut bits, mut model) = (SeatBits::default(), BTreeSet::new());
        for step in 0_u64..2_000 {
            // Multiplying by an odd number meets the seats in a mixed order, and puts as often as it takes away.
            let mixed = step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            let seat = SEATS[(mixed % SEATS.len() as u64) as usize];
            if mixed & 256 == 0 {
                assert_eq!(bits.remove(seat), model.remove(&seat), "seat {seat} in step {step}");
            } else {
                assert_eq!(bits.insert(seat), model.insert(seat), "seat {seat} in step {step}");
            }
            assert!(bits.iter().eq(model.iter().copied()), "in step {step}");
            assert_eq!(bits.last(), model.last().copied());
            for from in [1, 2, 64, 65, 193, 1_001, 2_000] {
                assert_eq!(bits.first_from(from), model.range(from..).next().copied(), "from {from} in step {step}");
            }
            assert!(SEATS.iter().all(|seat| bits.contains(*seat) == model.contains(seat)));
            for (first, last) in [(1, 1_001), (63, 130), (64, 64), (129, 400)] {
                let told: Vec<_> = bits.gaps(first..last + 1).map(|gap| (gap.start, gap.end)).collect();
                assert_eq!(told, gaps(&model, first, last), "gaps from {first} to {last} in step {step}");
            }
        }
    }
}
