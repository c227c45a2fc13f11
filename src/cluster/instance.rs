//! This instance among the others: what it is asked, whom it asks, and who leads.

mod heard;
mod place;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use hyper::{Request, Response};
use parking_lot::Mutex;
use tokio::runtime;
use tokio::sync::watch;

use super::digests::{Checkpoint, Digests};
use super::hooks::Hooks;
use super::link::{Dialer, LinkBody};
use super::member_changes::MemberChanges;
use super::membership::Membership;
use super::owner_tenure::OwnerTenure;
use super::peers::Peers;
use super::questions::{Asked, Questions};
use super::raft::{Consensus, Leader, Notes};
use super::reports::Reports;
use super::slot_table::SlotTable;
use super::tasks::Tasks;
use super::tenure::Tenure;
use super::walls::Walls;
use super::warden::Warden;
use crate::domain::NodeId;
use crate::log::Index;
use crate::storage::{AnyDisk, LogError};

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
    tasks: Tasks,
    leader: watch::Sender<Leader>,
    tenure: Arc<Tenure>,
    owner_tenure: OwnerTenure,
    slots: SlotTable,
    /// What this instance answers for, as it was last noted.
    answers: watch::Sender<Answers>,
    /// What it decides about slots, where it orders the log.
    warden: Mutex<Option<Warden>>,
    /// The wall clocks of the others, as it hears of them where it orders the log.
    walls: Walls,
    /// What became of every command up to the newest entry at which copies are compared.
    checkpoint: Mutex<Option<Checkpoint>>,
    /// Those of all, where it orders the log.
    digests: Mutex<Digests>,
    /// Whether the others have let it come.
    is_welcome: AtomicBool,
    /// Whether it stops soon.
    is_leaving: AtomicBool,
    entry: watch::Sender<Entry>,
    /// The newest entry that the copy of this instance has.
    applied: watch::Sender<Index>,
    questions: Questions,
    asked: Mutex<Option<Asked>>,
    consensus: OnceLock<Consensus<AnyDisk>>,
    forwarded: OnceLock<Forwarded>,
    hooks: OnceLock<Hooks>,
}

/// What an instance answers for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Answers {
    /// The slots that it has taken up.
    pub for_slots: bool,
    pub for_log: bool,
    /// The log goes by its clock.
    pub for_time: bool,
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
    pub tasks: Tasks,
    /// Whether the data says that the instance is among the others.
    pub entry: Entry,
}

impl Instance {
    pub(super) fn new(parts: Parts) -> Self {
        let Parts { membership, data_dir, address, dialer, peers, tasks, entry } = parts;
        let (questions, asked) = Questions::new();
        Self {
            membership,
            data_dir,
            address,
            dialer,
            peers: Arc::new(peers),
            reports: Arc::default(),
            member_changes: MemberChanges::default(),
            tasks,
            leader: watch::Sender::default(),
            tenure: Arc::new(Tenure::new(membership.node)),
            owner_tenure: OwnerTenure::new(),
            slots: SlotTable::new(membership.node),
            answers: watch::Sender::default(),
            warden: Mutex::default(),
            walls: Walls::default(),
            checkpoint: Mutex::default(),
            digests: Mutex::default(),
            is_welcome: AtomicBool::new(membership.is_welcome),
            is_leaving: AtomicBool::new(false),
            entry: watch::Sender::new(entry),
            applied: watch::Sender::default(),
            questions,
            asked: Mutex::new(Some(asked)),
            consensus: OnceLock::new(),
            forwarded: OnceLock::new(),
            hooks: OnceLock::new(),
        }
    }

    /// What the data folder is to the cluster.
    #[must_use]
    pub fn membership(&self) -> &Membership {
        &self.membership
    }

    /// On whose threads the instances talk.
    #[must_use]
    pub fn runtime(&self) -> &runtime::Handle {
        self.tasks.runtime()
    }

    /// Has a task run there for as long as the instance takes part.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// For how long it may act.
    #[must_use]
    pub fn tenure(&self) -> &Tenure {
        &self.tenure
    }

    /// For how long it may answer for its slots.
    #[must_use]
    pub fn owner_tenure(&self) -> &OwnerTenure {
        &self.owner_tenure
    }

    /// Who owns which slot.
    #[must_use]
    pub fn slots(&self) -> &SlotTable {
        &self.slots
    }

    /// Changes whenever this instance answers for something else, as it is noted.
    pub(super) fn watch_answers(&self) -> watch::Receiver<Answers> {
        self.answers.subscribe()
    }

    pub(super) fn set_answers(&self, now: Answers) {
        self.answers.send_if_modified(|answers| std::mem::replace(answers, now) != now);
    }

    /// Notes that it stops soon: it is to have no slots then.
    pub(super) fn leave(&self) {
        self.is_leaving.store(true, Ordering::Release);
    }

    /// Whether it stops soon.
    pub(super) fn is_leaving(&self) -> bool {
        self.is_leaving.load(Ordering::Acquire)
    }

    /// What the running instance does for its cluster.
    ///
    /// # Panics
    /// It takes no part yet.
    pub(super) fn hooks(&self) -> &Hooks {
        self.hooks.get().expect("it takes part")
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

    /// Says how requests of clients are answered that other instances take here.
    pub fn answer_forwarded(&self, forwarded: Forwarded) {
        assert!(self.forwarded.set(forwarded).is_ok(), "it is said once");
    }

    pub(super) fn set_applied(&self, index: Index) {
        self.applied.send_replace(index);
    }

    /// The newest entry that the copy of this instance has.
    pub(super) fn applied(&self) -> Index {
        *self.applied.borrow()
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
    pub(super) fn begun(&self) -> Option<&Consensus<AnyDisk>> {
        self.consensus.get()
    }

    /// The consensus library of an instance that takes part.
    ///
    /// # Panics
    /// It does not yet.
    pub(super) fn consensus(&self) -> &Consensus<AnyDisk> {
        self.begun().expect("it takes part")
    }

    /// Takes up what the running instance does for its cluster.
    pub(super) fn set_hooks(&self, hooks: Hooks) {
        assert!(self.hooks.set(hooks).is_ok(), "it is said once");
    }

    /// Takes up that it takes part.
    pub(super) fn begin(&self, consensus: Consensus<AnyDisk>) {
        assert!(self.consensus.set(consensus).is_ok(), "it begins once");
    }

    /// Where it is noted what follows from the order of the log.
    pub(super) fn notes(&self) -> Notes {
        Notes { tenure: Arc::clone(&self.tenure), leader: self.leader.clone() }
    }

    pub(super) fn dialer(&self) -> &Dialer {
        &self.dialer
    }

    /// Where the others reach it.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Ends what it has running, wherever that is, without a word to the others.
    #[cfg(feature = "simulation")]
    pub fn end_tasks(&self) {
        self.tasks.end();
    }

    /// Takes part no more.
    ///
    /// # Errors
    /// The log could not be sealed.
    pub async fn stop(&self) -> Result<(), LogError> {
        let stopped = self.consensus().stop().await;
        self.tasks.end();
        stopped
    }
}
