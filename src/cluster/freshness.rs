//! How far a copy has to have come so that it shows everything that was acknowledged before a question: as far as what
//! was committed when the instance that orders the log is asked. Reading an index first is section 6.4 of Ongaro,
//! "Consensus: bridging theory and practice" (2014).

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::control::ask_committed;
use super::instance::Instance;
use super::questions::Asked;
use super::raft::Leader;
use crate::log::Index;
use crate::telemetry::metrics::FRESH_SECONDS;

/// How long a copy may take to come as far as it has to.
const LIMIT: Duration = Duration::from_secs(2);
/// How long the instance that orders the log may take to say what is committed.
const ANSWER_LIMIT: Duration = Duration::from_millis(500);
/// How long nothing is asked again after a failure, unless another instance leads before.
const PAUSE: Duration = Duration::from_millis(20);

/// The copy could not be shown to be fresh in time: nobody leads, or the instance lags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotFresh;

impl Instance {
    /// Waits until the copy of this instance shows everything that was acknowledged before now, by whichever instance.
    ///
    /// # Errors
    /// [`NotFresh`] where that cannot be known within two seconds.
    pub async fn fresh(&self) -> Result<(), NotFresh> {
        let level = async {
            let index = self.questions().ask().await?;
            self.applied_through(index).await;
            Some(())
        };
        if planted!(ReadNotFresh) {
            return Ok(());
        }
        let begun = Instant::now();
        let found = timeout(LIMIT, level).await;
        FRESH_SECONDS.record(begun.elapsed().as_secs_f64());
        found.ok().flatten().ok_or(NotFresh)
    }

    /// What is committed for certain, where this instance orders the log within its tenure.
    pub(super) async fn committed(&self) -> Option<Index> {
        if !self.tenure().holds() {
            return None;
        }
        let committed = self.consensus().committed().await;
        // Whoever was elected meanwhile may have committed more.
        committed.filter(|_| self.tenure().holds())
    }
}

/// Answers questions in rounds: all who asked before a round began share its answer.
pub(super) async fn run(instance: Arc<Instance>, mut asked: Asked) {
    while let Some(first) = asked.recv().await {
        let mut waiting = vec![first];
        while let Ok(next) = asked.try_recv() {
            waiting.push(next);
        }
        while !waiting.is_empty() {
            let Some(index) = ask_once(&instance).await else {
                let mut leader = instance.watch_leader();
                drop(timeout(PAUSE, leader.changed()).await);
                waiting.retain(|answer| !answer.is_closed());
                continue;
            };
            // Who went away does not wait for it.
            for answer in waiting.drain(..) {
                let _gone = answer.send(index);
            }
        }
    }
}

async fn ask_once(instance: &Instance) -> Option<Index> {
    match instance.leader() {
        Leader::Own(_) => instance.committed().await,
        Leader::Other(node) => {
            let peer = instance.peers().get(node)?;
            ask_committed(&peer.control, ANSWER_LIMIT).await.ok().flatten()
        }
        Leader::Unknown | Leader::Ended(_) => None,
    }
}
