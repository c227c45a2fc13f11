//! The movements of a user's money.

use super::history::{HistoryPart, newest_first};
use crate::domain::{LedgerEntry, Rows, UserId, tables};
use crate::node::handle::Handle;
use crate::node::submit_error::SubmitError;

impl Handle {
    /// At most `limit` ledger entries of a user with their numbers, newest first, from number `from` on; `None` when that
    /// is none of the user's.
    ///
    /// # Errors
    /// A fault.
    pub async fn ledger(
        &self,
        user: UserId,
        from: Option<u64>,
        limit: usize,
    ) -> Result<Option<HistoryPart<u64, (u64, LedgerEntry)>>, SubmitError> {
        self.read_rows(move |handle| {
            let store = handle.store();
            let first = match from {
                None => store.get::<tables::Wallets>(&user)?.unwrap_or_default().last_entry,
                Some(number) => match store.get::<tables::Ledger>(&number)? {
                    Some(entry) if entry.user == Some(user) => Some(number),
                    Some(_) | None => return Ok(None),
                },
            };
            newest_first(first, limit, |number| store.get::<tables::Ledger>(&number), |entry| entry.previous).map(Some)
        })
        .await
    }
}
