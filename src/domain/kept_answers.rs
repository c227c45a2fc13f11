//! Answers that are kept with their idempotency keys, so that a request which is repeated is answered as it was.

use crate::domain::effects::Effects;
use crate::domain::words::{Answered, Once, Rejection, Reply, RowFault, Rows, Timestamp, tables};

/// For how long an answer is kept with its idempotency key.
pub(super) const ANSWER_KEPT_SECONDS: u32 = 86_400;

/// The answer that was kept for an idempotency key, or the refusal when it was for another request.
///
/// # Errors
/// The fault of a row that could not be read.
pub fn kept_answer(
    rows: &impl Rows,
    once: &Once,
    now: Timestamp,
) -> Result<Option<Result<Reply, Rejection>>, RowFault> {
    let kept = rows.get::<tables::Answered>(&once.key)?;
    let fresh = kept.filter(|answered| now < answered.at.plus_seconds(ANSWER_KEPT_SECONDS));
    Ok(fresh.map(|answered| {
        if answered.fingerprint == once.fingerprint { Ok(answered.reply) } else { Err(Rejection::IdempotencyKeyReused) }
    }))
}

/// Keeps the answer of a command.
pub(super) fn keep_answer(once: &Once, reply: &Reply, effects: &mut Effects<'_>) {
    effects.totals.last_answer += 1;
    let number = effects.totals.last_answer;
    let answered = Answered { number, fingerprint: once.fingerprint, at: effects.now, reply: reply.clone() };
    effects.put::<tables::Answered>(once.key.clone(), Box::new(answered));
    effects.put::<tables::AnsweredOrder>(number, once.key.clone());
}
