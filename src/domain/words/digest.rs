//! What tells the histories of two copies apart at a glance.

use serde::{Deserialize, Serialize};

/// A fold over what became of every command. Copies that applied the same commands and differ here have fallen apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest(pub u64);

/// Two of the constants of wyhash.
const MULTIPLIERS: [u64; 2] = [0xa076_1d64_78bd_642f, 0xe703_7ed1_a0b4_28db];

impl Digest {
    /// The digest with one more number in it: both are multiplied to 128 bits, of which the halves are joined by
    /// exclusive or (`wymix` of wyhash by Wang Yi).
    #[must_use]
    pub fn with(self, number: u64) -> Self {
        let product = u128::from(self.0 ^ MULTIPLIERS[0]) * u128::from(number ^ MULTIPLIERS[1]);
        let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).expect("64 bits");
        Self(half(product >> 64) ^ half(product))
    }

    /// The digest with all these numbers in it, in their order.
    #[must_use]
    pub fn with_all(self, numbers: impl IntoIterator<Item = u64>) -> Self {
        numbers.into_iter().fold(self, Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn a_known_digest_stays_what_it_is_and_each_number_and_the_order_count() {
        let of = |numbers: [u64; 3]| Digest::default().with_all(numbers).0;
        assert_eq!(of([1, 2, 3]), 0xc1e0_0d8e_5f31_59ca);
        let others = [[0, 2, 3], [1, 0, 3], [1, 2, 0], [2, 1, 3], [1, 3, 2], [0, 0, 0]];
        assert!(others.into_iter().all(|other| of(other) != of([1, 2, 3])));
    }
}
