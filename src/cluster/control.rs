//! The small questions between instances: how one stands before it takes part, and whether one may be taken in.

use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::digests::Checkpoint;
use super::forming::Standing;
use super::link::{LinkError, Peer};
use crate::domain::{Epoch, NodeId, Slot, Timestamp};
use crate::log::Index;

/// Where it is asked how an instance stands.
pub(super) const STANDING_PATH: &str = "/control/standing";
/// Where an instance asks to be taken in.
pub(super) const ADMISSION_PATH: &str = "/control/admission";
/// Where an instance is asked to stand for election at once.
pub(super) const CANDIDACY_PATH: &str = "/control/candidacy";
/// Where an instance says how far it has come.
pub(super) const REPORT_PATH: &str = "/control/report";
/// Where an instance is let answer for its slots for a moment.
pub(super) const GRANT_PATH: &str = "/control/grant";
/// Where an owner is asked to give slots up.
pub(super) const RELEASE_PATH: &str = "/control/release";
/// Where an instance says how far it has come once it has an entry.
pub(super) const APPLIED_PATH: &str = "/control/applied";
/// Where an instance that orders the log says what is committed.
pub(super) const COMMITTED_PATH: &str = "/control/committed";
/// Where an instance is told that it was removed.
pub(super) const REMOVAL_PATH: &str = "/control/removal";
/// How long an answer about how an instance stands may take.
const STANDING_LIMIT: Duration = Duration::from_secs(2);
/// How long it may take to take an instance in: it is sent everything first.
const ADMISSION_LIMIT: Duration = Duration::from_secs(90);

/// What an instance says that wants to be taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Newcomer {
    pub node: NodeId,
    /// Where the others reach it.
    pub address: String,
    /// Whether it was let come before. One that was not has nothing, so that it may not have a vote.
    pub is_welcome: bool,
}

/// What an instance that takes part says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Report {
    /// The newest entry that it has applied.
    pub applied: Index,
    /// Where it leads, and whoever asks is no member: the entry that says so.
    pub excluded_at: Option<Index>,
}

/// What an instance says that wants to go on answering for its slots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Renewal {
    /// The newest entry that it has applied.
    pub applied: Index,
    /// The slots that it has given up and that nobody has taken yet.
    pub released: Vec<(Slot, Epoch)>,
    /// Whether it stops soon, and is to have no slots then.
    pub is_leaving: bool,
    /// Microseconds since 1970 by its wall clock.
    pub wall_us: i64,
    /// What became of every command up to the newest entry at which copies are compared.
    pub checkpoint: Option<Checkpoint>,
}

/// What time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Times {
    /// The log's time, as the instance that orders the log has it.
    pub now: Timestamp,
    /// Microseconds since 1970 by the wall clock that counts.
    pub wall_us: i64,
}

/// What an instance is answered that wants to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Renewed {
    Granted(Grant),
    /// It may not, or the instance that was asked does not order the log.
    Refused,
    /// Its copy is another one than that of a majority, at this entry or before.
    Differs(Index),
}

/// Lets an instance answer for its slots for a moment from when it asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Grant {
    /// Counts from when the instance has applied this entry.
    pub through: Index,
    /// Nothing while the instance that grants does not know what time it is.
    pub times: Option<Times>,
}

/// What it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Admission {
    /// It may come: it is sent what it lacks once it asks again.
    Welcome,
    /// It has all, and a vote.
    Admitted,
    /// Another instance has to be asked, or the same one later.
    Later(String),
    /// It cannot be taken in as it is.
    Refused(String),
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub(super) enum ControlError {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error("instance {node} gave an answer that is not understood: {reason}")]
    Malformed { node: NodeId, reason: String },
}

/// Asks an instance how it stands.
///
/// # Errors
/// It was not reached, or its answer is not understood.
pub(super) async fn ask_standing(peer: &Peer) -> Result<Standing, ControlError> {
    ask_standing_within(peer, STANDING_LIMIT).await
}

/// The same with less patience.
///
/// # Errors
/// Those of [`ask_standing`].
pub(super) async fn ask_standing_within(peer: &Peer, limit: Duration) -> Result<Standing, ControlError> {
    ask(peer, STANDING_PATH, &(), limit).await
}

/// Asks an instance that takes part how far it has come.
///
/// # Errors
/// It was not reached, it does not take part, or its answer is not understood.
pub(super) async fn ask_report(peer: &Peer, limit: Duration) -> Result<Report, ControlError> {
    ask(peer, REPORT_PATH, &(), limit).await
}

/// Asks an instance how far it has come once it has an entry, or after `limit`.
///
/// # Errors
/// It was not reached, it does not take part, or its answer is not understood.
pub(super) async fn ask_applied(peer: &Peer, index: Index, limit: Duration) -> Result<Index, ControlError> {
    ask(peer, APPLIED_PATH, &index, limit).await
}

/// Asks an instance what is committed; nothing where it does not order the log.
///
/// # Errors
/// It was not reached, it does not take part, or its answer is not understood.
pub(super) async fn ask_committed(peer: &Peer, limit: Duration) -> Result<Option<Index>, ControlError> {
    ask(peer, COMMITTED_PATH, &(), limit).await
}

/// Asks an instance whether this one may go on answering for its slots.
///
/// # Errors
/// It was not reached, it does not take part, or its answer is not understood.
pub(super) async fn ask_grant(peer: &Peer, renewal: &Renewal, limit: Duration) -> Result<Renewed, ControlError> {
    ask(peer, GRANT_PATH, renewal, limit).await
}

/// Asks an owner to give slots up, and gives those that it has given up.
///
/// # Errors
/// It was not reached, it does not take part, or its answer is not understood.
pub(super) async fn ask_release(
    peer: &Peer,
    slots: &[(Slot, Epoch)],
    limit: Duration,
) -> Result<Vec<(Slot, Epoch)>, ControlError> {
    ask(peer, RELEASE_PATH, &slots, limit).await
}

/// Asks an instance to stand for election at once.
///
/// # Errors
/// It was not reached.
pub(super) async fn ask_to_stand(peer: &Peer) -> Result<(), ControlError> {
    ask(peer, CANDIDACY_PATH, &(), STANDING_LIMIT).await
}

/// Tells an instance that it was removed.
///
/// # Errors
/// It was not reached. One that was, ends, so that there is seldom an answer.
pub(super) async fn tell_removal(peer: &Peer, limit: Duration) -> Result<(), ControlError> {
    match peer.call(REMOVAL_PATH, Bytes::new(), limit).await {
        Err(error) if error.is_unsent() => Err(error.into()),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Asks an instance to take `newcomer` in.
///
/// # Errors
/// It was not reached, or its answer is not understood.
pub(super) async fn ask_admission(peer: &Peer, newcomer: &Newcomer) -> Result<Admission, ControlError> {
    ask(peer, ADMISSION_PATH, newcomer, ADMISSION_LIMIT).await
}

async fn ask<A: DeserializeOwned>(
    peer: &Peer,
    path: &str,
    question: &impl Serialize,
    limit: Duration,
) -> Result<A, ControlError> {
    let answer = peer.call(path, encode(question), limit).await?;
    serde_json::from_slice(&answer)
        .map_err(|error| ControlError::Malformed { node: peer.name().node, reason: error.to_string() })
}

/// A question or an answer as it is sent.
pub(super) fn encode(told: &impl Serialize) -> Bytes {
    serde_json::to_vec(told).expect("numbers, texts and lists of them").into()
}
