//! What a caller hands to the sequencer.

use tokio::sync::oneshot;

use super::answer::Answer;
use super::idempotency::KeyGuard;
use super::submit_error::SubmitError;
use crate::domain::{Command, Reply};

/// What a caller hands to the sequencer.
#[expect(clippy::large_enum_variant, reason = "a stop comes once; boxing would cost every command an allocation")]
pub(super) enum Job {
    Do {
        command: Command,
        key: Option<KeyGuard>,
        answer: oneshot::Sender<Result<Answer<Reply>, SubmitError>>,
    },
    /// Look again what is to be done.
    Look,
    /// Finish what came before and stop.
    Stop,
}
