//! Take an operator's key away: it is good for nothing from then on.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, View};
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, EventData, KeyChange, KeyId, KeyWritten, OperatorKeyRow, RowFault, Rows, tables,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveKey {
    pub key: KeyId,
}

impl Execute for RemoveKey {
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
    ) -> Result<KeyWritten, RowFault> {
        let key = self.key;
        state.operators.remove(key);
        effects.remove::<tables::OperatorKeys>(key);
        let (name, role, change) = (row.name.clone(), row.role, KeyChange::Removed);
        effects.event(None, EventData::KeyChanged { key, name, role, change });
        Ok(KeyWritten { key, row })
    }
}
