//! Every change of the members, as the log of the process tells it.

use std::collections::BTreeSet;

use parking_lot::Mutex;

use crate::domain::{Members, NodeId};

/// What became of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// It gets the log, and has no vote yet.
    TakenIn,
    Voter,
    /// It gets the log, and has no vote any more.
    Learner,
    Removed,
}

/// Tells of each change of the members that it is shown, once.
#[derive(Debug, Default)]
pub(super) struct MemberChanges(Mutex<Option<Members>>);

impl MemberChanges {
    /// Takes up who is a member from now on. Those that are there at first are no news.
    pub(super) fn follow(&self, now: &Members) {
        let before = self.0.lock().replace(now.clone());
        for (node, change) in before.map(|before| changes(&before, now)).unwrap_or_default() {
            let (node, address) = (node.0, now.addresses.get(&node).map(String::as_str).unwrap_or_default());
            match change {
                Change::TakenIn => tracing::info!(node, address, "an instance is taken in: it is sent the log"),
                Change::Voter => tracing::info!(node, address, "an instance has a vote from now on"),
                Change::Learner => tracing::info!(node, address, "an instance has no vote any more"),
                Change::Removed => tracing::info!(node, "an instance is removed from the cluster"),
            }
        }
    }
}

fn changes(before: &Members, now: &Members) -> Vec<(NodeId, Change)> {
    let voters = |members: &Members| members.voters.iter().flatten().copied().collect::<BTreeSet<NodeId>>();
    let (voted, votes) = (voters(before), voters(now));
    let all: BTreeSet<NodeId> = before.addresses.keys().chain(now.addresses.keys()).copied().collect();
    let change_of = |node: &NodeId| {
        let [was_there, is_there] = [before, now].map(|members| members.addresses.contains_key(node));
        match (was_there, is_there, voted.contains(node), votes.contains(node)) {
            (true, false, _, _) => Some(Change::Removed),
            (_, true, false, true) => Some(Change::Voter),
            (_, true, true, false) => Some(Change::Learner),
            (false, true, _, false) => Some(Change::TakenIn),
            (false, false, _, _) | (_, true, true, true) | (true, true, false, false) => None,
        }
    };
    all.into_iter().filter_map(|node| Some((node, change_of(&node)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::{Change, changes};
    use crate::domain::{Members, NodeId};

    fn members(voters: &[&[u64]], all: &[u64]) -> Members {
        Members {
            voters: voters.iter().map(|set| set.iter().copied().map(NodeId).collect()).collect(),
            addresses: all.iter().map(|node| (NodeId(*node), format!("box{node}:7001"))).collect(),
        }
    }

    #[test]
    fn an_instance_is_taken_in_gets_a_vote_and_is_removed_each_told_once() {
        let steps = [
            members(&[&[1, 2, 3]], &[1, 2, 3]),
            members(&[&[1, 2, 3]], &[1, 2, 3, 4]),
            members(&[&[1, 2, 3], &[1, 2, 3, 4]], &[1, 2, 3, 4]),
            members(&[&[1, 2, 3, 4]], &[1, 2, 3, 4]),
            members(&[&[1, 2, 3, 4], &[1, 3, 4]], &[1, 2, 3, 4]),
            members(&[&[1, 3, 4]], &[1, 3, 4]),
            members(&[&[1, 3]], &[1, 3, 4]),
        ];
        let told: Vec<Vec<(u64, Change)>> = steps
            .windows(2)
            .map(|two| changes(&two[0], &two[1]).into_iter().map(|(node, change)| (node.0, change)).collect())
            .collect();
        let expected = [
            vec![(4, Change::TakenIn)],
            vec![(4, Change::Voter)],
            vec![],
            vec![],
            vec![(2, Change::Removed)],
            vec![(4, Change::Learner)],
        ];
        assert_eq!(told, expected);
    }
}
