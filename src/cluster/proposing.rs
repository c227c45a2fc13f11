//! What this instance adds to the log, on its way to whoever orders it.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::instance::Instance;
use super::peers::PROPOSE_PATH;
use super::raft::Leader;
use crate::telemetry::metrics::PARTS_REPEATED;

/// How long a part may be on its way to whoever leads before it is sent again.
const PROPOSAL_LIMIT: Duration = Duration::from_secs(2);
/// How long nothing is tried again after a failure.
const PAUSE: Duration = Duration::from_millis(50);

/// A part on its way into the log; it is proposed until this is dropped.
pub struct Proposal(JoinHandle<()>);

impl Drop for Proposal {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Instance {
    /// Has an encoded part become one of the log, through whoever leads, again and again until the handle is dropped:
    /// under its number it is applied once.
    pub fn propose(self: &Arc<Self>, part: Bytes) -> Proposal {
        let instance = Arc::clone(self);
        Proposal(self.runtime().spawn(async move {
            while !instance.propose_once(part.clone()).await {
                PARTS_REPEATED.increment(1);
                sleep(PAUSE).await;
            }
            if planted!(NumberIgnored) {
                // As whoever does not hear of its success does.
                instance.propose_once(part).await;
            }
            // It is committed, so it will be applied here; until then whoever waits keeps this.
            pending::<()>().await;
        }))
    }

    /// Whether a part is known to be committed.
    async fn propose_once(&self, part: Bytes) -> bool {
        let consensus = self.consensus();
        match self.leader() {
            Leader::Own(_) => match consensus.propose(part).await {
                Ok(_) => true,
                Err(error) => {
                    tracing::debug!("a part is proposed again: {error}");
                    false
                }
            },
            Leader::Other(node) => {
                let Some(peer) = self.peers().get(node) else { return false };
                match peer.propose.call(PROPOSE_PATH, part, PROPOSAL_LIMIT).await {
                    Ok(_) => true,
                    Err(error) => {
                        tracing::debug!("a part is proposed again: {error}");
                        false
                    }
                }
            }
            Leader::Unknown | Leader::Ended(_) => {
                // Whoever leads next is told at once.
                let mut leader = self.watch_leader();
                drop(timeout(PAUSE, leader.changed()).await);
                false
            }
        }
    }
}
