//! Every change of who leads, as the log of the process tells it, with why.

use tokio::sync::watch;

use super::raft::Leader;
use crate::domain::NodeId;
use crate::telemetry::metrics::RAFT_ELECTIONS;

/// What there is to tell of a change. That this instance answers from now on is told by whoever takes that up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Elected,
    Follows(NodeId),
    /// Another instance led until now.
    Lost(NodeId),
    LostOwn,
    /// This instance led until now.
    LostOwnTo(NodeId),
}

impl News {
    fn of(before: &Leader, now: &Leader) -> Option<Self> {
        match (before, now) {
            (_, Leader::Own(_)) => Some(Self::Elected),
            (Leader::Own(_), Leader::Other(node)) => Some(Self::LostOwnTo(*node)),
            (_, Leader::Other(node)) => Some(Self::Follows(*node)),
            (Leader::Own(_), Leader::Unknown) => Some(Self::LostOwn),
            (Leader::Other(node), Leader::Unknown) => Some(Self::Lost(*node)),
            // The end of the process is told with its reason.
            (Leader::Unknown | Leader::Ended(_), Leader::Unknown) | (_, Leader::Ended(_)) => None,
        }
    }

    fn tell(self) {
        match self {
            Self::Elected => tracing::info!("this instance is elected, and has all that was committed before"),
            Self::Follows(node) => tracing::info!(leader = node.0, "another instance leads, and this one follows it"),
            Self::Lost(node) => tracing::warn!(
                leader = node.0,
                "the instance that led is not heard any more; another one is elected as soon as a majority reaches each \
                 other"
            ),
            Self::LostOwn => {
                tracing::warn!(
                    "this instance leads no more: another one stands for election, or no majority is reached"
                );
            }
            Self::LostOwnTo(node) => {
                tracing::warn!(leader = node.0, "this instance leads no more: another one was elected");
            }
        }
    }
}

/// Tells of each change, and counts who is found to lead.
pub(super) async fn tell(mut leader: watch::Receiver<Leader>) {
    let mut known = Leader::Unknown;
    loop {
        let now = leader.borrow_and_update().clone();
        if now != known {
            if matches!(now, Leader::Own(_) | Leader::Other(_)) {
                RAFT_ELECTIONS.increment(1);
            }
            if let Some(news) = News::of(&known, &now) {
                news.tell();
            }
            known = now;
        }
        if leader.changed().await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::News;
    use crate::cluster::raft::Leader;
    use crate::domain::NodeId;
    use crate::log::Leadership;

    #[test]
    fn each_change_has_its_news() {
        let own = || Leader::Own(Leadership::default());
        let other = |node| Leader::Other(NodeId(node));
        for (before, now, news) in [
            (Leader::Unknown, own(), Some(News::Elected)),
            (other(2), own(), Some(News::Elected)),
            (Leader::Unknown, other(2), Some(News::Follows(NodeId(2)))),
            (other(3), other(2), Some(News::Follows(NodeId(2)))),
            (other(2), Leader::Unknown, Some(News::Lost(NodeId(2)))),
            (own(), Leader::Unknown, Some(News::LostOwn)),
            (own(), other(3), Some(News::LostOwnTo(NodeId(3)))),
            (own(), Leader::Ended("disk".to_owned()), None),
        ] {
            assert_eq!(News::of(&before, &now), news, "{before:?} {now:?}");
        }
    }
}
