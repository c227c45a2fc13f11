//! Changes of a concert that are made of how it stands: begun anew when another one came between reading and writing.

use super::caller::Caller;
use super::handle::Handle;
use super::queries::ConcertNow;
use super::submit_error::SubmitError;
use crate::domain::commands::{Answers, ReviseConcert, SetQueuePolicy};
use crate::domain::{ConcertNo, ConcertWritten, Definition, KeyId, QueuePolicy, Rejection};

/// How often a change is begun anew because another one came between reading and writing.
const ATTEMPTS_MAX: u32 = 16;

/// What became of a change.
pub enum Revised {
    /// It would change nothing, so nothing was written.
    Unchanged(Box<ConcertNow>),
    Written(ConcertWritten),
}

/// What the policy of a queue is to be a change of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyBase {
    /// The concert as it was shown to `allow`, and no newer one.
    AsShown,
    /// However it stands.
    Any,
}

impl Handle {
    /// Replaces the definition of a concert by the one that `change` makes of how it stands. `change` is asked again when
    /// the concert was revised meanwhile.
    ///
    /// # Errors
    /// Those of `change` and of the command; [`Rejection::ConcertNotFound`].
    pub async fn revise<E: From<SubmitError>>(
        &self,
        by: KeyId,
        concert: ConcertNo,
        mut change: impl FnMut(&ConcertNow) -> Result<Definition, E>,
    ) -> Result<Revised, E> {
        let mut attempt = 1;
        loop {
            let now = self.existing(concert)?;
            let definition = change(&now)?;
            if definition == *now.row.definition {
                return Ok(Revised::Unchanged(Box::new(now)));
            }
            let (revision, definition) = (now.row.revision, Box::new(definition));
            let command = ReviseConcert { concert, revision, definition };
            if let Some(written) = self.written(command, by, &mut attempt).await? {
                return Ok(Revised::Written(written));
            }
        }
    }

    /// Replaces the policy of a queue where `allow` has it so, which is asked again when the concert was revised
    /// meanwhile and the policy is to be a change of what was shown.
    ///
    /// # Errors
    /// Those of `allow` and of the command; [`Rejection::ConcertNotFound`].
    pub async fn set_queue_policy<E: From<SubmitError>>(
        &self,
        by: KeyId,
        concert: ConcertNo,
        policy: &QueuePolicy,
        mut allow: impl FnMut(&ConcertNow) -> Result<PolicyBase, E>,
    ) -> Result<ConcertWritten, E> {
        let mut attempt = 1;
        loop {
            let now = self.existing(concert)?;
            let revision = (allow(&now)? == PolicyBase::AsShown).then_some(now.row.revision);
            let command = SetQueuePolicy { concert, revision, policy: policy.clone() };
            if let Some(written) = self.written(command, by, &mut attempt).await? {
                return Ok(written);
            }
        }
    }

    fn existing(&self, concert: ConcertNo) -> Result<ConcertNow, SubmitError> {
        self.concert(concert).ok_or_else(|| Rejection::ConcertNotFound.into())
    }

    /// What was written, or nothing when it is to be begun anew.
    async fn written<C: Answers<Reply = ConcertWritten>>(
        &self,
        command: C,
        by: KeyId,
        attempt: &mut u32,
    ) -> Result<Option<ConcertWritten>, SubmitError> {
        match self.submit(command, Caller::operator(by)).await {
            Ok(answer) => Ok(Some(answer.reply)),
            Err(SubmitError::Rejected(Rejection::Revised)) if *attempt < ATTEMPTS_MAX => {
                *attempt += 1;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
