//! A network in memory: connections that delay what they carry, carry nothing while the way is cut, break, and end with
//! the process at one of their ends.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jari::cluster::link::{Accept, ByteStream, Connect};
use jari::domain::NodeId;
use jari::simulation::Random;
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex, split};
use tokio::sync::{Notify, mpsc};
use tokio::task::AbortHandle;
use tokio::time::sleep;

/// Bytes that a connection carries at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// How long bytes are on their way, in microseconds.
const WAY_US: u64 = 2_000;
/// How long bytes take that were lost and are sent again, in milliseconds.
const AGAIN_MS: std::ops::Range<u64> = 200..400;

/// What all instances of a simulation share.
pub(crate) struct Network {
    state: Mutex<State>,
    /// A way was opened.
    opened: Notify,
}

struct State {
    random: Random,
    /// Of a thousand pieces of what is carried, so many are lost and sent again.
    lost: u64,
    listening: BTreeMap<NodeId, mpsc::UnboundedSender<DuplexStream>>,
    /// Ways on which nothing arrives, by their two ends.
    cut: BTreeSet<[NodeId; 2]>,
    connections: Vec<Connection>,
}

/// A connection with the tasks that carry its bytes.
struct Connection {
    ends: [NodeId; 2],
    carriers: [AbortHandle; 2],
}

/// The way of an instance to the others.
pub(crate) struct Exit {
    pub from: NodeId,
    pub network: Arc<Network>,
}

/// Where streams of others arrive at an instance.
pub(crate) struct Entrance(tokio::sync::Mutex<mpsc::UnboundedReceiver<DuplexStream>>);

/// The address of an instance.
pub(crate) fn address(node: NodeId) -> String {
    format!("{node}.simulated:1")
}

fn node_at(address: &str) -> NodeId {
    let number = address.split('.').next().and_then(|number| number.parse().ok());
    NodeId(number.expect("an address of this network"))
}

impl Network {
    pub(crate) fn new(random: Random, lost: u64) -> Arc<Self> {
        let (listening, cut, connections) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
        Arc::new(Self { state: Mutex::new(State { random, lost, listening, cut, connections }), opened: Notify::new() })
    }

    /// An instance listens from now on.
    pub(crate) fn listen(&self, node: NodeId) -> Entrance {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.state.lock().listening.insert(node, sender);
        Entrance(tokio::sync::Mutex::new(receiver))
    }

    /// The process of an instance has ended: nobody listens there, and its connections end.
    pub(crate) fn end(&self, node: NodeId) {
        let mut state = self.state.lock();
        state.listening.remove(&node);
        let (ended, others) =
            std::mem::take(&mut state.connections).into_iter().partition(|connection| connection.ends.contains(&node));
        state.connections = others;
        let ended: Vec<Connection> = ended;
        ended.iter().flat_map(|connection| &connection.carriers).for_each(AbortHandle::abort);
    }

    /// Breaks the connections between two instances.
    pub(crate) fn break_between(&self, one: NodeId, other: NodeId) {
        let state = self.state.lock();
        let between = |connection: &&Connection| connection.ends.contains(&one) && connection.ends.contains(&other);
        let broken = state.connections.iter().filter(between).flat_map(|connection| &connection.carriers);
        broken.for_each(AbortHandle::abort);
    }

    /// Nothing arrives any more on these ways.
    pub(crate) fn cut(&self, ways: impl IntoIterator<Item = [NodeId; 2]>) {
        self.state.lock().cut.extend(ways);
    }

    /// Opens all ways.
    pub(crate) fn heal(&self) {
        self.state.lock().cut.clear();
        self.opened.notify_waiters();
    }

    async fn until_open(&self, way: [NodeId; 2]) {
        loop {
            let opened = self.opened.notified();
            if !self.state.lock().cut.contains(&way) {
                return;
            }
            opened.await;
        }
    }

    /// How long something is on its way.
    fn way_takes(&self) -> Duration {
        let mut state = self.state.lock();
        let lost = state.lost;
        let takes = Duration::from_micros(state.random.below(WAY_US));
        if state.random.below(1_000) < lost {
            return takes + Duration::from_millis(AGAIN_MS.start + state.random.below(AGAIN_MS.end - AGAIN_MS.start));
        }
        takes
    }

    async fn carry(
        self: Arc<Self>,
        way: [NodeId; 2],
        mut from: ReadHalf<DuplexStream>,
        mut to: WriteHalf<DuplexStream>,
    ) {
        let mut bytes = vec![0; CHUNK_BYTES];
        while let Ok(length) = from.read(&mut bytes).await {
            sleep(self.way_takes()).await;
            self.until_open(way).await;
            let passed_on = if length == 0 { to.shutdown().await } else { to.write_all(&bytes[..length]).await };
            if length == 0 || passed_on.is_err() {
                break;
            }
        }
        // An end that breaks is seen by both: what is carried the other way ends as well, when it is next written to.
    }

    async fn connect(self: Arc<Self>, [from, to]: [NodeId; 2]) -> io::Result<Box<dyn ByteStream>> {
        sleep(self.way_takes()).await;
        self.until_open([from, to]).await;
        let Some(listening) = self.state.lock().listening.get(&to).cloned() else {
            return Err(io::ErrorKind::ConnectionRefused.into());
        };
        let (near, near_carried) = duplex(CHUNK_BYTES);
        let (far, far_carried) = duplex(CHUNK_BYTES);
        let ((near_read, near_write), (far_read, far_write)) = (split(near_carried), split(far_carried));
        let there = tokio::spawn(Arc::clone(&self).carry([from, to], near_read, far_write));
        let back = tokio::spawn(Arc::clone(&self).carry([to, from], far_read, near_write));
        let carriers = [there.abort_handle(), back.abort_handle()];
        let mut state = self.state.lock();
        state.connections.retain(|connection| connection.carriers.iter().any(|carrier| !carrier.is_finished()));
        state.connections.push(Connection { ends: [from, to], carriers });
        drop(state);
        listening.send(far).map_err(|_| io::ErrorKind::ConnectionRefused)?;
        Ok(Box::new(near))
    }
}

impl Connect for Exit {
    fn connect(&self, address: &str) -> BoxFuture<'static, io::Result<Box<dyn ByteStream>>> {
        Arc::clone(&self.network).connect([self.from, node_at(address)]).boxed()
    }
}

impl Accept for Entrance {
    fn accept(&self) -> BoxFuture<'_, (Box<dyn ByteStream>, SocketAddr)> {
        async move {
            let next = self.0.lock().await.recv().await;
            match next {
                Some(stream) => (Box::new(stream) as Box<dyn ByteStream>, SocketAddr::from((Ipv4Addr::LOCALHOST, 1))),
                // The process is as good as ended.
                None => pending().await,
            }
        }
        .boxed()
    }
}
