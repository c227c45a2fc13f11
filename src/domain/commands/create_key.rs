//! Give an operator a key.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, View};
use crate::domain::effects::Effects;
use crate::domain::operators::KEYS_MAX;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, EventData, KEY_HASH_BYTES, KeyChange, KeyId, KeyWritten, OperatorKeyRow, Rejection, Role, RowFault,
    Rows, WallTime, tables,
};

/// Only the hash of the key goes into the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateKey {
    pub key: KeyId,
    pub name: String,
    pub role: Role,
    pub hash: [u8; KEY_HASH_BYTES],
    pub expires_at: Option<WallTime>,
}

impl Execute for CreateKey {
    type Plan = ();

    fn judge(&self, view: &impl View) -> Result<(), ApplyError> {
        if view.state().operators().count() < KEYS_MAX { Ok(()) } else { Err(Rejection::KeysFull.into()) }
    }

    fn perform(
        &self,
        (): (),
        state: &mut State,
        _rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<KeyWritten, RowFault> {
        let Self { key, ref name, role, hash, expires_at } = *self;
        assert!(key != KeyId::OWNER && state.operators.get(key).is_none(), "its id was drawn at random just now");
        let created_at = effects.wall();
        let (last_used_at, last_refused_at) = (None, None);
        let row =
            OperatorKeyRow { name: name.clone(), role, hash, created_at, expires_at, last_used_at, last_refused_at };
        state.operators.insert(key, row.clone());
        effects.put::<tables::OperatorKeys>(key, Box::new(row.clone()));
        let change = KeyChange::Created { expires_at };
        effects.event(None, EventData::KeyChanged { key, name: name.clone(), role, change });
        Ok(KeyWritten { key, row })
    }
}
