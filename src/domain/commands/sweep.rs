//! Sweep: what is past keeping goes: idempotency records after 24 hours, events after their days, the counts of a minute
//! after 90 days.

use serde::{Deserialize, Serialize};

use super::unconditional::Unconditional;
use crate::domain::effects::Effects;
use crate::domain::kept_answers::ANSWER_KEPT_SECONDS;
use crate::domain::series::{is_series_due, sweep_series};
use crate::domain::state::State;
use crate::domain::words::{RowFault, Rows, Swept, Timestamp, tables};

/// Rows of each kind that one sweep drops at most, so that it never keeps the others waiting.
const SWEEP_MAX: u32 = 1_000;

/// Whether there is anything to sweep at `now`.
///
/// # Errors
/// The fault of a row that could not be read.
pub fn sweep_due(state: &State, rows: &impl Rows, now: Timestamp) -> Result<bool, RowFault> {
    let totals = &state.totals;
    let first = totals.first_answer.max(1);
    let answer = match rows.get::<tables::IdempotencyOrder>(&first)? {
        // A key that was used again after its day has a newer record: what is left of the older one can go.
        Some(key) => {
            let answered = rows.get::<tables::IdempotencyRecords>(&key)?.filter(|answered| answered.number == first);
            answered.is_none_or(|answered| answered.at <= oldest_answer(now))
        }
        None => false,
    };
    let event = rows.get::<tables::Events>(&totals.first_event.max(1))?;
    let is_series = is_series_due(state, state.wall(now));
    Ok(is_series || answer || event.is_some_and(|event| event.logged_at <= oldest_event(state, now)))
}

/// Answers of this time and before are past keeping.
fn oldest_answer(now: Timestamp) -> Timestamp {
    Timestamp(now.0 - i64::from(ANSWER_KEPT_SECONDS) * 1_000)
}

/// Events of this time and before are past keeping.
fn oldest_event(state: &State, now: Timestamp) -> Timestamp {
    Timestamp(now.0 - i64::from(state.settings.events_keep_days) * 86_400_000)
}

/// Drop idempotency records and events that are past keeping, a bounded number at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep;

impl Unconditional for Sweep {
    fn perform(&self, state: &mut State, rows: &impl Rows, effects: &mut Effects<'_>) -> Result<Swept, RowFault> {
        let answers = sweep_answers(rows, effects)?;
        let events = sweep_events(state, rows, effects)?;
        let minutes = sweep_series(state, rows, effects, SWEEP_MAX)?;
        let more_due = [answers, events, minutes].contains(&SWEEP_MAX);
        Ok(Swept { dropped: answers + events + minutes, more_due })
    }
}

fn sweep_answers(rows: &impl Rows, effects: &mut Effects<'_>) -> Result<u32, RowFault> {
    let oldest = oldest_answer(effects.now);
    let mut dropped = 0;
    let mut next = effects.totals.first_answer.max(1);
    while dropped < SWEEP_MAX && next <= effects.totals.last_answer {
        let key = rows.get::<tables::IdempotencyOrder>(&next)?.expect("idempotency records are counted without gaps");
        let answered = rows.get::<tables::IdempotencyRecords>(&key)?.filter(|answered| answered.number == next);
        if answered.as_ref().is_some_and(|answered| answered.at > oldest) {
            break;
        }
        // A key that was used again after its day has a newer record, which stays.
        if answered.is_some() {
            effects.remove::<tables::IdempotencyRecords>(key);
        }
        effects.remove::<tables::IdempotencyOrder>(next);
        next += 1;
        dropped += 1;
    }
    effects.totals.first_answer = next;
    Ok(dropped)
}

fn sweep_events(state: &State, rows: &impl Rows, effects: &mut Effects<'_>) -> Result<u32, RowFault> {
    let oldest = oldest_event(state, effects.now);
    let mut dropped = 0;
    let mut next = effects.totals.first_event.max(1);
    while dropped < SWEEP_MAX && next <= effects.totals.last_event {
        let event = rows.get::<tables::Events>(&next)?.expect("events are counted without gaps");
        if event.logged_at > oldest {
            break;
        }
        effects.remove::<tables::Events>(next);
        if event.by.is_some() {
            effects.remove::<tables::Acts>(next);
        }
        next += 1;
        dropped += 1;
    }
    effects.totals.first_event = next;
    Ok(dropped)
}
