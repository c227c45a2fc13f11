//! Whether this server is one of several instances, and what it needs for that. It judges how the settings about them
//! fit together, and opens nothing.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use thiserror::Error;

use super::origin::{Authority, Host};
use super::settings::{Cluster, Config};
use crate::domain::NodeId;

/// What an instance needs to take part in a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterSettings {
    /// Which of the peers this instance is.
    pub node: NodeId,
    /// Where the instances reach each other, this one included, as `host:port`; at least one.
    pub peers: BTreeMap<NodeId, String>,
    /// Where the others reach this one.
    pub listen: SocketAddr,
    /// Shares into which concerts fall, 1 to 4,096.
    pub shards: u16,
    /// The file with the cluster key. Nothing is known of it but its name.
    pub key_file: PathBuf,
}

/// Why settings of several instances do not fit together.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ClusterFault {
    #[error(
        "{setting} is for one of several instances, but cluster.peers names none: name all with --peers, or leave it out"
    )]
    WithoutPeers { setting: &'static str },
    #[error("cluster.peers names instances, but nothing says which of them this one is: give --node-id {}", either(.peers))]
    NoNodeId { peers: Vec<NodeId> },
    #[error("cluster.node_id is {node}, but cluster.peers does not name it: give --node-id {}, or add {node} to --peers", either(.peers))]
    NotAmongPeers { node: NodeId, peers: Vec<NodeId> },
    #[error(
        "cluster.peers names instances, but there is no key by which they know each other: give all of them the same file \
         with --cluster-key-file"
    )]
    NoKeyFile,
}

impl ClusterFault {
    /// The setting that it is about.
    pub fn setting(&self) -> &'static str {
        match self {
            Self::WithoutPeers { setting } => setting,
            Self::NoNodeId { .. } | Self::NoKeyFile => "cluster.peers",
            Self::NotAmongPeers { .. } => "cluster.node_id",
        }
    }
}

/// Ids, one of which is to be chosen.
fn either(ids: &[NodeId]) -> String {
    ids.iter().map(NodeId::to_string).collect::<Vec<_>>().join(" or ")
}

impl Config {
    /// What this server needs to be one of several instances; `None` when it runs alone, as it does unless
    /// `cluster.peers` names some.
    ///
    /// # Errors
    /// Everything that does not fit together; the command line tells it before anything is started.
    pub fn cluster(&self) -> Result<Option<ClusterSettings>, Vec<ClusterFault>> {
        let settings = &self.cluster;
        let Cluster { node_id, peers, peer_listen, shards, key_file } = settings;
        if peers.is_empty() {
            let given = [
                ("cluster.node_id", node_id.is_some()),
                ("cluster.peer_listen", peer_listen.is_some()),
                ("cluster.key_file", key_file.is_some()),
            ];
            let faults = given.into_iter().filter(|(_, is_given)| *is_given);
            let faults: Vec<_> = faults.map(|(setting, _)| ClusterFault::WithoutPeers { setting }).collect();
            return if faults.is_empty() { Ok(None) } else { Err(faults) };
        }
        match (own(settings), key_file.clone()) {
            (Ok((node, address)), Some(key_file)) => {
                let listen = peer_listen.unwrap_or_else(|| listening_at(address));
                Ok(Some(ClusterSettings { node, peers: peers.clone(), listen, shards: *shards, key_file }))
            }
            (own, key_file) => {
                let no_key_file = key_file.is_none().then_some(ClusterFault::NoKeyFile);
                Err(own.err().into_iter().chain(no_key_file).collect())
            }
        }
    }
}

impl ClusterSettings {
    /// What is allowed and seldom meant, in a sentence.
    pub fn warning(&self) -> Option<String> {
        let count = self.peers.len();
        let spare = (count - 1) / 2;
        count.is_multiple_of(2).then(|| {
            format!(
                "cluster.peers names {count} instances and needs {} of them: it bears the loss of {spare}, no more than with \
                 {}, so name one more or one less",
                count - spare,
                count - 1
            )
        })
    }
}

/// Which instance this is, and its address.
fn own(settings: &Cluster) -> Result<(NodeId, &str), ClusterFault> {
    let ids = || settings.peers.keys().copied().collect();
    let node = settings.node_id.ok_or_else(|| ClusterFault::NoNodeId { peers: ids() })?;
    match settings.peers.get(&node) {
        Some(address) => Ok((node, address)),
        None => Err(ClusterFault::NotAmongPeers { node, peers: ids() }),
    }
}

/// Where an instance listens that the others reach at `address`. No name is resolved but that of loopback: a start must
/// not depend on a name server.
fn listening_at(address: &str) -> SocketAddr {
    let Authority { host, port } = Authority::parse(address).expect("addresses of peers are read as host and port");
    let ip = match host {
        Host::Address(ip) => ip,
        Host::Name(_) if host.is_loopback() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Host::Name(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    };
    SocketAddr::new(ip, port.expect("addresses of peers are read with a port"))
}

#[cfg(test)]
mod tests {
    use super::super::assigned::Assigned;
    use super::super::value::Given;
    use super::{ClusterFault, ClusterSettings};
    use crate::domain::NodeId;

    const THREE: &str = "1=10.0.0.1:7001,2=box2.example:7002,3=http://[fd00::3]:7003";

    fn cluster(pairs: &[(&str, &str)]) -> Result<Option<ClusterSettings>, Vec<ClusterFault>> {
        let mut assigned = Assigned::default();
        for (name, text) in pairs {
            assigned.assign(name, &Given::Word((*text).to_owned()), "--set").expect("it is allowed");
        }
        assigned.config().cluster()
    }

    /// Settings of a cluster without faults, which others add to.
    fn taking_part(peers: &str, node: &str, more: &[(&str, &str)]) -> ClusterSettings {
        let settings = [("cluster.peers", peers), ("cluster.node_id", node), ("cluster.key_file", "cluster.key")];
        cluster(&[&settings, more].concat()).expect("nothing is wrong").expect("it has peers")
    }

    #[test]
    fn without_peers_a_server_runs_alone() {
        assert_eq!(cluster(&[]), Ok(None));
        assert_eq!(cluster(&[("cluster.peers", ""), ("cluster.shards", "8")]), Ok(None));
        let given =
            [("cluster.node_id", "1"), ("cluster.peer_listen", "127.0.0.1:1"), ("cluster.key_file", "cluster.key")];
        for (setting, text) in given {
            let faults = cluster(&[(setting, text)]).expect_err(setting);
            assert_eq!(faults, [ClusterFault::WithoutPeers { setting }]);
            let told = faults[0].to_string();
            assert!(faults[0].setting() == setting && told.starts_with(setting) && told.contains("--peers"), "{told}");
        }
        assert_eq!(cluster(&given).expect_err("nothing of it stands alone").len(), 3);
    }

    #[test]
    fn an_instance_is_one_of_its_peers_and_has_a_key() {
        let found = taking_part(THREE, "3", &[("cluster.shards", "8")]);
        assert_eq!((found.node, found.shards, found.peers.len()), (NodeId(3), 8, 3));
        assert_eq!(found.key_file.to_str(), Some("cluster.key"));
        assert_eq!(taking_part("7=a:1", "7", &[]).peers.len(), 1, "a cluster may have one instance");

        let peers: Vec<NodeId> = [1, 2, 3].map(NodeId).to_vec();
        let faults = cluster(&[("cluster.peers", THREE)]).expect_err("neither id nor key");
        assert_eq!(faults, [ClusterFault::NoNodeId { peers: peers.clone() }, ClusterFault::NoKeyFile]);
        let told = faults.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert!(told[0].ends_with("give --node-id 1 or 2 or 3"), "{told:?}");
        assert!(told[1].ends_with("the same file with --cluster-key-file"), "{told:?}");
        assert!(faults.iter().all(|fault| fault.setting() == "cluster.peers"));

        let other = [("cluster.peers", THREE), ("cluster.node_id", "4"), ("cluster.key_file", "cluster.key")];
        let faults = cluster(&other).expect_err("another id");
        assert_eq!(faults, [ClusterFault::NotAmongPeers { node: NodeId(4), peers }]);
        let told = faults[0].to_string();
        let expected = "cluster.node_id is 4, but cluster.peers does not name it: give --node-id 1 or 2 or 3, or add 4 to \
                        --peers";
        assert_eq!((faults[0].setting(), told.as_str()), ("cluster.node_id", expected));
    }

    #[test]
    fn it_listens_where_the_others_look_for_it() {
        let listens = |node: &str, more: &[(&str, &str)]| {
            let peers = format!("{THREE},4=localhost:7004");
            taking_part(&peers, node, more).listen.to_string()
        };
        assert_eq!(listens("1", &[]), "10.0.0.1:7001");
        assert_eq!(listens("2", &[]), "0.0.0.0:7002", "a name is not resolved");
        assert_eq!(listens("3", &[]), "[fd00::3]:7003");
        assert_eq!(listens("4", &[]), "127.0.0.1:7004", "but that of loopback");
        assert_eq!(listens("1", &[("cluster.peer_listen", "[::]:9000")]), "[::]:9000");
        assert_eq!(listens("1", &[("cluster.peer_listen", "none")]), "10.0.0.1:7001");
    }

    #[test]
    fn an_even_number_of_instances_is_warned_of() {
        let warning = |count: u16| {
            let peers: Vec<String> = (1..=count).map(|id| format!("{id}=a:{id}")).collect();
            taking_part(&peers.join(","), "1", &[]).warning()
        };
        assert_eq!([1, 3, 5].map(warning), [None, None, None]);
        for (count, text) in [
            (2, "names 2 instances and needs 2 of them: it bears the loss of 0, no more than with 1"),
            (4, "names 4 instances and needs 3 of them: it bears the loss of 1, no more than with 3"),
        ] {
            let told = warning(count).expect("it is even");
            assert!(told.contains(text), "{told}");
        }
    }
}
