//! Note that an operator's key is in use, or that one was shown which has expired. Neither is noted with every request.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, View};
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, Done, EventData, KeyChange, KeyId, KeyUse, OperatorKeyRow, RowFault, Rows, WallTime, tables,
};

/// By how much what is known of the use of a key may lag behind, in milliseconds.
const USE_LAG_MS: i64 = 3_600_000;
/// How long nothing is told behind one refusal of an expired key, in milliseconds: whoever goes on showing it fills no disk.
const REFUSAL_LAG_MS: i64 = 60_000;

impl OperatorKeyRow {
    /// Whether such a use of it at `now` is news.
    pub fn is_news(&self, key_use: KeyUse, now: WallTime) -> bool {
        let (last, lag_ms) = match key_use {
            KeyUse::Accepted => (self.last_used_at, USE_LAG_MS),
            KeyUse::Refused => (self.last_refused_at, REFUSAL_LAG_MS),
        };
        last.is_none_or(|last| now.0.saturating_sub(last.0).unsigned_abs() >= lag_ms.unsigned_abs())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteKeyUse {
    pub key: KeyId,
    pub key_use: KeyUse,
}

impl Execute for NoteKeyUse {
    type Plan = OperatorKeyRow;

    fn judge(&self, view: &impl View) -> Result<OperatorKeyRow, ApplyError> {
        Ok(view.state().operators().existing(self.key)?.clone())
    }

    fn perform(
        &self,
        row: OperatorKeyRow,
        state: &mut State,
        _rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<Done, RowFault> {
        let now = effects.wall();
        if !row.is_news(self.key_use, now) {
            return Ok(Done);
        }
        let row = match self.key_use {
            KeyUse::Accepted => OperatorKeyRow { last_used_at: Some(now), ..row },
            KeyUse::Refused => {
                let (name, role, change) = (row.name.clone(), row.role, KeyChange::Refused);
                effects.event(None, EventData::KeyChanged { key: self.key, name, role, change });
                OperatorKeyRow { last_refused_at: Some(now), ..row }
            }
        };
        state.operators.insert(self.key, row.clone());
        effects.put::<tables::OperatorKeys>(self.key, Box::new(row));
        Ok(Done)
    }
}
