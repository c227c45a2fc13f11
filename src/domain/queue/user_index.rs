//! Where the live place of each user of a queue may be. Nothing can be read of it in an order, so that a fixed hash may
//! decide where a user lies and the core stays deterministic.
//!
//! A slot is one word: bits of the user's hash and the place's sequence. Who has the place is known by the place, so
//! that a user takes 11 to 21 bytes here, and an arrival or an ending meets one line of memory however many wait.

use std::hint::black_box;

use crate::domain::words::{Sequence, UserId};

/// Parts that grow on their own, so that no arrival waits until a million users have been moved: growing a part of a
/// million moves 4,000 of them.
const PARTS: usize = 256;
/// Slots that the smallest part has; a power of two, as every number of slots.
const SLOTS_MIN: usize = 4;
/// A word has the sequence below and the mark of the user above.
const SEQUENCE_BITS: u32 = 40;
/// No word: this sequence is never given.
const EMPTY: u64 = u64::MAX;
/// Ended places that are taken out together.
const ENDED_MAX: usize = 32;

/// The live place of each user.
#[derive(Debug, Default)]
pub(super) struct UserIndex {
    /// None at all while nobody has a place.
    parts: Vec<Part>,
    users: usize,
    /// Words of places that ended, which are still in the parts that stand in front of them.
    ended: Vec<(usize, u64)>,
}

/// A hash table with linear probing: a word lies in the first free slot at or behind that of its mark.
#[derive(Debug, Default)]
struct Part {
    slots: Vec<u64>,
    users: usize,
}

impl UserIndex {
    /// Notes the place of a user who has none; `sequence` is below 2^40 - 1.
    pub(super) fn insert(&mut self, user: UserId, Sequence(sequence): Sequence) {
        assert!(sequence < (1 << SEQUENCE_BITS) - 1, "sequence {sequence} fits into a word");
        if self.parts.is_empty() {
            self.parts.resize_with(PARTS, Part::default);
        }
        let (part, mark) = whereabouts(user);
        self.parts[part].insert(mark << SEQUENCE_BITS | sequence);
        self.users += 1;
    }

    /// Forgets the place that was noted for a user, though not at once.
    pub(super) fn remove(&mut self, user: UserId, Sequence(sequence): Sequence) {
        let (part, mark) = whereabouts(user);
        self.ended.push((part, mark << SEQUENCE_BITS | sequence));
        self.users -= 1;
        if self.users == 0 {
            *self = Self::default();
        } else if self.ended.len() == ENDED_MAX {
            self.forget_ended();
        }
    }

    /// Each of the ended lies in a line of memory that nobody else needs now. When they are read one after the other with
    /// nothing in between, the processor waits for all of the lines together.
    fn forget_ended(&mut self) {
        let words = self.ended.iter().map(|(part, word)| self.parts[*part].at_home(*word));
        black_box(words.fold(0, u64::wrapping_add));
        for (part, word) in self.ended.drain(..) {
            self.parts[part].remove(word);
        }
    }

    /// Places one of which is the user's, if the user has any: seldom more than that one, and those of the user that ended
    /// not long ago.
    pub(super) fn candidates(&self, user: UserId) -> impl Iterator<Item = Sequence> {
        let (part, mark) = whereabouts(user);
        let words = self.parts.get(part).into_iter().flat_map(move |part| part.from(mark));
        let marked = words.filter(move |word| word >> SEQUENCE_BITS == mark);
        marked.map(|word| Sequence(word & ((1 << SEQUENCE_BITS) - 1)))
    }

    pub(super) fn len(&self) -> usize {
        self.users
    }
}

impl Part {
    /// The words from the slot of a mark on, to the next free slot.
    fn from(&self, mark: u64) -> impl Iterator<Item = u64> {
        let (front, back) = self.slots.split_at(if self.slots.is_empty() { 0 } else { self.home(mark) });
        back.iter().chain(front).copied().take_while(|word| *word != EMPTY)
    }

    fn insert(&mut self, word: u64) {
        if (self.users + 1) * 4 > self.slots.len() * 3 {
            self.resize((self.slots.len() * 2).max(SLOTS_MIN));
        }
        self.put(word);
        self.users += 1;
    }

    fn put(&mut self, word: u64) {
        let mut at = self.home(word >> SEQUENCE_BITS);
        while self.slots[at] != EMPTY {
            at = self.behind(at);
        }
        self.slots[at] = word;
    }

    fn remove(&mut self, word: u64) {
        let mut hole = self.home(word >> SEQUENCE_BITS);
        while self.slots[hole] != word {
            assert_ne!(self.slots[hole], EMPTY, "a place is noted for its user until it ends");
            hole = self.behind(hole);
        }
        // Whoever lies behind, not to be parted from the own slot by a free one, moves up.
        let mut at = self.behind(hole);
        while self.slots[at] != EMPTY {
            let home = self.home(self.slots[at] >> SEQUENCE_BITS);
            if self.distance(home, at) >= self.distance(hole, at) {
                self.slots[hole] = self.slots[at];
                hole = at;
            }
            at = self.behind(at);
        }
        self.slots[hole] = EMPTY;
        self.users -= 1;
        if self.users * 8 < self.slots.len() && self.slots.len() > SLOTS_MIN {
            self.resize(self.slots.len() / 2);
        }
    }

    fn resize(&mut self, slots: usize) {
        let words = std::mem::replace(&mut self.slots, vec![EMPTY; slots]);
        words.into_iter().filter(|word| *word != EMPTY).for_each(|word| self.put(word));
    }

    /// What lies in the slot of a word's mark.
    fn at_home(&self, word: u64) -> u64 {
        self.slots[self.home(word >> SEQUENCE_BITS)]
    }

    fn home(&self, mark: u64) -> usize {
        mark as usize & (self.slots.len() - 1)
    }

    fn behind(&self, at: usize) -> usize {
        (at + 1) & (self.slots.len() - 1)
    }

    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & (self.slots.len() - 1)
    }
}

/// The part in which a user lies, and the user's mark. Every bit of the user moves every bit of them: the halves, one of
/// them the time of day in most ids, are multiplied and the product's own halves folded.
fn whereabouts(UserId(bits): UserId) -> (usize, u64) {
    const ODD: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xD1B5_4A32_D192_ED03];
    let fold = |one: u64, other: u64| {
        let product = u128::from(one) * u128::from(other);
        (product >> 64) as u64 ^ product as u64
    };
    let hash = fold(fold((bits >> 64) as u64 ^ ODD[0], ODD[1]) ^ bits as u64, ODD[0]);
    (hash as usize % PARTS, hash >> SEQUENCE_BITS)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{ENDED_MAX, PARTS, UserIndex, whereabouts};
    use crate::domain::{Sequence, UserId};

    #[test]
    fn users_of_any_making_are_found_until_they_go() {
        for spread in [1, 1 << 64, 1 << 127 | 1, 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835_u128] {
            let user = |number: u64| UserId(u128::from(number).wrapping_mul(spread));
            let (mut users, mut naive) = (UserIndex::default(), BTreeMap::new());
            let mut random = 0x9E37_79B9_7F4A_7C15_u64;
            for step in 0..200_000_u64 {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let number = random % 7_000;
                // Times in which most come alternate with times in which most go.
                let coming = random >> 32 & 7 < if step / 50_000 % 2 == 0 { 6 } else { 2 };
                if let Some(sequence) = naive.get(&number).copied().filter(|_| !coming) {
                    users.remove(user(number), sequence);
                    naive.remove(&number);
                } else if coming && !naive.contains_key(&number) {
                    users.insert(user(number), Sequence(step));
                    naive.insert(number, Sequence(step));
                }
                let asked = random >> 16 & 8_191;
                let found: Vec<Sequence> = users.candidates(user(asked)).collect();
                let known = naive.get(&asked).copied();
                assert!(known.is_none_or(|sequence| found.contains(&sequence)), "user {asked} after step {step}");
                let others = found
                    .iter()
                    .filter(|sequence| known != Some(**sequence) && naive.values().any(|live| live == *sequence));
                assert!(others.count() <= 1, "{found:?} for one user");
            }
            assert_eq!(users.len(), naive.len());
            naive.into_iter().for_each(|(number, sequence)| users.remove(user(number), sequence));
            assert_eq!((users.len(), users.parts.len()), (0, 0));
        }
    }

    #[test]
    fn users_who_leave_leave_their_memory() {
        let mut users = UserIndex::default();
        let user = |number: u64| UserId(u128::from(number) << 64);
        (0..100_000).for_each(|number| users.insert(user(number), Sequence(number)));
        (0..98_000).for_each(|number| users.remove(user(number), Sequence(number)));
        let slots: usize = users.parts.iter().map(|part| part.slots.len()).sum();
        assert!(slots <= 8 * users.len() + PARTS * 8, "{slots} slots for {} users", users.len());
    }

    #[test]
    fn places_that_ended_are_forgotten_before_long_and_a_new_one_of_the_same_user_is_not() {
        let mut users = UserIndex::default();
        let user = |number: u64| UserId(u128::from(number));
        (0..1_000).for_each(|number| users.insert(user(number), Sequence(number)));
        (0..500).for_each(|number| users.remove(user(number), Sequence(number)));
        users.insert(user(499), Sequence(1_000));
        let noted = |users: &UserIndex| (0..500).map(|number| users.candidates(user(number)).count()).sum::<usize>();
        assert!(noted(&users) <= ENDED_MAX, "{} places of users who left", noted(&users));
        (500..500 + ENDED_MAX as u64).for_each(|number| users.remove(user(number), Sequence(number)));
        assert!(users.candidates(user(499)).any(|sequence| sequence == Sequence(1_000)));
        assert_eq!(users.len(), 501 - ENDED_MAX);
    }

    #[test]
    fn ids_of_one_millisecond_and_ids_that_count_fall_into_all_parts_alike() {
        for bits in [|number: u128| 0x0199_0000_0000_7000 << 64 | number, |number: u128| number << 64] {
            let mut users = vec![0_u32; PARTS];
            (0..100 * PARTS as u128).for_each(|number| users[whereabouts(UserId(bits(number))).0] += 1);
            let (fewest, most) = (users.iter().min(), users.iter().max());
            assert!(fewest >= Some(&50) && most <= Some(&160), "{fewest:?} to {most:?} of 100 users a part");
        }
    }
}
