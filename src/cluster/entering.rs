//! The way of an instance into its cluster: it forms it, is taken in, or goes on where it was.

use std::collections::BTreeMap;
use std::future::pending;
use std::net;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::future::join_all;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime::{self, Runtime};
use tokio::sync::watch;
use tokio::time::sleep;

use super::control::ask_standing;
use super::forming::{Data, FormingError, Standing, Step, next_step};
use super::founding::{FoundingError, found};
use super::instance::{Entry, Instance, Parts};
use super::link::{
    Accept, ClusterKey, Connect, DialLimits, Dialer, Identity, PROTOCOL_VERSION, Server, ServerLimits, Tcp, Versions,
};
use super::membership::{Membership, MembershipError};
use super::peer_answers::PeerAnswers;
use super::peers::Peers;
use super::tasks::Tasks;
use crate::domain::{ClusterRow, NodeId};
use crate::log::Index;
use crate::random_ids::random_id;
use crate::replica::Replica;
use crate::storage::{AnyDisk, FORMAT_VERSION, LOG_VERSION, LogWriter};

/// Threads on which instances talk. Syncs of the log and the application of entries hold two of them up.
const THREADS: usize = 4;
/// How long it is waited before all are asked again.
const PAUSE: Duration = Duration::from_millis(200);

/// What an instance is told of its cluster.
pub struct Options {
    pub node: NodeId,
    /// Host and port of all instances, this one included.
    pub peers: BTreeMap<NodeId, String>,
    /// How many slots the concerts fall into.
    pub slots: u16,
    pub key: ClusterKey,
    pub data_dir: PathBuf,
    /// Gives the keys that all instances share, sealed; asked where this one forms the cluster.
    pub seal_keys: Box<dyn FnOnce() -> Result<Vec<u8>, String> + Send>,
}

/// How an instance gets into its cluster over TCP.
pub struct Entrance {
    pub options: Options,
    /// Where others reach this instance.
    pub listener: net::TcpListener,
}

/// How an instance speaks with the others.
pub struct Ways {
    /// Where streams to others come from.
    pub network: Arc<dyn Connect>,
    /// Where those of others arrive.
    pub listener: Box<dyn Accept>,
}

/// An instance that has found its cluster.
pub struct Found {
    pub instance: Arc<Instance>,
    /// What the log has to say first, where this instance forms the cluster.
    pub founding: Option<ClusterRow>,
}

/// An instance that has found its cluster, with a runtime of its own.
pub struct Entered {
    pub found: Found,
    /// On which the instances talk. To be ended last.
    pub runtime: Runtime,
}

/// Why an instance does not get into a cluster.
#[derive(Debug, Error)]
pub enum EnterError {
    #[error(transparent)]
    Forming(#[from] FormingError),
    #[error(transparent)]
    Founding(#[from] FoundingError),
    #[error(transparent)]
    Membership(#[from] MembershipError),
    #[error("the threads for the other instances could not be started: {0}")]
    Threads(std::io::Error),
    #[error("the data folder is that of instance {kept}, not of instance {wanted}: start it with --node-id {kept}")]
    OtherNode { kept: NodeId, wanted: NodeId },
    #[error("the cluster has {kept} slots, not {wanted}: start this instance with --shards {kept}")]
    OtherSlots { kept: u16, wanted: u16 },
    #[error(
        "the data is that of a member of a cluster, and its file `cluster.id` is gone: put it back, or replace the \
         instance by an empty one under a new id"
    )]
    MembershipLost,
    #[error(
        "instance {0} was removed from its cluster, so its folder is of no use any more: start a new instance with an empty \
         folder, under an id that was never used"
    )]
    Removed(NodeId),
    #[error(
        "the copy of instance {node} differs from those of the others since entry {at} or before, so it is not used: {}",
        super::difference::advice(*node), at = at.0
    )]
    Differs { node: NodeId, at: Index },
    #[error("{0}")]
    Keys(String),
}

/// What of an instance is there before it knows its cluster.
struct Stranger {
    node: NodeId,
    address: String,
    dialer: Dialer,
    identity: watch::Sender<Identity>,
    standing: watch::Sender<Standing>,
    peers: Peers,
}

/// Finds the way into the cluster, with what a start has read. Blocks for as long as the others are not there; not on a
/// thread of a runtime.
///
/// # Errors
/// Why there is no way.
pub fn enter(entrance: Entrance, replica: &Replica, log: &mut LogWriter<AnyDisk>) -> Result<Entered, EnterError> {
    let Entrance { options, listener } = entrance;
    let threads =
        runtime::Builder::new_multi_thread().worker_threads(THREADS).thread_name("cluster").enable_all().build();
    let runtime = threads.map_err(EnterError::Threads)?;
    let found = runtime.block_on(async {
        let listener = Box::new(TcpListener::from_std(listener).map_err(EnterError::Threads)?);
        find_place(options, Ways { network: Arc::new(Tcp), listener }, replica, log).await
    });
    Ok(Entered { found: found?, runtime })
}

/// The same on the runtime that this is called on.
///
/// # Errors
/// Those of [`enter`].
pub async fn find_place(
    options: Options,
    ways: Ways,
    replica: &Replica,
    log: &mut LogWriter<AnyDisk>,
) -> Result<Found, EnterError> {
    let known = Membership::read(&options.data_dir)?;
    check(&options, known.as_ref(), replica)?;
    let disk = known.map_or_else(random_id, |membership| membership.disk);
    let Ways { network, listener } = ways;
    let stranger = Stranger::new(&options, (known, disk), network, replica, log);
    let instance_cell = Arc::new(OnceLock::new());
    let answers = PeerAnswers { standing: stranger.standing.subscribe(), instance: Arc::clone(&instance_cell) };
    let tls = options.key.server_config();
    let server = Server::new(tls, stranger.identity.subscribe(), answers, ServerLimits::default());
    let tasks = Tasks::new(runtime::Handle::current());
    tasks.spawn(server.serve(listener, pending()));
    let membership = match known {
        Some(membership) => membership,
        None => {
            let cluster = match stranger.find_cluster().await? {
                Seen::Cluster(cluster) => cluster,
                Seen::None => {
                    found(replica, log, options.node, &stranger.address)?;
                    random_id()
                }
            };
            Membership {
                cluster,
                node: options.node,
                disk,
                incarnation: 0,
                settings: None,
                is_welcome: false,
                is_removed: false,
                differs_at: None,
            }
        }
    };
    let membership = membership.begin_life(&options.data_dir)?;
    if known.is_some() && is_founder(replica, options.node) {
        // A crash may have left it unfinished.
        found(replica, log, options.node, &stranger.address)?;
    }
    stranger.belong_to(membership.cluster);
    let founding = if is_founder(replica, options.node) && replica.look().cluster().is_none() {
        let sealed_keys = (options.seal_keys)().map_err(EnterError::Keys)?;
        Some(ClusterRow { id: membership.cluster, slots: options.slots, sealed_keys })
    } else {
        None
    };
    let Stranger { address, dialer, peers, .. } = stranger;
    let entry = if is_member(replica, options.node) { Entry::Taken } else { Entry::Ahead };
    let parts = Parts { membership, data_dir: options.data_dir, address, dialer, peers, tasks, entry };
    let instance = Arc::new(Instance::new(parts));
    assert!(instance_cell.set(Arc::clone(&instance)).is_ok(), "there is one");
    Ok(Found { instance, founding })
}

/// Whether the data says that the instance has a vote.
fn is_member(replica: &Replica, node: NodeId) -> bool {
    let state = replica.look();
    state.members().is_some_and(|row| row.members.voters.iter().any(|set| set.contains(&node)))
}

/// Whether the data is that of an instance which is the only member.
fn is_founder(replica: &Replica, node: NodeId) -> bool {
    let state = replica.look();
    state.members().is_some_and(|row| row.members.voters.iter().all(|set| set.len() == 1 && set.contains(&node)))
}

/// Whether the folder fits to what the flags say.
fn check(options: &Options, known: Option<&Membership>, replica: &Replica) -> Result<(), EnterError> {
    let state = replica.look();
    if let Some(kept) = known.map(|membership| membership.node).filter(|kept| *kept != options.node) {
        return Err(EnterError::OtherNode { kept, wanted: options.node });
    }
    if let Some(membership) = known.filter(|membership| membership.is_removed) {
        return Err(EnterError::Removed(membership.node));
    }
    if let Some(Membership { node, differs_at: Some(at), .. }) = known {
        return Err(EnterError::Differs { node: *node, at: *at });
    }
    if known.is_none() && (state.cluster().is_some() || state.members().is_some() && !is_founder(replica, options.node))
    {
        return Err(EnterError::MembershipLost);
    }
    match state.cluster().map(|row| row.slots).filter(|kept| *kept != options.slots) {
        Some(kept) => Err(EnterError::OtherSlots { kept, wanted: options.slots }),
        None => Ok(()),
    }
}

/// What the others said.
enum Seen {
    Cluster(u128),
    /// There is none: it is formed here.
    None,
}

impl Stranger {
    fn new(
        options: &Options,
        (known, disk): (Option<Membership>, u128),
        network: Arc<dyn Connect>,
        replica: &Replica,
        log: &LogWriter<AnyDisk>,
    ) -> Self {
        let node = options.node;
        let cluster = known.map(|membership| membership.cluster);
        let versions = Versions { protocol: PROTOCOL_VERSION, log: LOG_VERSION, data: FORMAT_VERSION };
        let identity = watch::Sender::new(Identity { node, cluster, disk, versions });
        let has_data = log.position().index().0 > 0 || replica.store().position().index().0 > 0;
        let data = if has_data { Data::There } else { Data::Empty };
        let standing = watch::Sender::new(Standing { cluster, data, slots: options.slots });
        let dialer = Dialer {
            tls: options.key.client_config(),
            identity: identity.subscribe(),
            limits: DialLimits::default(),
            network,
        };
        let peers = Peers::new(dialer.clone(), node, &options.peers);
        Self { node, address: options.peers[&node].clone(), dialer, identity, standing, peers }
    }

    /// Asks the others until it is clear which cluster there is.
    async fn find_cluster(&self) -> Result<Seen, FormingError> {
        let mut told = None;
        loop {
            let peers = self.peers.all();
            let asked = peers.iter().map(async |(node, peer)| (*node, ask_standing(&peer.control).await.ok()));
            let others: BTreeMap<NodeId, Option<Standing>> = join_all(asked).await.into_iter().collect();
            let step = next_step(self.node, *self.standing.borrow(), &others)?;
            let waits_for = match &step {
                Step::Form => return Ok(Seen::None),
                Step::Join(node) => {
                    let standing = others[node].expect("it was heard");
                    return Ok(Seen::Cluster(standing.cluster.expect("it is in one")));
                }
                Step::WaitForAnswers(silent) => {
                    let silent: Vec<String> =
                        silent.iter().map(|node| format!("{node} at {}", peers[node].control.name().address)).collect();
                    format!("to be reached: instance {}", silent.join(", instance "))
                }
                Step::WaitForForming(node) => format!("to form the cluster: instance {node}"),
            };
            if told.as_ref() != Some(&step) {
                tracing::info!("waiting {waits_for}");
                told = Some(step);
            }
            sleep(PAUSE).await;
        }
    }

    /// Tells the others from now on which cluster it belongs to.
    fn belong_to(&self, cluster: u128) {
        self.identity.send_modify(|identity| identity.cluster = Some(cluster));
        self.standing.send_modify(|standing| standing.cluster = Some(cluster));
    }
}
