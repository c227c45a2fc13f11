//! The side that answers: it accepts connections up to a cap, and ends them when it is told to stop.

use std::collections::VecDeque;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, timeout};

use super::connection::{Answer, Guest, Host, Notices, Phase};
use super::hello::Identity;
use super::limits::ServerLimits;
use super::stream::{Accept, ByteStream};

/// Answers other instances.
pub struct Server<A> {
    host: Arc<Host<A>>,
    limits: ServerLimits,
}

/// How many connections a server did not take, for metrics.
#[derive(Clone, Debug)]
pub struct ServerCounts(Arc<Notices>);

/// The connections of a server.
struct Connections {
    cap: usize,
    tasks: JoinSet<()>,
    /// Those that may not have said hello yet, oldest first.
    newcomers: VecDeque<(Arc<Guest>, AbortHandle)>,
}

/// The room for a connection more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    Free,
    /// Another one was ended for it.
    Vacated,
    Full,
}

impl<A: Answer> Server<A> {
    /// A server of [`super::ClusterKey::server_config`] that tells of itself what `identity` says, at each connection
    /// anew.
    pub fn new(tls: Arc<ServerConfig>, identity: watch::Receiver<Identity>, answer: A, limits: ServerLimits) -> Self {
        Self { host: Arc::new(Host { tls, identity, answer, notices: Arc::default() }), limits }
    }

    #[must_use]
    pub fn counts(&self) -> ServerCounts {
        ServerCounts(Arc::clone(&self.host.notices))
    }

    /// Serves the connections of a listener until `stop` comes; then accepts no more and waits for the requests that are
    /// under way, as long as the limits say. Dropped, it ends at once.
    pub async fn serve(self, listener: impl Accept, stop: impl Future<Output = ()> + Send) {
        let (phase, _) = watch::channel(Phase::Serving);
        let mut connections = Connections::new(self.limits.connections);
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                biased;
                () = stop.as_mut() => break,
                Some(_) = connections.tasks.join_next() => {}
                (stream, address) = listener.accept() => self.take(stream, address, &mut connections, &phase),
            }
        }
        drop(listener);
        phase.send_replace(Phase::Stopping);
        // What is left is aborted with the set.
        let _ = timeout(self.limits.stop, async { while connections.tasks.join_next().await.is_some() {} }).await;
    }

    fn take(
        &self,
        stream: Box<dyn ByteStream>,
        address: SocketAddr,
        connections: &mut Connections,
        phase: &watch::Sender<Phase>,
    ) {
        let room = connections.make_room();
        if room != Room::Free
            && let Some(count) = self.host.notices.beyond_cap.note()
        {
            let cap = self.limits.connections;
            tracing::warn!(%address, count, "there are {cap} connections of peers already: one more had to give way");
        }
        if room == Room::Full {
            return;
        }
        let guest = Arc::new(Guest::new(address));
        let due = Instant::now() + self.limits.introduction;
        let serving = Arc::clone(&self.host).serve(stream, Arc::clone(&guest), phase.subscribe(), due);
        let task = connections.tasks.spawn(serving);
        connections.newcomers.push_back((guest, task));
    }
}

impl Connections {
    fn new(cap: usize) -> Self {
        Self { cap, tasks: JoinSet::new(), newcomers: VecDeque::new() }
    }

    /// Makes room for one more. Whoever has not said hello gives way, so that strangers who hold connections open keep
    /// strangers out and no peer.
    fn make_room(&mut self) -> Room {
        self.newcomers.retain(|(guest, task)| !guest.has_said_hello() && !task.is_finished());
        if self.tasks.len() < self.cap {
            return Room::Free;
        }
        match self.newcomers.pop_front() {
            Some((_, task)) => {
                task.abort();
                Room::Vacated
            }
            None => Room::Full,
        }
    }
}

impl ServerCounts {
    /// Connections that did not prove that they have the cluster key.
    #[must_use]
    pub fn unproven(&self) -> u64 {
        self.0.unproven.count()
    }

    /// Connections with the cluster key whose hello was not accepted, or did not come.
    #[must_use]
    pub fn not_accepted(&self) -> u64 {
        self.0.not_accepted.count()
    }

    /// Connections beyond the cap, for each of which one was closed.
    #[must_use]
    pub fn beyond_cap(&self) -> u64 {
        self.0.beyond_cap.count()
    }
}
