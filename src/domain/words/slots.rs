//! Slots: the shares into which concerts fall by their ids. Leadership is given by slot, to one of the instances.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ids::ConcertId;

/// An instance; 0 is the one of a server that runs alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId(pub u64);

impl From<u64> for NodeId {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// The number of a slot, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot(pub u16);

/// Counts the owners that a slot has had, from 1. What an earlier owner still asks for is refused by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Epoch(pub u32);

/// The instances that lead together, as they were formed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterRow {
    pub id: u128,
    /// How many slots there are, for the life of the cluster.
    pub slots: u16,
    /// The keys that all instances share, sealed by a key that only they have.
    pub sealed_keys: Vec<u8>,
}

/// Who leads the concerts of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotRow {
    pub owner: NodeId,
    pub epoch: Epoch,
}

/// How far an instance has come with what it adds to entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginRow {
    /// Which life of its process, counted from 1.
    pub incarnation: u64,
    /// The number of its newest part in that life.
    pub number: u64,
}

impl Slot {
    /// The slot of a concert among so many: FNV-1a of 64 bits over the id (draft-eastlake-fnv), folded to 32 by
    /// exclusive or, modulo their number.
    ///
    /// # Panics
    /// When there are none.
    pub fn of(concert: &ConcertId, slots: u16) -> Self {
        let hash = concert
            .as_str()
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        let folded = (hash >> 32) ^ (hash & 0xffff_ffff);
        Self(u16::try_from(folded % u64::from(slots)).expect("less than the number of slots"))
    }
}

#[cfg(test)]
mod tests {
    use super::Slot;
    use crate::domain::ConcertId;

    #[test]
    fn slots_of_known_ids_stay_what_they_are_and_ids_spread() {
        let of = |id: &str| Slot::of(&ConcertId::parse(id).expect("an id"), 64).0;
        assert_eq!(["a", "spring", "demo"].map(of), [0, 28, 49]);
        let mut seen = [0_u32; 64];
        (0..6_400).for_each(|number| seen[usize::from(of(&format!("concert-{number}")))] += 1);
        assert!(seen.iter().all(|count| (50..150).contains(count)), "{seen:?}");
    }
}
