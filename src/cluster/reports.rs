//! What the other instances say of themselves, asked again and again: how far each has come, and whether it is reached at
//! all, of which the log of the process tells each change.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use parking_lot::Mutex;
use tokio::time::{Instant, sleep};

use super::control::{ControlError, Report, ask_report};
use super::peers::{PeerConnections, Peers};
use crate::domain::NodeId;
use crate::log::Index;

/// How often the others are asked.
const ASK_EVERY: Duration = Duration::from_millis(500);
/// How long their answer may take.
const ANSWER_LIMIT: Duration = Duration::from_millis(400);
/// For how long an answer tells how an instance stands.
const FRESH: Duration = Duration::from_secs(3);
/// After so many answers in a row that did not come an instance is told as lost that was reached before.
const MISSES_MAX: u32 = 2;
/// The same of one that never was: it may be starting.
const MISSES_AT_FIRST_MAX: u32 = 10;

/// The newest report of each.
#[derive(Debug, Default)]
pub(super) struct Reports(Mutex<BTreeMap<NodeId, (Instant, Report)>>);

/// How an instance was reached last, as it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
    Yes,
    /// So many times in a row it was not, though it was before.
    Missed(u32),
    /// So many times it was not, and never before.
    NotYet(u32),
    Lost,
}

/// What there is to tell of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Found,
    Lost,
}

impl Reached {
    /// Takes an answer up, or that there was none, and gives what there is to tell.
    fn after(before: Option<Self>, is_answered: bool) -> (Self, Option<News>) {
        if is_answered {
            return match before {
                Some(Self::Yes | Self::Missed(_)) => (Self::Yes, None),
                Some(Self::Lost | Self::NotYet(_)) | None => (Self::Yes, Some(News::Found)),
            };
        }
        let next = match before {
            Some(Self::Lost) => return (Self::Lost, None),
            Some(Self::Missed(misses)) => Self::Missed(misses + 1),
            Some(Self::Yes) => Self::Missed(1),
            Some(Self::NotYet(misses)) => Self::NotYet(misses + 1),
            None => Self::NotYet(1),
        };
        match next {
            Self::Missed(MISSES_MAX..) | Self::NotYet(MISSES_AT_FIRST_MAX..) => (Self::Lost, Some(News::Lost)),
            Self::Missed(_) | Self::NotYet(_) | Self::Yes | Self::Lost => (next, None),
        }
    }
}

impl Reports {
    /// What an instance said of itself in the last seconds.
    pub(super) fn of(&self, node: NodeId) -> Option<Report> {
        let known = self.0.lock();
        known.get(&node).filter(|(at, _)| at.elapsed() < FRESH).map(|(_, report)| *report)
    }

    /// Whether the instance that leads has said in the last seconds that this one is no member, by a newer entry than
    /// `known`.
    pub(super) fn removed_after(&self, known: Index) -> bool {
        let reports = self.0.lock();
        reports
            .values()
            .any(|(at, report)| at.elapsed() < FRESH && report.excluded_at.is_some_and(|index| index > known))
    }

    /// Asks the others again and again.
    pub(super) async fn follow(&self, peers: &Peers) {
        let mut reached: BTreeMap<NodeId, Reached> = BTreeMap::new();
        loop {
            let all = peers.all();
            let asked = all.values().map(async |peer| (peer, ask_report(&peer.control, ANSWER_LIMIT).await));
            let answers = join_all(asked).await;
            reached.retain(|node, _| all.contains_key(node));
            for (peer, answer) in answers {
                let node = peer.control.name().node;
                let (now, news) = Reached::after(reached.get(&node).copied(), answer.is_ok());
                reached.insert(node, now);
                tell(peer, news, answer.as_ref().err());
                if let Ok(report) = answer {
                    self.0.lock().insert(node, (Instant::now(), report));
                }
            }
            sleep(ASK_EVERY).await;
        }
    }
}

fn tell(peer: &PeerConnections, news: Option<News>, error: Option<&ControlError>) {
    let name = peer.control.name();
    let (node, address) = (name.node.0, &*name.address);
    match news {
        None => {}
        Some(News::Found) => tracing::info!(node, address, "another instance is reached"),
        Some(News::Lost) => {
            let why = error.map(ToString::to_string).unwrap_or_default();
            tracing::warn!(node, address, "another instance is not reached: {why}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MISSES_AT_FIRST_MAX, News, Reached};

    #[test]
    fn an_instance_is_told_once_as_found_and_once_as_lost_and_a_late_answer_is_nothing_to_tell() {
        let mut reached = None;
        let mut after = |is_answered| {
            let (now, news) = Reached::after(reached, is_answered);
            reached = Some(now);
            news
        };
        let told = [true, true, false, true, false, false, false, true, true].map(&mut after);
        let lost = Some(News::Lost);
        assert_eq!(told, [Some(News::Found), None, None, None, None, lost, None, Some(News::Found), None]);
        let mut never = None;
        let told: Vec<_> = (0..MISSES_AT_FIRST_MAX + 2)
            .filter_map(|miss| {
                let (now, news) = Reached::after(never, false);
                never = Some(now);
                news.map(|news| (miss, news))
            })
            .collect();
        assert_eq!(told, [(MISSES_AT_FIRST_MAX - 1, News::Lost)], "it has time to start");
    }
}
