//! An instance takes part in the order of the log, and sees to it that it is among the others.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::control::{Admission, Newcomer, ask_admission};
use super::hooks::Hooks;
use super::instance::{Entry, Instance};
use super::raft::{Consensus, ConsensusError, Leader, Target};
use super::{candidacy, freshness, leader_changes, log_upkeep, office, removal, renewing};
use crate::storage::{AnyDisk, LogWriter, end_process};

/// How long an instance that is not taken in waits before it asks again.
const PAUSE: Duration = Duration::from_millis(500);
/// How often it is noted whether an instance answers: those who wait for it wait at most so long for nothing.
const GLANCE: Duration = Duration::from_millis(20);

/// Begins to take part: from now on committed entries go into `target`.
///
/// # Errors
/// The log cannot be read, or the consensus library does not start over it.
pub async fn take_part(
    instance: &Arc<Instance>,
    log: LogWriter<AnyDisk>,
    target: impl Target,
    hooks: Hooks,
) -> Result<(), ConsensusError> {
    instance.set_hooks(hooks);
    instance.begin(Consensus::start(log, target, instance.dialer().clone(), instance.notes()).await?);
    instance.spawn(watch_for_the_end(instance.watch_leader()));
    let (peers, reports) = (Arc::clone(instance.peers()), Arc::clone(instance.reports()));
    instance.spawn(async move { reports.follow(&peers).await });
    instance.spawn(leader_changes::tell(instance.watch_leader()));
    instance.spawn(removal::watch(Arc::clone(instance)));
    instance.spawn(freshness::run(Arc::clone(instance), instance.take_asked()));
    instance.spawn(enter(Arc::clone(instance)));
    instance.spawn(log_upkeep::run(Arc::clone(instance)));
    instance.spawn(candidacy::run(Arc::clone(instance)));
    instance.spawn(office::run(Arc::clone(instance)));
    instance.spawn(renewing::run(Arc::clone(instance)));
    instance.spawn(note_answers(Arc::clone(instance)));
    Ok(())
}

/// Notes again and again what the instance answers for.
async fn note_answers(instance: Arc<Instance>) {
    loop {
        sleep(GLANCE).await;
        instance.note_answers();
    }
}

/// Asks to be taken in until the instance is, unless it has its place already.
async fn enter(instance: Arc<Instance>) {
    let mut told = String::new();
    'asking: while instance.entry() == Entry::Ahead && !instance.consensus().has_vote() {
        for peer in instance.peers().all().values() {
            let own = Newcomer {
                node: instance.membership().node,
                address: instance.address().to_owned(),
                is_welcome: instance.is_welcome(),
            };
            let reason = match ask_admission(&peer.control, &own).await {
                Ok(Admission::Admitted) => break,
                Ok(Admission::Welcome) => match instance.note_welcome() {
                    Ok(()) => continue 'asking,
                    Err(error) => return instance.note_entry(Entry::Refused(error.to_string())),
                },
                Ok(Admission::Refused(why)) => return instance.note_entry(Entry::Refused(why)),
                Ok(Admission::Later(why)) => why,
                Err(error) => error.to_string(),
            };
            if reason != told {
                tracing::info!("waiting to be taken in by the other instances: {reason}");
                told = reason;
            }
        }
        sleep(PAUSE).await;
    }
    instance.note_entry(Entry::Taken);
}

/// Ends the process when the consensus library has ended by itself: its disk failed, or it met a bug.
async fn watch_for_the_end(mut leader: watch::Receiver<Leader>) {
    let ended = leader.wait_for(|leader| matches!(leader, Leader::Ended(_))).await;
    if let Ok(leader) = ended
        && let Leader::Ended(why) = &*leader
    {
        end_process("this instance cannot take part in the log any more", why);
    }
}
