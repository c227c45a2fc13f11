//! What the consensus library is told of our types.

use bytes::Bytes;
use openraft::RaftTypeConfig;

use super::runtime::Runtime;
use crate::domain::NodeId;
use crate::storage::Export;

/// The types of our consensus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Types;

/// What is to become an entry: its content, with parts, as the log stores it. It is encoded once, by whoever joins the
/// parts, and decoded where it is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal(pub Bytes);

/// An instance as the others reach it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Host and port.
    pub address: String,
}

/// The rows of a snapshot.
pub enum SnapshotRows {
    /// To be sent, as the tables have them.
    Export(Box<Export>),
    /// They were received, and are on the disk.
    Received,
}

impl RaftTypeConfig for Types {
    type D = Proposal;
    type R = ();
    type NodeId = NodeId;
    type Node = Member;
    type Entry = openraft::Entry<Self>;
    type SnapshotData = SnapshotRows;
    type AsyncRuntime = Runtime;
    type Responder = openraft::impls::OneshotResponder<Self>;
}
