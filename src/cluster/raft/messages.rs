//! The messages of the consensus library as bytes. What entries say is sent as it is stored.

use bytes::Bytes;
use openraft::raft::{AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, VoteRequest, VoteResponse};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::convert::{encoded, log_id, raft_entry, raft_id, raft_vote, vote};
use super::types::Types;
use crate::domain::NodeId;
use crate::log::{LogId, Vote};
use crate::storage::codec::{self, DecodeError};
use crate::storage::{EncodedEntry, Reached};

/// Bytes before the head of a message that entries follow: its length.
const LENGTH_BYTES: usize = size_of::<u32>();

/// Why bytes are no message.
#[derive(Debug, Error)]
pub(super) enum MessageError {
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error("the message ends before its entries do")]
    Short,
}

/// What stands before the entries to be appended.
#[derive(Serialize, Deserialize)]
struct AppendHead {
    vote: Vote,
    previous: Option<LogId>,
    committed: Option<LogId>,
    /// Of each entry its id, and how many bytes it has.
    entries: Vec<(LogId, u32)>,
}

#[derive(Serialize, Deserialize)]
enum Appended {
    All,
    UpTo(Option<LogId>),
    Conflict,
    HigherVote(Vote),
}

#[derive(Serialize, Deserialize)]
struct VoteQuestion {
    vote: Vote,
    last: Option<LogId>,
}

#[derive(Serialize, Deserialize)]
struct VoteAnswer {
    vote: Vote,
    is_granted: bool,
    last: Option<LogId>,
}

fn bytes_of(value: &impl Serialize) -> Bytes {
    let mut out = Vec::new();
    codec::encode_payload(value, &mut out);
    out.into()
}

pub(super) fn encode_append(request: AppendEntriesRequest<Types>) -> Bytes {
    let AppendEntriesRequest { vote: of, prev_log_id, entries, leader_commit } = request;
    let entries: Vec<EncodedEntry> = entries.into_iter().map(encoded).collect();
    let length = |entry: &EncodedEntry| u32::try_from(entry.content.len()).expect("an entry is a megabyte at most");
    let head = AppendHead {
        vote: vote(&of),
        previous: prev_log_id.as_ref().map(log_id),
        committed: leader_commit.as_ref().map(log_id),
        entries: entries.iter().map(|entry| (entry.id, length(entry))).collect(),
    };
    let mut out = vec![0; LENGTH_BYTES];
    codec::encode_payload(&head, &mut out);
    let head_bytes = u32::try_from(out.len() - LENGTH_BYTES).expect("a message has few entries");
    out[..LENGTH_BYTES].copy_from_slice(&head_bytes.to_le_bytes());
    entries.iter().for_each(|entry| out.extend_from_slice(&entry.content));
    out.into()
}

pub(super) fn decode_append(bytes: &Bytes) -> Result<AppendEntriesRequest<Types>, MessageError> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH_BYTES>().ok_or(MessageError::Short)?;
    let length = u32::from_le_bytes(*length) as usize;
    let head: AppendHead = codec::decode_payload(rest.get(..length).ok_or(MessageError::Short)?)?;
    let (mut at, mut entries) = (LENGTH_BYTES + length, Vec::with_capacity(head.entries.len()));
    for (id, length) in head.entries {
        let end = at + length as usize;
        if end > bytes.len() {
            return Err(MessageError::Short);
        }
        entries.push(raft_entry(EncodedEntry { id, content: bytes.slice(at..end) })?);
        at = end;
    }
    Ok(AppendEntriesRequest {
        vote: raft_vote(head.vote),
        prev_log_id: head.previous.map(raft_id),
        entries,
        leader_commit: head.committed.map(raft_id),
    })
}

pub(super) fn encode_appended(response: &AppendEntriesResponse<NodeId>) -> Bytes {
    bytes_of(&match response {
        AppendEntriesResponse::Success => Appended::All,
        AppendEntriesResponse::PartialSuccess(last) => Appended::UpTo(last.as_ref().map(log_id)),
        AppendEntriesResponse::Conflict => Appended::Conflict,
        AppendEntriesResponse::HigherVote(higher) => Appended::HigherVote(vote(higher)),
    })
}

pub(super) fn decode_appended(bytes: &[u8]) -> Result<AppendEntriesResponse<NodeId>, DecodeError> {
    Ok(match codec::decode_payload(bytes)? {
        Appended::All => AppendEntriesResponse::Success,
        Appended::UpTo(last) => AppendEntriesResponse::PartialSuccess(last.map(raft_id)),
        Appended::Conflict => AppendEntriesResponse::Conflict,
        Appended::HigherVote(higher) => AppendEntriesResponse::HigherVote(raft_vote(higher)),
    })
}

pub(super) fn encode_vote(request: &VoteRequest<NodeId>) -> Bytes {
    bytes_of(&VoteQuestion { vote: vote(&request.vote), last: request.last_log_id.as_ref().map(log_id) })
}

pub(super) fn decode_vote(bytes: &[u8]) -> Result<VoteRequest<NodeId>, DecodeError> {
    let VoteQuestion { vote, last } = codec::decode_payload(bytes)?;
    Ok(VoteRequest { vote: raft_vote(vote), last_log_id: last.map(raft_id) })
}

pub(super) fn encode_voted(response: &VoteResponse<NodeId>) -> Bytes {
    let VoteResponse { vote: of, vote_granted: is_granted, last_log_id } = response;
    bytes_of(&VoteAnswer { vote: vote(of), is_granted: *is_granted, last: last_log_id.as_ref().map(log_id) })
}

pub(super) fn decode_voted(bytes: &[u8]) -> Result<VoteResponse<NodeId>, DecodeError> {
    let VoteAnswer { vote, is_granted, last } = codec::decode_payload(bytes)?;
    Ok(VoteResponse { vote: raft_vote(vote), vote_granted: is_granted, last_log_id: last.map(raft_id) })
}

/// The vote under which a snapshot is sent, in hexadecimal digits.
pub(super) fn encode_snapshot_vote(of: &openraft::Vote<NodeId>) -> String {
    digits_of(&bytes_of(&vote(of)))
}

/// That vote; `None` where it is none.
pub(super) fn decode_snapshot_vote(digits: &str) -> Option<openraft::Vote<NodeId>> {
    codec::decode_payload(&bytes_of_digits(digits)?).ok().map(raft_vote)
}

/// How far a snapshot has come.
pub(super) fn encode_reached(reached: &Reached) -> Bytes {
    bytes_of(reached)
}

pub(super) fn decode_reached(bytes: &[u8]) -> Result<Reached, DecodeError> {
    codec::decode_payload(bytes)
}

/// The same in hexadecimal digits.
pub(super) fn reached_digits(reached: &Reached) -> String {
    digits_of(&bytes_of(reached))
}

/// What such digits say; `None` where they say nothing.
pub(super) fn reached_of_digits(digits: &str) -> Option<Reached> {
    decode_reached(&bytes_of_digits(digits)?).ok()
}

fn digits_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of_digits(digits: &str) -> Option<Vec<u8>> {
    let byte = |at: usize| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..digits.len()).step_by(2).map(byte).collect()
}

pub(super) fn encode_installed(response: &SnapshotResponse<NodeId>) -> Bytes {
    bytes_of(&vote(&response.vote))
}

pub(super) fn decode_installed(bytes: &[u8]) -> Result<SnapshotResponse<NodeId>, DecodeError> {
    Ok(SnapshotResponse { vote: raft_vote(codec::decode_payload(bytes)?) })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use openraft::raft::{AppendEntriesRequest, AppendEntriesResponse, VoteRequest, VoteResponse};

    use super::*;
    use crate::log::{Content, Entry, Index, Leadership, Term};
    use crate::storage::Storable;

    fn id(term: u64, index: u64) -> LogId {
        LogId { leadership: Leadership { term: Term(term), node: NodeId(2) }, index: Index(index) }
    }

    fn entries() -> Vec<openraft::Entry<Types>> {
        let contents =
            [Entry::alone(Index(7), Vec::new()).content, Content::Blank, Content::Members(Default::default())];
        let entries = contents.into_iter().zip(7..).map(|(content, index)| {
            let entry = Entry { id: id(3, index), content, skipped: Default::default() };
            let mut bytes = Vec::new();
            entry.write_content(&mut bytes);
            raft_entry(EncodedEntry { id: entry.id, content: bytes.into() }).expect("ours")
        });
        entries.collect()
    }

    fn request(entries: Vec<openraft::Entry<Types>>) -> AppendEntriesRequest<Types> {
        AppendEntriesRequest {
            vote: openraft::Vote::new_committed(3, NodeId(2)),
            prev_log_id: Some(raft_id(id(2, 6))),
            entries,
            leader_commit: None,
        }
    }

    #[test]
    fn entries_arrive_as_they_were_sent() {
        for sent in [request(Vec::new()), request(entries())] {
            let got = decode_append(&encode_append(sent.clone())).expect("whole");
            assert_eq!((got.vote, got.prev_log_id, got.leader_commit), (sent.vote, sent.prev_log_id, None));
            assert_eq!(got.entries, sent.entries);
        }
    }

    #[test]
    fn a_message_that_lacks_bytes_is_refused() {
        let whole = encode_append(request(entries()));
        for length in 0..whole.len() {
            assert!(decode_append(&whole.slice(..length)).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn answers_arrive_as_they_were_given() {
        let vote = openraft::Vote::new(4, NodeId(1));
        for answer in [
            AppendEntriesResponse::Success,
            AppendEntriesResponse::PartialSuccess(Some(raft_id(id(3, 8)))),
            AppendEntriesResponse::Conflict,
            AppendEntriesResponse::HigherVote(vote),
        ] {
            assert_eq!(decode_appended(&encode_appended(&answer)).expect("whole"), answer);
        }
        let question = VoteRequest { vote, last_log_id: Some(raft_id(id(3, 8))) };
        assert_eq!(decode_vote(&encode_vote(&question)).expect("whole"), question);
        let answer = VoteResponse { vote, vote_granted: true, last_log_id: None };
        assert_eq!(decode_voted(&encode_voted(&answer)).expect("whole"), answer);
        assert_eq!(decode_snapshot_vote(&encode_snapshot_vote(&vote)), Some(vote));
        assert_eq!(decode_snapshot_vote("0g"), None);
        let reached = Reached { blocks: 300, hash: [0xa7; 32] };
        assert_eq!(decode_reached(&encode_reached(&reached)).expect("whole"), reached);
        assert_eq!(reached_of_digits(&reached_digits(&reached)), Some(reached));
        let installed = openraft::raft::SnapshotResponse { vote };
        assert_eq!(decode_installed(&encode_installed(&installed)).expect("whole"), installed);
        assert!(decode_voted(&Bytes::from_static(b"\xff")).is_err());
    }
}
