//! Which instances order the log together.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::slots::NodeId;

/// The instances that order the log together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Members {
    /// Those with a vote: a majority of each set has to agree. There are two sets while one takes the place of the other.
    pub voters: Vec<BTreeSet<NodeId>>,
    /// Where each is reached by the others, those without a vote included.
    pub addresses: BTreeMap<NodeId, String>,
}

/// The newest members, and the entry that says so: nothing that a command sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersRow {
    /// The term and the instance under whose leadership the entry was written, and its index.
    pub term: u64,
    pub node: NodeId,
    pub index: u64,
    pub members: Members,
}
