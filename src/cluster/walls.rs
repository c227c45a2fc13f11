//! The wall clocks of the instances, as whoever orders the log hears of them. The median of a majority counts, so that one
//! clock which is wrong moves nothing. Of the two in the middle of an even number it is the one that was to be expected.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::domain::NodeId;

/// For how long what an instance said of its wall clock counts.
const FRESH: Duration = Duration::from_secs(3);

/// By how many microseconds the wall clocks of the others are ahead of the one here, and when each said so.
#[derive(Debug, Default)]
pub(super) struct Walls(Mutex<BTreeMap<NodeId, (i64, Instant)>>);

impl Walls {
    /// Takes up that the wall clock of an instance is so much ahead.
    pub(super) fn hear(&self, of: NodeId, ahead_us: i64, now: Instant) {
        self.0.lock().insert(of, (ahead_us, now));
    }

    /// By how much each of the others was ahead lately.
    pub(super) fn ahead(&self, now: Instant) -> BTreeMap<NodeId, i64> {
        let heard = self.0.lock();
        let fresh = heard.iter().filter(|(_, (_, at))| now.saturating_duration_since(*at) < FRESH);
        fresh.map(|(node, (ahead_us, _))| (*node, *ahead_us)).collect()
    }

    /// By how much the median of the voters' wall clocks is ahead of the one here, which is `own`'s; nothing while less than
    /// a majority of them is known. `expected_us` is by how much the wall clock that counted would be ahead by now; without
    /// it the lower of two counts.
    pub(super) fn median_ahead_us(
        &self,
        own: NodeId,
        voters: &BTreeSet<NodeId>,
        expected_us: Option<i64>,
        now: Instant,
    ) -> Option<i64> {
        let mut known = self.known(own, voters, now);
        known.sort_unstable();
        is_majority(known.len(), voters).then(|| {
            let middle = [known[(known.len() - 1) / 2], known[known.len() / 2]];
            let off = |ahead_us: &i64| expected_us.map_or(0, |expected_us| ahead_us.abs_diff(expected_us));
            if off(&middle[1]) < off(&middle[0]) { middle[1] } else { middle[0] }
        })
    }

    /// Whether a majority of the voters' wall clocks is known.
    pub(super) fn are_known(&self, own: NodeId, voters: &BTreeSet<NodeId>, now: Instant) -> bool {
        is_majority(self.known(own, voters, now).len(), voters)
    }

    /// By how much each voter is ahead that said so lately, and the own one.
    fn known(&self, own: NodeId, voters: &BTreeSet<NodeId>, now: Instant) -> Vec<i64> {
        let others = self.ahead(now);
        let of = |node: &NodeId| if *node == own { Some(0) } else { others.get(node).copied() };
        voters.iter().filter_map(of).collect()
    }
}

fn is_majority(count: usize, voters: &BTreeSet<NodeId>) -> bool {
    count * 2 > voters.len()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tokio::time::{Instant, advance};

    use super::{FRESH, Walls};
    use crate::domain::NodeId;

    const OWN: NodeId = NodeId(1);
    const HOUR_US: i64 = 3_600_000_000;

    fn voters(count: u64) -> BTreeSet<NodeId> {
        (1..=count).map(NodeId).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn of_three_clocks_one_that_is_wrong_moves_nothing() {
        let median = |ahead_us: [i64; 2]| {
            let walls = Walls::default();
            walls.hear(NodeId(2), ahead_us[0], Instant::now());
            walls.hear(NodeId(3), ahead_us[1], Instant::now());
            walls.median_ahead_us(OWN, &voters(3), None, Instant::now())
        };
        assert_eq!(median([HOUR_US, 20]), Some(20));
        assert_eq!(median([-HOUR_US, -20]), Some(-20));
        assert_eq!(median([HOUR_US, HOUR_US + 20]), Some(HOUR_US), "it is the own one that is wrong");
        assert_eq!(median([HOUR_US, -HOUR_US]), Some(0));
    }

    #[tokio::test(start_paused = true)]
    async fn of_two_clocks_the_one_counts_that_was_to_be_expected() {
        let median = |ahead_us: i64, expected_us: i64| {
            let walls = Walls::default();
            walls.hear(NodeId(2), ahead_us, Instant::now());
            walls.median_ahead_us(OWN, &voters(3), Some(expected_us), Instant::now())
        };
        assert_eq!([median(HOUR_US, 30), median(-HOUR_US, 30)], [Some(0), Some(0)], "the other one is wrong");
        let both = [median(HOUR_US, HOUR_US - 30), median(-HOUR_US, -HOUR_US - 30)];
        assert_eq!(both, [Some(HOUR_US), Some(-HOUR_US)], "the own one is wrong");
        assert_eq!(median(HOUR_US, HOUR_US / 2), Some(0), "the lower of two that are as likely");
    }

    #[tokio::test(start_paused = true)]
    async fn less_than_a_majority_says_nothing_and_old_news_do_not_count() {
        let walls = Walls::default();
        assert_eq!(walls.median_ahead_us(OWN, &voters(1), None, Instant::now()), Some(0), "the only one");
        assert_eq!(walls.median_ahead_us(OWN, &voters(3), None, Instant::now()), None);
        walls.hear(NodeId(2), 9, Instant::now());
        assert_eq!(walls.median_ahead_us(OWN, &voters(3), None, Instant::now()), Some(0), "the lower of two");
        walls.hear(NodeId(3), -9, Instant::now());
        assert_eq!(walls.median_ahead_us(OWN, &voters(2), None, Instant::now()), Some(0), "3 has no vote");
        assert!(walls.are_known(OWN, &voters(3), Instant::now()));
        advance(FRESH).await;
        assert_eq!(walls.median_ahead_us(OWN, &voters(3), None, Instant::now()), None);
        assert!(!walls.are_known(OWN, &voters(3), Instant::now()));
    }
}
