//! From the words of the log to those of the consensus library and back.

use std::collections::BTreeMap;

use openraft::{CommittedLeaderId, EntryPayload, LeaderId, Membership, SnapshotMeta, StoredMembership};

use super::types::{Member, Proposal, Types};
use crate::domain::{Members, MembersRow, NodeId};
use crate::log::{Content, Index, Leadership, LogId, Term, Vote};
use crate::storage::codec::{self, DecodeError};
use crate::storage::{EncodedEntry, SnapshotHead};

pub(super) fn raft_id(LogId { leadership, index }: LogId) -> openraft::LogId<NodeId> {
    openraft::LogId::new(CommittedLeaderId::new(leadership.term.0, leadership.node), index.0)
}

pub(super) fn log_id(id: &openraft::LogId<NodeId>) -> LogId {
    LogId { leadership: leadership(&id.leader_id), index: Index(id.index) }
}

pub(super) fn raft_vote(Vote { leadership: Leadership { term, node }, is_elected }: Vote) -> openraft::Vote<NodeId> {
    openraft::Vote { leader_id: LeaderId::new(term.0, node), committed: is_elected }
}

pub(super) fn vote(vote: &openraft::Vote<NodeId>) -> Vote {
    Vote { leadership: leadership(&vote.leader_id), is_elected: vote.committed }
}

fn leadership(id: &LeaderId<NodeId>) -> Leadership {
    Leadership { term: Term(id.term), node: id.node_id }
}

/// An entry as the consensus library knows it. Parts stay encoded.
///
/// # Errors
/// The bytes are none of an entry.
pub(super) fn raft_entry(entry: EncodedEntry) -> Result<openraft::Entry<Types>, DecodeError> {
    let payload = if entry.has_parts() {
        EntryPayload::Normal(Proposal(entry.content.clone()))
    } else {
        match entry.decode()? {
            Content::Members(members) => EntryPayload::Membership(membership(members)),
            Content::Blank => EntryPayload::Blank,
            Content::Parts(_) => unreachable!("an entry with parts is told by its first byte"),
        }
    };
    Ok(openraft::Entry { log_id: raft_id(entry.id), payload })
}

/// What an entry says.
///
/// # Errors
/// The bytes are none of an entry.
pub(super) fn content(payload: EntryPayload<Types>) -> Result<Content, DecodeError> {
    match payload {
        EntryPayload::Normal(Proposal(content)) => codec::decode_payload(&content),
        EntryPayload::Blank => Ok(Content::Blank),
        EntryPayload::Membership(membership) => Ok(Content::Members(members(&membership))),
    }
}

/// The members with the entry that says so.
pub(super) fn stored_members(row: Option<&MembersRow>) -> StoredMembership<NodeId, Member> {
    let Some(MembersRow { term, node, index, members }) = row else { return StoredMembership::default() };
    let id = LogId { leadership: Leadership { term: Term(*term), node: *node }, index: Index(*index) };
    StoredMembership::new(Some(raft_id(id)), membership(members.clone()))
}

/// What the library has to know of a snapshot.
pub(super) fn snapshot_meta(SnapshotHead { id, members, .. }: &SnapshotHead) -> SnapshotMeta<NodeId, Member> {
    let last_membership = stored_members(members.as_ref());
    SnapshotMeta { last_log_id: Some(raft_id(*id)), last_membership, snapshot_id: raft_id(*id).to_string() }
}

/// An entry as the log stores it.
pub(super) fn encoded(entry: openraft::Entry<Types>) -> EncodedEntry {
    let content = match entry.payload {
        EntryPayload::Normal(Proposal(content)) => content,
        EntryPayload::Blank => encode(&Content::Blank),
        EntryPayload::Membership(membership) => encode(&Content::Members(members(&membership))),
    };
    EncodedEntry { id: log_id(&entry.log_id), content }
}

fn encode(content: &Content) -> bytes::Bytes {
    let mut out = Vec::new();
    codec::encode_payload(content, &mut out);
    out.into()
}

fn membership(Members { voters, addresses }: Members) -> Membership<NodeId, Member> {
    let nodes: BTreeMap<NodeId, Member> =
        addresses.into_iter().map(|(node, address)| (node, Member { address })).collect();
    Membership::new(voters, nodes)
}

/// The members as the log says it.
pub(super) fn members(membership: &Membership<NodeId, Member>) -> Members {
    let addresses = membership.nodes().map(|(node, member)| (*node, member.address.clone())).collect();
    Members { voters: membership.get_joint_config().clone(), addresses }
}
