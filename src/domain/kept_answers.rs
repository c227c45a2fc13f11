//! Answers that are kept with their idempotency keys, so that a request which is repeated is answered as it was.

use crate::domain::effects::Effects;
use crate::domain::words::{Idempotency, IdempotencyRecord, Rejection, Reply, RowFault, Rows, Timestamp, tables};

/// For how long an answer is kept with its idempotency key.
pub(super) const ANSWER_KEPT_SECONDS: u32 = 86_400;

/// The answer that was kept for an idempotency key, or the refusal when it was for another request.
///
/// # Errors
/// The fault of a row that could not be read.
pub fn kept_answer(
    rows: &impl Rows,
    idempotency: &Idempotency,
    now: Timestamp,
) -> Result<Option<Result<Reply, Rejection>>, RowFault> {
    let kept = rows.get::<tables::IdempotencyRecords>(&idempotency.key)?;
    let fresh = kept.filter(|record| now < record.at.plus_seconds(ANSWER_KEPT_SECONDS));
    Ok(fresh.map(|record| {
        if record.fingerprint == idempotency.fingerprint {
            Ok(record.reply)
        } else {
            Err(Rejection::IdempotencyKeyReused)
        }
    }))
}

/// Keeps the answer of a command.
pub(super) fn keep_answer(idempotency: &Idempotency, reply: &Reply, effects: &mut Effects<'_>) {
    if planted!(AnswerForgotten) {
        return;
    }
    effects.totals.last_answer += 1;
    let number = effects.totals.last_answer;
    let record =
        IdempotencyRecord { number, fingerprint: idempotency.fingerprint, at: effects.now, reply: reply.clone() };
    effects.put::<tables::IdempotencyRecords>(idempotency.key.clone(), Box::new(record));
    effects.put::<tables::IdempotencyOrder>(number, idempotency.key.clone());
}
