//! An instance asks whoever orders the log, again and again, whether it may go on answering for its slots.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use super::control::{Renewal, Renewed, Times, ask_grant};
use super::difference;
use super::hooks::{Heard, Hooks};
use super::instance::Instance;
use super::raft::Leader;
use crate::domain::Timestamp;

/// How often it asks.
const ASK_EVERY: Duration = Duration::from_millis(150);
/// How long the answer may take.
const ANSWER_LIMIT: Duration = Duration::from_millis(300);

/// Asks again and again, and at once where another instance leads.
pub(super) async fn run(instance: Arc<Instance>) {
    let mut leader = instance.watch_leader();
    let mut next = Instant::now();
    loop {
        let changed = timeout_at(next, leader.changed()).await;
        if matches!(changed, Ok(Err(_))) {
            return;
        }
        let asked_at = Instant::now();
        next = asked_at + ASK_EVERY;
        let answer = ask_once(&instance).await;
        if let Renewed::Differs(index) = answer {
            difference::take(&instance, index);
        } else if let Renewed::Granted(grant) = answer {
            // The clocks first: nothing is done by another time than the others have.
            if let Some(times) = grant.times {
                hear_clocks(&instance, times, asked_at);
            }
            instance.owner_tenure().grant(asked_at, grant.through);
            instance.note_answers();
        } else {
            sleep_until(next.min(asked_at + ASK_EVERY / 3)).await;
            next = Instant::now();
        }
    }
}

/// Takes up the clocks that count, as they were on the half of the way.
fn hear_clocks(instance: &Instance, times: Times, asked_at: Instant) {
    let ago = asked_at.elapsed() / 2;
    let (ago_ms, ago_us) = (i64::try_from(ago.as_millis()), i64::try_from(ago.as_micros()));
    let (ago_ms, ago_us) = (ago_ms.unwrap_or(i64::MAX), ago_us.unwrap_or(i64::MAX));
    let Hooks { read_clocks, hear_clocks, .. } = instance.hooks();
    let leader = instance.leader().other().map(|_| Timestamp(times.now.0.saturating_add(ago_ms)));
    let wall_ahead_us = times.wall_us.saturating_add(ago_us).saturating_sub(read_clocks().wall_us);
    hear_clocks(Heard { leader, wall_ahead_us });
}

async fn ask_once(instance: &Instance) -> Renewed {
    let renewal = Renewal {
        applied: instance.consensus().applied(),
        released: instance.slots().released(),
        is_leaving: instance.is_leaving(),
        wall_us: (instance.hooks().read_clocks)().wall_us,
        checkpoint: instance.checkpoint(),
    };
    match instance.leader() {
        Leader::Own(_) => instance.grant(instance.membership().node, renewal),
        Leader::Other(node) => {
            let Some(peer) = instance.peers().get(node) else { return Renewed::Refused };
            ask_grant(&peer.control, &renewal, ANSWER_LIMIT).await.unwrap_or(Renewed::Refused)
        }
        Leader::Unknown | Leader::Ended(_) => Renewed::Refused,
    }
}
