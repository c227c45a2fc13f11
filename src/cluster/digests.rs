//! Whether the copies of all instances are equal, as whoever orders the log compares them: each tells now and then what became
//! of every command up to an entry.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::NodeId;
use crate::log::Index;

/// The entries at which copies are compared are multiples of this one.
pub(super) const COMPARE_EVERY: u64 = 1_024;
/// Entries of which digests are kept: an instance that lags by more is compared at a later one.
const KEPT_MAX: usize = 8;

/// What became of every command up to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    pub index: Index,
    pub digest: u64,
}

/// The newest checkpoints of all.
#[derive(Debug, Default)]
pub(super) struct Digests(BTreeMap<Index, BTreeMap<NodeId, u64>>);

impl Digests {
    /// Takes up a checkpoint of an instance, and gives the entry at which its copy differs from that of a majority of the
    /// voters.
    pub(super) fn differs(
        &mut self,
        node: NodeId,
        Checkpoint { index, digest }: Checkpoint,
        voters: &BTreeSet<NodeId>,
    ) -> Option<Index> {
        self.0.entry(index).or_default().insert(node, digest);
        while self.0.len() > KEPT_MAX {
            self.0.pop_first();
        }
        let differs = |told: &BTreeMap<NodeId, u64>| {
            let agree = |digest: &u64| voters.iter().filter(|voter| told.get(voter) == Some(digest)).count();
            told.get(&node)
                .is_some_and(|own| told.values().any(|other| other != own && agree(other) * 2 > voters.len()))
        };
        self.0.iter().find(|(_, told)| differs(told)).map(|(index, _)| *index)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{COMPARE_EVERY, Checkpoint, Digests, KEPT_MAX};
    use crate::domain::NodeId;
    use crate::log::Index;

    /// What is found when these instances say these digests of these checkpoints, one after the other.
    fn found<const N: usize>(digests: &mut Digests, told: [(u64, u64, u64); N]) -> [Option<u64>; N] {
        let voters: BTreeSet<NodeId> = [1, 2, 3].map(NodeId).into();
        told.map(|(node, at, digest)| {
            let checkpoint = Checkpoint { index: Index(at * COMPARE_EVERY), digest };
            digests.differs(NodeId(node), checkpoint, &voters).map(|index| index.0 / COMPARE_EVERY)
        })
    }

    #[test]
    fn whoever_differs_from_a_majority_is_found_whichever_says_so_first() {
        assert_eq!(found(&mut Digests::default(), [(1, 1, 7), (2, 1, 7), (3, 1, 7)]), [None; 3]);
        assert_eq!(found(&mut Digests::default(), [(1, 1, 7), (2, 1, 7), (3, 1, 8)]), [None, None, Some(1)]);
        let late = found(&mut Digests::default(), [(3, 1, 8), (1, 1, 7), (2, 1, 7), (3, 1, 8)]);
        assert_eq!(late, [None, None, None, Some(1)]);
        assert_eq!(
            found(&mut Digests::default(), [(1, 1, 7), (2, 1, 8), (3, 1, 9), (1, 1, 7)]),
            [None; 4],
            "no majority"
        );
    }

    #[test]
    fn one_that_is_ahead_is_found_by_what_it_said_before() {
        let mut digests = Digests::default();
        assert_eq!(found(&mut digests, [(3, 1, 8), (3, 2, 9), (1, 1, 7), (2, 1, 7)]), [None; 4]);
        assert_eq!(found(&mut digests, [(1, 2, 3), (3, 3, 5)]), [None, Some(1)]);
    }

    #[test]
    fn the_newest_checkpoints_are_kept() {
        let mut digests = Digests::default();
        for at in 1..=2 * KEPT_MAX as u64 {
            found(&mut digests, [(1, at, at), (2, at, at)]);
        }
        assert_eq!(digests.0.len(), KEPT_MAX);
        assert_eq!(found(&mut digests, [(3, 1, 0)]), [None], "it is compared at a later one");
        assert_eq!(found(&mut digests, [(3, KEPT_MAX as u64 + 2, 0)]), [Some(KEPT_MAX as u64 + 2)]);
    }
}
