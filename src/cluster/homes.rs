//! Where a slot is at home: at one of the instances that can take it, which all of them find alike. Of `n` instances each
//! is the home of about every n-th slot, and when one goes only its own slots move: rendezvous hashing (Thaler and
//! Ravishankar, "Using name-based mappings to increase hit rates", 1998).

use crate::domain::{NodeId, Slot};

/// The home of a slot among some instances; nothing where there is none.
pub(super) fn home(slot: Slot, among: impl IntoIterator<Item = NodeId>) -> Option<NodeId> {
    among.into_iter().max_by_key(|node| weight(*node, slot))
}

fn weight(node: NodeId, slot: Slot) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&node.0.to_le_bytes()).update(&slot.0.to_le_bytes());
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::home;
    use crate::domain::{NodeId, Slot};

    const NODES: [NodeId; 3] = [NodeId(1), NodeId(2), NodeId(3)];

    #[test]
    fn every_slot_has_a_home_and_each_instance_about_as_many() {
        let mut homes: BTreeMap<NodeId, usize> = BTreeMap::new();
        for slot in (0..1_000).map(Slot) {
            *homes.entry(home(slot, NODES).expect("there are three")).or_default() += 1;
        }
        assert!(homes.len() == 3 && homes.values().all(|count| (280..=390).contains(count)), "{homes:?}");
        assert_eq!(home(Slot(1), []), None);
    }

    #[test]
    fn only_the_slots_of_an_instance_that_goes_move() {
        for slot in (0..1_000).map(Slot) {
            let before = home(slot, NODES).expect("there are three");
            let after = home(slot, NODES.into_iter().filter(|node| *node != NodeId(2))).expect("there are two");
            assert!(before == NodeId(2) || before == after, "{slot:?}");
            assert_eq!(home(slot, NODES.into_iter().rev()), Some(before), "in whatever order they are named");
        }
    }
}
