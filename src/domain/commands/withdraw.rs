//! Withdraw: money of a wallet is paid out in cash.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, View};
use super::user_access::existing;
use crate::domain::effects::Effects;
use crate::domain::ledger::{Movement, book};
use crate::domain::state::State;
use crate::domain::till::{self, TillMovement};
use crate::domain::words::{
    ApplyError, EntryKind, EventData, Rejection, RowFault, Rows, UserId, Wallet, Withdrawn, tables,
};

/// Pay `amount` out of a wallet in cash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdraw {
    pub user: UserId,
    /// At least 1.
    pub amount: u64,
    pub reason: String,
}

impl Execute for Withdraw {
    /// The wallet before it.
    type Plan = Wallet;

    fn judge(&self, view: &impl View) -> Result<Wallet, ApplyError> {
        existing(view.rows(), self.user)?;
        let wallet = view.rows().get::<tables::Wallets>(&self.user)?.unwrap_or_default();
        let (balance, amount) = (wallet.balance, self.amount);
        if balance < amount { Err(Rejection::InsufficientBalance { balance, amount }.into()) } else { Ok(wallet) }
    }

    fn perform(
        &self,
        mut wallet: Wallet,
        _state: &mut State,
        rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<Withdrawn, RowFault> {
        let Self { user, amount, ref reason } = *self;
        let movement = Movement { kind: EntryKind::Withdrawal, user: Some(user), amount, payment: None };
        let entry = book(movement, Some(&mut wallet), effects);
        till::count(TillMovement::Withdrawal, amount, rows, effects)?;
        let balance = wallet.balance;
        effects.put::<tables::Wallets>(user, wallet);
        let reason = reason.clone();
        effects.event(None, EventData::WalletWithdrawn { user, amount, balance, entry, reason });
        Ok(Withdrawn { user, amount, balance, entry, withdrawn_at: effects.wall() })
    }
}
