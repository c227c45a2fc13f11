//! What whoever orders the log does for the slots: it lets each instance answer for its own, and moves them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::control::{Grant, Renewal, Renewed, Times, ask_release};
use super::instance::Instance;
use super::raft::Leader;
use super::warden::{Circumstances, Decided, Warden, Why};
use crate::domain::commands::Assign;
use crate::domain::{Epoch, NodeId, Slot};
use crate::log::{Index, Leadership};
use crate::telemetry::metrics::SLOT_MOVES;

/// How often it is looked at what is to be decided.
const GLANCE: Duration = Duration::from_millis(20);
/// How long assignments may take until they are applied here before they are decided anew.
const ASSIGN_LIMIT: Duration = Duration::from_secs(2);
/// How long an owner may take to give slots up.
const RELEASE_LIMIT: Duration = Duration::from_millis(300);

impl Instance {
    /// Whether instance `from` may go on answering for its slots, where this one orders the log within its tenure.
    pub(super) fn grant(&self, from: NodeId, renewal: Renewal) -> Renewed {
        let (voters, clocks, now) = (self.voters(), (self.hooks().read_clocks)(), Instant::now());
        let own = self.membership().node;
        if from != own {
            self.walls().hear(from, renewal.wall_us.saturating_sub(clocks.wall_us), now);
        }
        let mut warden = self.warden().lock();
        let Some(warden) = warden.as_mut().filter(|_| voters.contains(&from) && self.tenure().holds()) else {
            return Renewed::Refused;
        };
        let compared = renewal.checkpoint.and_then(|told| self.digests().lock().differs(from, told, &voters));
        if let Some(index) = compared {
            return Renewed::Differs(index);
        }
        if !warden.renew(from, renewal, now) {
            return Renewed::Refused;
        }
        let ahead_us = self.walls().median_ahead_us(own, &voters, clocks.expected_ahead_us(), now);
        let times = clocks
            .now
            .zip(ahead_us)
            .map(|(now, ahead_us)| Times { now, wall_us: clocks.wall_us.saturating_add(ahead_us) });
        let through = if planted!(GrantWithoutEntry) { Index(0) } else { self.newest() };
        Renewed::Granted(Grant { through, times })
    }

    /// Has others own the slots of an instance that is to be removed. Where none can, or it takes too long, they do when it
    /// is missed.
    pub(super) async fn dismiss(&self, node: NodeId) {
        if let Some(warden) = self.warden().lock().as_mut() {
            warden.dismiss(node);
        }
        let has_none = || self.slots().rows().iter().all(|(_, row)| row.owner != node).then_some(());
        drop(timeout(ASSIGN_LIMIT, self.wait_for(has_none)).await);
    }
}

/// Does it whenever this instance orders the log.
pub(super) async fn run(instance: Arc<Instance>) {
    // Each is there before the first move.
    [Why::Lost, Why::Leaving, Why::Home].into_iter().for_each(|why| count(why, 0));
    let mut leader = instance.watch_leader();
    loop {
        let found = leader.wait_for(|leader| matches!(leader, Leader::Own(_))).await.map(|leader| leader.clone());
        let Ok(Leader::Own(leadership)) = found else { return };
        let mut ending = instance.watch_leader();
        let ended = ending.wait_for(|leader| *leader != Leader::Own(leadership));
        tokio::select! {
            ended = ended => drop(ended),
            () = hold(&instance, leadership) => {}
        }
        *instance.warden().lock() = None;
    }
}

async fn hold(instance: &Arc<Instance>, leadership: Leadership) {
    // One that was started again goes on under its old vote, and may not have applied all that it answered.
    let (last, _) = instance.consensus().log_extent();
    instance.applied_through(last).await;
    *instance.warden().lock() = Some(Warden::new(leadership.term.0, Instant::now()));
    instance.take_office(leadership);
    tracing::info!(term = leadership.term.0, "this instance leads");
    loop {
        if instance.tenure().holds() {
            let decided = decide(instance);
            if decided != Decided::default() {
                perform(instance, decided).await;
                continue;
            }
        } else if let Some(warden) = instance.warden().lock().as_mut() {
            warden.resume(Instant::now());
        }
        sleep(GLANCE).await;
    }
}

fn decide(instance: &Instance) -> Decided {
    let circumstances = Circumstances {
        slots: instance.slots().rows(),
        voters: instance.voters(),
        applied: instance.consensus().applied(),
    };
    let mut warden = instance.warden().lock();
    warden.as_mut().map(|warden| warden.decide(&circumstances, Instant::now())).unwrap_or_default()
}

async fn perform(instance: &Arc<Instance>, decided: Decided) {
    let Decided { assigns, releases } = decided;
    if !assigns.is_empty() {
        tell(&assigns);
        let assigned = (instance.hooks().assign)(assigns.into_iter().map(|(assign, _)| assign).collect());
        if timeout(ASSIGN_LIMIT, assigned).await.is_err() {
            tracing::debug!("slots were not assigned in time");
        }
    }
    for (node, slots) in releases {
        let released = release(instance, node, &slots).await;
        if released.is_empty() {
            // It is asked again, or lost.
            sleep(GLANCE).await;
        }
        if let Some(warden) = instance.warden().lock().as_mut() {
            warden.note_released(node, released);
        }
    }
}

async fn release(instance: &Instance, node: NodeId, slots: &[(Slot, Epoch)]) -> Vec<(Slot, Epoch)> {
    if node == instance.membership().node {
        return instance.release(slots);
    }
    let Some(peer) = instance.peers().get(node) else { return Vec::new() };
    match ask_release(&peer.control, slots, RELEASE_LIMIT).await {
        Ok(released) => released,
        Err(error) => {
            tracing::debug!("slots are not given up: {error}");
            Vec::new()
        }
    }
}

fn tell(assigns: &[(Assign, Why)]) {
    for why in [Why::Lost, Why::Leaving, Why::Home] {
        let moves = assigns.iter().filter(|(_, reason)| *reason == why);
        let to: BTreeSet<u64> = moves.clone().map(|(assign, _)| assign.to.0).collect();
        let slots = moves.count();
        if slots == 0 {
            continue;
        }
        count(why, slots as u64);
        match why {
            Why::Lost => {
                tracing::warn!(slots, ?to, "the slots of an instance that is not heard any more have other owners");
            }
            Why::Leaving => tracing::info!(slots, ?to, "the slots of an instance that stops have other owners"),
            // One after the other, of many.
            Why::Home => tracing::debug!(slots, ?to, "slots go home"),
        }
    }
}

fn count(why: Why, slots: u64) {
    let label = match why {
        Why::Lost => "lost",
        Why::Leaving => "leaving",
        Why::Home => "home",
    };
    metrics::counter!(SLOT_MOVES.name, "why" => label).increment(slots);
}
