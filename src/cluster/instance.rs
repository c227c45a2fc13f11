//! This instance among the others: what it is asked, whom it asks, and who leads.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use hyper::{Request, Response};
use parking_lot::Mutex;
use tokio::runtime;
use tokio::sync::watch;

use super::link::{Dialer, LinkBody, LinkError, PeerName};
use super::member_changes::MemberChanges;
use super::membership::{Membership, MembershipError};
use super::peers::Peers;
use super::questions::{Asked, Questions};
use super::raft::{Consensus, Leader, Notes};
use super::reports::Reports;
use super::tenure::Tenure;
use crate::domain::{Members, NodeId};
use crate::log::{Index, Leadership};
use crate::storage::{Files, LogError};

/// Answers requests of clients, each with the instance that took it here.
pub type Forwarded = Box<dyn Fn(NodeId, Request<Incoming>) -> BoxFuture<'static, Response<LinkBody>> + Send + Sync>;

/// This instance among the others.
pub struct Instance {
    membership: Membership,
    data_dir: PathBuf,
    /// Where the others reach it.
    address: String,
    dialer: Dialer,
    peers: Arc<Peers>,
    reports: Arc<Reports>,
    member_changes: MemberChanges,
    runtime: runtime::Handle,
    leader: watch::Sender<Leader>,
    tenure: Arc<Tenure>,
    /// Whether this instance answers for the box office, as it was last noted.
    answers: watch::Sender<bool>,
    entry: watch::Sender<Entry>,
    /// The newest entry that the copy of this instance has.
    applied: watch::Sender<Index>,
    questions: Questions,
    asked: Mutex<Option<Asked>>,
    consensus: OnceLock<Consensus<Files>>,
    forwarded: OnceLock<Forwarded>,
}

/// Whether the instance has its place among the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Ahead,
    Taken,
    /// It is not taken in, and why.
    Refused(String),
}

/// What [`Instance`] is made of.
pub(super) struct Parts {
    pub membership: Membership,
    pub data_dir: PathBuf,
    pub address: String,
    pub dialer: Dialer,
    pub peers: Peers,
    pub runtime: runtime::Handle,
    /// Whether the data says that the instance is among the others.
    pub entry: Entry,
}

impl Instance {
    pub(super) fn new(parts: Parts) -> Self {
        let Parts { membership, data_dir, address, dialer, peers, runtime, entry } = parts;
        let (questions, asked) = Questions::new();
        Self {
            membership,
            data_dir,
            address,
            dialer,
            peers: Arc::new(peers),
            reports: Arc::default(),
            member_changes: MemberChanges::default(),
            runtime,
            leader: watch::Sender::default(),
            tenure: Arc::new(Tenure::new(membership.node)),
            answers: watch::Sender::new(false),
            entry: watch::Sender::new(entry),
            applied: watch::Sender::default(),
            questions,
            asked: Mutex::new(Some(asked)),
            consensus: OnceLock::new(),
            forwarded: OnceLock::new(),
        }
    }

    /// What the data folder is to the cluster.
    #[must_use]
    pub fn membership(&self) -> &Membership {
        &self.membership
    }

    /// Notes durably what tells the settings of this start from others.
    ///
    /// # Errors
    /// The disk fails.
    pub fn note_settings(&self, settings: u64) -> Result<(), MembershipError> {
        Membership { settings: Some(settings), ..self.membership }.write(&self.data_dir)
    }

    /// Notes durably that this instance was removed from the cluster.
    ///
    /// # Errors
    /// The disk fails.
    pub(super) fn note_removal(&self) -> Result<(), MembershipError> {
        Membership { is_removed: true, ..self.membership }.write(&self.data_dir)
    }

    /// On whose threads the instances talk.
    #[must_use]
    pub fn runtime(&self) -> &runtime::Handle {
        &self.runtime
    }

    /// For how long it may act.
    #[must_use]
    pub fn tenure(&self) -> &Tenure {
        &self.tenure
    }

    /// Who leads, as far as it knows.
    #[must_use]
    pub fn leader(&self) -> Leader {
        self.leader.borrow().clone()
    }

    /// Changes whenever somebody else leads.
    #[must_use]
    pub fn watch_leader(&self) -> watch::Receiver<Leader> {
        self.leader.subscribe()
    }

    /// Notes that what a leader does is done here from now on.
    pub fn take_office(&self, leadership: Leadership) {
        self.tenure.take_office(leadership);
        self.note_tenure();
    }

    /// Says how requests of clients are answered that other instances take here.
    pub fn answer_forwarded(&self, forwarded: Forwarded) {
        assert!(self.forwarded.set(forwarded).is_ok(), "it is said once");
    }

    /// Waits until it has its place among the others.
    ///
    /// # Errors
    /// Why it is not taken in.
    pub async fn entered(&self) -> Result<(), String> {
        let mut entry = self.entry.subscribe();
        let known = entry.wait_for(|entry| *entry != Entry::Ahead).await.expect("the sender is here").clone();
        match known {
            Entry::Refused(why) => Err(why),
            Entry::Ahead | Entry::Taken => Ok(()),
        }
    }

    /// Another instance that answers for the box office, when it is known.
    #[must_use]
    pub fn other_leader(&self) -> Option<NodeId> {
        match &*self.leader.borrow() {
            Leader::Other(node) => Some(*node).filter(|node| self.peers.get(*node).is_some()),
            Leader::Own(_) | Leader::Unknown | Leader::Ended(_) => None,
        }
    }

    /// Waits until somebody answers for the box office.
    pub async fn wait_for_leader(&self) {
        let (mut leader, mut answers) = (self.watch_leader(), self.answers.subscribe());
        while !self.tenure.holds() && self.other_leader().is_none() {
            let changed = async {
                tokio::select! {
                    changed = leader.changed() => changed,
                    changed = answers.changed() => changed,
                }
            };
            changed.await.expect("the senders are here");
        }
    }

    /// Waits until this instance does not answer for the box office, as it is noted.
    pub async fn led_until(&self) {
        let mut answers = self.answers.subscribe();
        answers.wait_for(|answers| !answers).await.expect("the sender is here");
    }

    /// Notes whether this instance answers for the box office: a tenure begins and ends with time, which tells nobody.
    pub(super) fn note_tenure(&self) {
        let holds = self.tenure.holds();
        self.answers.send_if_modified(|answers| std::mem::replace(answers, holds) != holds);
    }

    /// Has another instance answer a request of a client.
    ///
    /// # Errors
    /// It could not be sent, as where there is no such instance any more, or the connection broke before there was an
    /// answer.
    pub async fn forward(&self, to: NodeId, request: Request<LinkBody>) -> Result<Response<Incoming>, LinkError> {
        match self.peers.get(to) {
            Some(peer) => peer.forward.ask(request).await,
            None => {
                let peer = PeerName { node: to, address: "".into() };
                Err(LinkError::NotConnected { peer, reason: "it is no member of the cluster".to_owned() })
            }
        }
    }

    /// Takes up who is a member from now on.
    pub fn follow_members(&self, members: &Members) {
        self.peers.follow(members);
        self.member_changes.follow(members);
    }

    /// Notes how far the copy of this instance has come.
    pub fn note_applied(&self, index: Index) {
        self.applied.send_replace(index);
    }

    /// Waits until the copy of this instance has an entry.
    pub(super) async fn applied_through(&self, index: Index) {
        let mut applied = self.applied.subscribe();
        applied.wait_for(|applied| *applied >= index).await.expect("the sender is here");
    }

    /// Where it is asked how far a copy has to have come.
    pub(super) fn questions(&self) -> &Questions {
        &self.questions
    }

    /// The questions as they arrive.
    ///
    /// # Panics
    /// They were taken before.
    pub(super) fn take_asked(&self) -> Asked {
        self.asked.lock().take().expect("they are answered in one place")
    }

    /// The ways to the other instances.
    pub(super) fn peers(&self) -> &Arc<Peers> {
        &self.peers
    }

    /// What the others say of themselves.
    pub(super) fn reports(&self) -> &Arc<Reports> {
        &self.reports
    }

    pub(super) fn forwarded(&self) -> Option<&Forwarded> {
        self.forwarded.get()
    }

    /// The consensus library, once it takes part.
    pub(super) fn begun(&self) -> Option<&Consensus<Files>> {
        self.consensus.get()
    }

    /// The consensus library of an instance that takes part.
    ///
    /// # Panics
    /// It does not yet.
    pub(super) fn consensus(&self) -> &Consensus<Files> {
        self.begun().expect("it takes part")
    }

    /// Takes up that it takes part.
    pub(super) fn begin(&self, consensus: Consensus<Files>) {
        assert!(self.consensus.set(consensus).is_ok(), "it begins once");
    }

    /// Where it is noted what follows from the order of the log.
    pub(super) fn notes(&self) -> Notes {
        Notes { tenure: Arc::clone(&self.tenure), leader: self.leader.clone() }
    }

    /// Whether it has its place among the others.
    pub(super) fn entry(&self) -> Entry {
        self.entry.borrow().clone()
    }

    pub(super) fn note_entry(&self, entry: Entry) {
        self.entry.send_replace(entry);
    }

    pub(super) fn dialer(&self) -> &Dialer {
        &self.dialer
    }

    /// Where the others reach it.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Takes part no more. Blocks; not on a thread of a runtime.
    ///
    /// # Errors
    /// The log could not be sealed.
    pub fn stop(&self) -> Result<(), LogError> {
        self.runtime.block_on(self.consensus().stop())
    }
}
