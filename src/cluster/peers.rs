//! The other instances as the flags name them, each by what it is asked for.

use std::collections::BTreeMap;

use super::link::{Dialer, Peer, PeerName, Traffic};
use crate::domain::NodeId;

/// Where parts are proposed.
pub(super) const PROPOSE_PATH: &str = "/propose";

/// Another instance: a connection for each kind of traffic that is not the consensus library's, which has its own.
#[derive(Clone)]
pub(super) struct PeerConnections {
    pub propose: Peer,
    pub control: Peer,
    pub forward: Peer,
}

/// The ways to all others.
#[must_use]
pub(super) fn connections(
    dialer: &Dialer,
    own: NodeId,
    peers: &BTreeMap<NodeId, String>,
) -> BTreeMap<NodeId, PeerConnections> {
    let others = peers.iter().filter(|(node, _)| **node != own);
    others
        .map(|(node, address)| {
            let name = PeerName { node: *node, address: address.as_str().into() };
            let to = |traffic| Peer::new(dialer.clone(), name.clone(), traffic);
            let connections = PeerConnections {
                propose: to(Traffic::Propose),
                control: to(Traffic::Control),
                forward: to(Traffic::Forward),
            };
            (*node, connections)
        })
        .collect()
}
