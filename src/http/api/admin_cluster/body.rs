//! What an instance knows of its cluster, as the operator reads it.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::cluster::raft::Progress;
use crate::cluster::tenure::TenureLeft;
use crate::cluster::{Link, MemberStatus, Role, Status};
use crate::node::{ClusterStatus, SlotRange};

const MICROSECONDS_A_MILLISECOND: i64 = 1_000;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClusterBody {
    /// The same at all instances, for the life of the cluster: 32 hexadecimal digits.
    #[schema(pattern = "^[0-9a-f]{32}$")]
    pub cluster_id: String,
    /// The instance that answers.
    pub node_id: u64,
    /// How often its process was started over its data folder.
    pub incarnation: u64,
    /// The instance that orders the log; `null` when none is known.
    pub leader: Option<u64>,
    /// Whether the instance that answers leads: requests about the box office are answered here at this moment.
    pub leads: bool,
    /// Counts elections.
    pub term: u64,
    /// For so long it leads without hearing of the others. It is renewed with each heartbeat. `null` where it does not
    /// lead, and where it has the only vote, so that there is no end.
    pub tenure_ms: Option<u64>,
    pub log: LogBody,
    /// In the order of their ids.
    pub members: Vec<MemberBody>,
    /// Which instance owns which slots. A slot is a share of all concerts, which its owner leads.
    pub slots: Vec<SlotsBody>,
    pub digest: DigestBody,
}

/// How far the log has come at the instance that answers. An index is the number of an entry; 0 is none.
#[derive(Serialize, ToSchema)]
pub(super) struct LogBody {
    /// The newest entry that it holds.
    pub last: u64,
    /// The newest one that it knows a majority to hold; `null` while its disk keeps it waiting.
    pub committed: Option<u64>,
    /// The newest one that its data is made of.
    pub applied: u64,
    /// The newest one that its database holds durably.
    pub durable: u64,
    /// The newest one that its log has let go of.
    pub purged: u64,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberBody {
    pub node_id: u64,
    /// Host and port where the others reach it.
    pub address: String,
    pub role: RoleBody,
    pub link: LinkBody,
    /// For so long the connection stands without a break; `null` where there is none.
    pub connected_ms: Option<u64>,
    /// Entries that it lacks; `null` where the instance that answers does not lead or has not heard of it.
    pub lag: Option<u64>,
    /// By how much its wall clock is ahead of the one of the instance that answers; below 0 it is behind. `null` where the
    /// instance that answers has not heard it within the last 3 s: only the one that leads hears the clocks of the others.
    pub wall_offset_ms: Option<i64>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum RoleBody {
    /// It counts in votes.
    Voter,
    /// It gets the log, and has no vote.
    Learner,
}

/// A member, as it stands when it is taken in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddedBody {
    pub node_id: u64,
    /// Host and port where the others reach it.
    pub address: String,
    /// A learner has its vote as soon as it has all.
    pub role: RoleBody,
}

/// A member that is one no more.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RemovedBody {
    pub node_id: u64,
}

/// How the instance that answers reaches a member.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum LinkBody {
    /// It is that instance.
    Own,
    Connected,
    Lost,
}

/// Slots in a row with the same owner and the same epoch.
#[derive(Serialize, ToSchema)]
pub(super) struct SlotsBody {
    pub from: u16,
    /// The last of them.
    pub to: u16,
    pub owner: u64,
    /// Counts the owners.
    pub epoch: u32,
}

/// What became of every command up to an entry. Instances that tell different values of the same index have fallen apart.
#[derive(Serialize, ToSchema)]
pub(super) struct DigestBody {
    pub index: u64,
    #[schema(pattern = "^[0-9a-f]{16}$")]
    pub value: String,
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).expect("less than 500 million years")
}

impl From<ClusterStatus> for ClusterBody {
    fn from(ClusterStatus { instance, slots, digest }: ClusterStatus) -> Self {
        let Status { cluster, node, incarnation, progress, tenure, walls_ahead_us, members } = instance;
        let lag = |member: &MemberStatus| progress.lags.get(&member.node).copied().flatten();
        let wall_ahead_us = |member: &MemberStatus| walls_ahead_us.get(&member.node).copied();
        let member = |member| MemberBody::of(member, lag(member), wall_ahead_us(member));
        Self {
            cluster_id: format!("{cluster:032x}"),
            node_id: node.0,
            incarnation,
            leader: progress.leader.map(|leader| leader.0),
            leads: tenure != TenureLeft::Nothing,
            term: progress.term.0,
            tenure_ms: match tenure {
                TenureLeft::Bound(left) => Some(milliseconds(left)),
                TenureLeft::Nothing | TenureLeft::Unbound => None,
            },
            members: members.iter().map(member).collect(),
            log: LogBody::from(&progress),
            slots: slots.into_iter().map(SlotsBody::from).collect(),
            digest: DigestBody { index: digest.index.0, value: format!("{:016x}", digest.digest.0) },
        }
    }
}

impl From<&Progress> for LogBody {
    fn from(progress: &Progress) -> Self {
        let Progress { last, committed, applied, durable, purged, .. } = progress;
        Self {
            last: last.0,
            committed: committed.map(|index| index.0),
            applied: applied.0,
            durable: durable.0,
            purged: purged.0,
        }
    }
}

impl MemberBody {
    fn of(
        MemberStatus { node, address, role, link }: &MemberStatus,
        lag: Option<u64>,
        wall_ahead_us: Option<i64>,
    ) -> Self {
        let (link, connected_ms) = match link {
            Link::Own => (LinkBody::Own, None),
            Link::Up(time) => (LinkBody::Connected, Some(milliseconds(*time))),
            Link::Down => (LinkBody::Lost, None),
        };
        let wall_offset_ms = wall_ahead_us.map(|ahead_us| ahead_us / MICROSECONDS_A_MILLISECOND);
        let (node_id, address, role) = (node.0, address.clone(), (*role).into());
        Self { node_id, address, role, link, connected_ms, lag, wall_offset_ms }
    }
}

impl From<Role> for RoleBody {
    fn from(role: Role) -> Self {
        match role {
            Role::Voter => Self::Voter,
            Role::Learner => Self::Learner,
        }
    }
}

impl From<SlotRange> for SlotsBody {
    fn from(SlotRange { from, to, owner, epoch }: SlotRange) -> Self {
        Self { from: from.0, to: to.0, owner: owner.0, epoch: epoch.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::MemberBody;
    use crate::cluster::{Link, MemberStatus, Role};
    use crate::domain::NodeId;

    #[test]
    fn the_offset_of_a_wall_clock_is_told_in_whole_milliseconds() {
        let member = MemberStatus { node: NodeId(2), address: "b:1".to_owned(), role: Role::Voter, link: Link::Down };
        let told = |ahead_us| MemberBody::of(&member, None, ahead_us).wall_offset_ms;
        let offsets = [Some(1_999), Some(-1_999), Some(-40), Some(3_600_000_000), None].map(told);
        assert_eq!(offsets, [Some(1), Some(-1), Some(0), Some(3_600_000), None]);
    }
}
