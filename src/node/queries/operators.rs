//! The keys of operators, and what operators did.

use std::future::pending;
use std::ops::Bound;
use std::time::Duration;

use tokio::time::sleep;

use super::events::NumberedEvent;
use super::history::HistoryPart;
use super::walk::newest_picked;
use crate::domain::commands::NoteKeyUse;
use crate::domain::{KEY_HASH_BYTES, KeyId, KeyUse, OperatorKeyRow, Role, Rows, WallTime, tables};
use crate::node::caller::Caller;
use crate::node::handle::Handle;
use crate::node::submit_error::SubmitError;

/// How long somebody who waits for the expiry of a key waits at most before looking again: the wall clock may be set.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// How a key that was shown stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownKey {
    Good { key: KeyId, role: Role },
    Expired,
}

impl Handle {
    /// How the key with this hash stands, whose use is noted; `None` when there is none.
    pub fn show_key(&self, hash: &[u8; KEY_HASH_BYTES]) -> Option<ShownKey> {
        let key = self.shared.replica.projections().operator_key(hash)?;
        let at = self.now();
        let (row, now) = self.read(|state| (state.operators().get(key).cloned(), state.wall(at)));
        let row = row?;
        let key_use = if row.has_expired(now) { KeyUse::Refused } else { KeyUse::Accepted };
        if row.is_news(key_use, now) && self.shared.key_uses.take(key, key_use, at) {
            // As an act of whoever shows it. Nobody waits for it; where it does not come about, a later use notes it.
            drop(self.send(NoteKeyUse { key, key_use }.into(), Caller::operator(key)));
        }
        Some(match key_use {
            KeyUse::Accepted => ShownKey::Good { key, role: row.role },
            KeyUse::Refused => ShownKey::Expired,
        })
    }

    /// The keys of operators but the owner's, the newest last.
    pub fn operator_keys(&self) -> Vec<(KeyId, OperatorKeyRow)> {
        let mut keys: Vec<_> =
            self.read(|state| state.operators().iter().map(|(key, row)| (key, row.clone())).collect());
        keys.sort_by_key(|(key, row)| (row.created_at, *key));
        keys
    }

    /// A key of an operator but the owner's.
    pub fn operator_key(&self, key: KeyId) -> Option<OperatorKeyRow> {
        self.read(|state| state.operators().get(key).cloned())
    }

    /// Waits until a key is good for nothing any more. The owner's is good for as long as the instance runs.
    pub async fn key_ended(&self, key: KeyId) {
        if key == KeyId::OWNER {
            return pending().await;
        }
        let mut changed = self.shared.followers.watch_keys();
        loop {
            changed.borrow_and_update();
            let now = self.wall_now();
            let Some(row) = self.operator_key(key).filter(|row| !row.has_expired(now)) else { return };
            let left_ms = |expires_at: WallTime| u64::try_from(expires_at.0.saturating_sub(now.0)).unwrap_or_default();
            let left = row.expires_at.map_or(LOOK_EVERY, |expires_at| Duration::from_millis(left_ms(expires_at)));
            tokio::select! {
                changed = changed.changed() => changed.expect("the sender is here"),
                () = sleep(left.min(LOOK_EVERY)) => {}
            }
        }
    }

    /// At most `limit` acts of operators, newest first, those older than number `before`: all, or those of one key.
    ///
    /// # Errors
    /// A fault.
    pub async fn acts(
        &self,
        by: Option<KeyId>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<HistoryPart<u64, NumberedEvent>, SubmitError> {
        self.read_rows(move |handle| {
            let end = before.map_or(Bound::Unbounded, Bound::Excluded);
            let pick = |number: &u64, key: KeyId| Ok(by.is_none_or(|by| by == key).then_some(*number));
            let walked = newest_picked::<tables::Acts, u64>(handle.store(), (Bound::Unbounded, end), limit, pick)?;
            let mut rows = Vec::new();
            for number in walked.found {
                // It may have been swept meanwhile.
                rows.extend(handle.store().get::<tables::Events>(&number)?.map(|event| (number, *event)));
            }
            Ok(HistoryPart { rows: handle.told_events(rows)?, next: walked.last })
        })
        .await
    }
}
