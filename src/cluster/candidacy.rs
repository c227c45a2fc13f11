//! When an instance may stand for election by itself. One that was cut off, or whose process or disk stood still, would
//! come back with a higher term and unseat a leader that does well, so it waits until it hears a majority again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use super::control::ask_standing_within;
use super::instance::Instance;
use crate::domain::NodeId;

/// How often the others are asked whether they are there.
const ASK_EVERY: Duration = Duration::from_millis(200);
/// How long their answer may take.
const ANSWER_LIMIT: Duration = Duration::from_millis(300);
/// For how long a majority has to be there, one answer after the other.
const PROBATION: Duration = Duration::from_secs(1);
/// A round that takes so long was held up in this process.
const STALL: Duration = Duration::from_secs(1);

/// Since when a majority is there without a break.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Presence(Option<Instant>);

impl Presence {
    /// Takes a round of questions up that began at `begun` and is over at `now`.
    fn after(self, has_majority: bool, begun: Instant, now: Instant) -> Self {
        let is_stalled = now.saturating_duration_since(begun) >= STALL;
        match self.0 {
            _ if !has_majority || is_stalled => Self(None),
            Some(since) => Self(Some(since)),
            None => Self(Some(now)),
        }
    }

    /// Whether the instance may stand.
    fn may_stand(self, now: Instant) -> bool {
        self.0.is_some_and(|since| now.saturating_duration_since(since) >= PROBATION)
    }
}

/// Lets the instance stand, or not, again and again.
pub(super) async fn run(instance: Arc<Instance>) {
    let mut presence = Presence::default();
    loop {
        let begun = Instant::now();
        sleep(ASK_EVERY).await;
        let peers = instance.peers().all();
        let asked = peers
            .iter()
            .map(async |(node, peer)| (*node, ask_standing_within(&peer.control, ANSWER_LIMIT).await.is_ok()));
        let heard: BTreeMap<NodeId, bool> = join_all(asked).await.into_iter().collect();
        let Some(consensus) = instance.begun() else { continue };
        let own = instance.membership().node;
        let is_there = |node: &NodeId| *node == own || heard.get(node) == Some(&true);
        let has_majority =
            consensus.voters().iter().all(|set| set.iter().filter(|node| is_there(node)).count() * 2 > set.len());
        presence = presence.after(has_majority, begun, Instant::now());
        consensus.let_stand(presence.may_stand(Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{PROBATION, Presence, STALL};

    #[test]
    fn whoever_has_heard_a_majority_for_some_time_without_a_break_may_stand() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let presence = Presence::default().after(true, at(0), at(200));
        assert!(!presence.may_stand(at(200)));
        let presence = presence.after(true, at(200), at(1_100));
        assert!(!presence.may_stand(at(1_199)));
        assert!(presence.may_stand(at(200) + PROBATION));
        let lost = presence.after(false, at(1_200), at(1_400));
        assert!(!lost.may_stand(at(9_000)));
        let back = lost.after(true, at(9_000), at(9_200));
        assert!(!back.may_stand(at(9_200)) && back.may_stand(at(10_200)));
        let stalled = back.after(true, at(10_200), at(10_200) + STALL);
        assert!(!stalled.may_stand(at(99_000)), "it stood still meanwhile");
    }
}
