//! What this instance knows of the cluster that it belongs to.

use super::handle::Handle;
use super::member::DigestAt;
use crate::cluster::{Readiness, Status};
use crate::domain::{Epoch, NodeId, Slot, SlotRow};

/// What this instance knows of its cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterStatus {
    pub instance: Status,
    /// Which instance owns which slots, in their order.
    pub slots: Vec<SlotRange>,
    /// What became of every command up to an entry that is applied here.
    pub digest: DigestAt,
}

/// Slots in a row with the same owner and the same epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotRange {
    pub from: Slot,
    /// The last of them.
    pub to: Slot,
    pub owner: NodeId,
    pub epoch: Epoch,
}

impl Handle {
    /// What this instance knows of its cluster; nothing alone.
    pub async fn cluster_status(&self) -> Option<ClusterStatus> {
        let member = self.shared.member.as_ref()?;
        let instance = member.instance.status().await?;
        let slots = self.read(|state| ranges(state.slots()));
        Some(ClusterStatus { instance, slots, digest: *member.digest.lock() })
    }

    /// Whether this instance can serve. Alone it always can.
    pub fn readiness(&self) -> Readiness {
        self.shared.member.as_ref().map_or(Readiness::Ready, |member| member.instance.readiness())
    }
}

fn ranges(slots: impl Iterator<Item = (Slot, SlotRow)>) -> Vec<SlotRange> {
    let mut ranges: Vec<SlotRange> = Vec::new();
    for (slot, SlotRow { owner, epoch }) in slots {
        match ranges.last_mut() {
            Some(last) if (last.owner, last.epoch) == (owner, epoch) && last.to.0 + 1 == slot.0 => last.to = slot,
            Some(_) | None => ranges.push(SlotRange { from: slot, to: slot, owner, epoch }),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::{SlotRange, ranges};
    use crate::domain::{Epoch, NodeId, Slot, SlotRow};

    #[test]
    fn slots_in_a_row_with_one_owner_and_epoch_are_one_range() {
        let row = |slot, owner, epoch| (Slot(slot), SlotRow { owner: NodeId(owner), epoch: Epoch(epoch) });
        let range = |from, to, owner, epoch| SlotRange {
            from: Slot(from),
            to: Slot(to),
            owner: NodeId(owner),
            epoch: Epoch(epoch),
        };
        let rows = [row(0, 1, 1), row(1, 1, 1), row(2, 1, 2), row(3, 2, 2), row(5, 2, 2)];
        let expected = [range(0, 1, 1, 1), range(2, 2, 1, 2), range(3, 3, 2, 2), range(5, 5, 2, 2)];
        assert_eq!(ranges(rows.into_iter()), expected);
    }
}
