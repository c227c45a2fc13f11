//! Which instance leads the concerts of which slot, and how far each has come with what it adds to entries. A server that
//! runs alone has none of it.

use std::collections::BTreeMap;

use crate::domain::words::{ClusterRow, MembersRow, NodeId, OriginRow, Slot, SlotRow};

/// What is kept of the instances that lead together.
#[derive(Debug, Default)]
pub(super) struct Ownership {
    pub members: Option<MembersRow>,
    pub cluster: Option<ClusterRow>,
    pub slots: BTreeMap<Slot, SlotRow>,
    pub origins: BTreeMap<NodeId, OriginRow>,
}
