//! The other instances, each by what it is asked for: those that the flags name, and those that were taken in since.

use std::collections::{BTreeMap, BTreeSet};

use parking_lot::RwLock;

use super::link::{Dialer, Peer, PeerName, Traffic};
use crate::domain::{Members, NodeId};

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
pub(super) struct Peers {
    dialer: Dialer,
    own: NodeId,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    ways: BTreeMap<NodeId, PeerConnections>,
    /// The newest members that were told, this instance included.
    members: BTreeSet<NodeId>,
}

impl Peers {
    /// To those at these addresses, this instance left out.
    #[must_use]
    pub(super) fn new(dialer: Dialer, own: NodeId, addresses: &BTreeMap<NodeId, String>) -> Self {
        let others = addresses.iter().filter(|(node, _)| **node != own);
        let ways = others.map(|(node, address)| (*node, connections(&dialer, *node, address))).collect();
        let known = RwLock::new(Known { ways, members: BTreeSet::new() });
        Self { dialer, own, known }
    }

    /// The way to one.
    pub(super) fn get(&self, node: NodeId) -> Option<PeerConnections> {
        self.known.read().ways.get(&node).cloned()
    }

    /// All of them, as they are at this moment.
    pub(super) fn all(&self) -> BTreeMap<NodeId, PeerConnections> {
        self.known.read().ways.clone()
    }

    /// Takes up who is a member from now on, and where: there is a way to each, and none any more to those that were
    /// members and are not. One that the flags name and that was no member yet is kept.
    pub(super) fn follow(&self, members: &Members) {
        let mut known = self.known.write();
        let now: BTreeSet<NodeId> = members.addresses.keys().copied().collect();
        let Known { ways, members: before } = &mut *known;
        ways.retain(|node, _| now.contains(node) || !before.contains(node));
        for (node, address) in members.addresses.iter().filter(|(node, _)| **node != self.own) {
            let is_there = ways.get(node).is_some_and(|way| *way.control.name().address == **address);
            if !is_there {
                ways.insert(*node, connections(&self.dialer, *node, address));
            }
        }
        *before = now;
    }
}

fn connections(dialer: &Dialer, node: NodeId, address: &str) -> PeerConnections {
    let name = PeerName { node, address: address.into() };
    let to = |traffic| Peer::new(dialer.clone(), name.clone(), traffic);
    PeerConnections { propose: to(Traffic::Propose), control: to(Traffic::Control), forward: to(Traffic::Forward) }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::Arc;

    use tokio::sync::watch;

    use super::Peers;
    use crate::cluster::link::{ClusterKey, DialLimits, Dialer, Identity, PROTOCOL_VERSION, Tcp, Versions};
    use crate::domain::{Members, NodeId};

    fn dialer() -> Dialer {
        let key = ClusterKey::read("the key that all instances of this test have").expect("long enough");
        let versions = Versions { protocol: PROTOCOL_VERSION, log: 7, data: 7 };
        let identity = Identity { node: NodeId(1), cluster: Some(10), disk: 1, versions };
        Dialer {
            tls: key.client_config(),
            identity: watch::channel(identity).1,
            limits: DialLimits::default(),
            network: Arc::new(Tcp),
        }
    }

    fn addresses(of: &[(u64, &str)]) -> BTreeMap<NodeId, String> {
        of.iter().map(|(node, address)| (NodeId(*node), (*address).to_owned())).collect()
    }

    fn members(of: &[(u64, &str)]) -> Members {
        let addresses = addresses(of);
        Members { voters: vec![addresses.keys().copied().collect::<BTreeSet<_>>()], addresses }
    }

    #[tokio::test]
    async fn the_ways_follow_the_members_and_those_of_the_flags_stay_until_they_were_members() {
        let peers = Peers::new(dialer(), NodeId(1), &addresses(&[(1, "a:1"), (2, "b:1"), (3, "c:1")]));
        let named = |peers: &Peers| -> Vec<(u64, String)> {
            peers.all().iter().map(|(node, way)| (node.0, way.forward.name().address.to_string())).collect()
        };
        let told = |of: &[(u64, &str)]| -> Vec<(u64, String)> {
            of.iter().map(|(node, address)| (*node, (*address).to_owned())).collect()
        };
        assert_eq!(named(&peers), told(&[(2, "b:1"), (3, "c:1")]));
        peers.follow(&members(&[(1, "a:1"), (2, "b:1")]));
        assert_eq!(named(&peers), told(&[(2, "b:1"), (3, "c:1")]), "3 is not taken in yet");
        peers.follow(&members(&[(1, "a:1"), (2, "b:2"), (3, "c:1"), (4, "d:1")]));
        assert_eq!(named(&peers), told(&[(2, "b:2"), (3, "c:1"), (4, "d:1")]));
        peers.follow(&members(&[(1, "a:1"), (2, "b:2"), (4, "d:1")]));
        assert_eq!(named(&peers), told(&[(2, "b:2"), (4, "d:1")]), "3 was a member");
        assert!(peers.get(NodeId(3)).is_none() && peers.get(NodeId(4)).is_some());
    }
}
