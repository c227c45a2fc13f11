//! What a command answered.

use super::submit_error::SubmitError;
use crate::domain::{Origin, Reply};

/// What a command answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<R> {
    pub reply: R,
    pub origin: Origin,
}

impl Answer<Reply> {
    /// The answer of one kind of command.
    ///
    /// # Errors
    /// A fault when the reply is that of another kind: a kept one is found by a fingerprint of the whole request, so only
    /// a damaged record can be another.
    pub fn typed<R: TryFrom<Reply, Error = Reply>>(self) -> Result<Answer<R>, SubmitError> {
        let Self { reply, origin } = self;
        let of_another = |_| SubmitError::Fault("the kept answer is that of another command".to_owned());
        Ok(Answer { reply: R::try_from(reply).map_err(of_another)?, origin })
    }
}
