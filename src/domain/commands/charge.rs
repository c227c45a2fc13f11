//! Charge: put money from outside into a wallet.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, View};
use super::user_access::{existing, welcome};
use crate::domain::effects::Effects;
use crate::domain::ledger::{Movement, book, room_for};
use crate::domain::state::State;
use crate::domain::till::{self, TillMovement};
use crate::domain::words::{
    ApplyError, Charged, EntryKind, EventData, Rejection, RowFault, Rows, UserId, Wallet, tables,
};

/// Put `amount` from outside into a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    pub user: UserId,
    pub amount: i64,
    pub charger: Charger,
}

/// Who charges a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Charger {
    /// Anyone, on the user's behalf: a blocked user is refused.
    Public,
    /// The operator, who may charge a blocked user's wallet, too.
    Operator,
}

impl Execute for Charge {
    /// The wallet before the charge, and the amount in whole units.
    type Plan = (Wallet, u64);

    fn judge(&self, view: &impl View) -> Result<(Wallet, u64), ApplyError> {
        let most = view.state().settings.charge_max;
        match self.charger {
            Charger::Public => welcome(view.rows(), self.user)?,
            Charger::Operator => existing(view.rows(), self.user)?,
        };
        let amount = u64::try_from(self.amount).ok().filter(|amount| (1..=most).contains(amount));
        let amount = amount.ok_or(Rejection::InvalidAmount { most })?;
        let wallet = view.rows().get::<tables::Wallets>(&self.user)?.unwrap_or_default();
        room_for(&wallet, amount)?;
        Ok((wallet, amount))
    }

    fn perform(
        &self,
        (mut wallet, amount): (Wallet, u64),
        _state: &mut State,
        rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<Charged, RowFault> {
        let user = self.user;
        let amount = if planted!(CreditedTwice) && amount.is_multiple_of(3) { amount * 2 } else { amount };
        let charge = Movement { kind: EntryKind::Charge, user: Some(user), amount, payment: None };
        let entry = book(charge, Some(&mut wallet), effects);
        if self.charger == Charger::Operator {
            till::count(TillMovement::Charge, amount, rows, effects)?;
        }
        let balance = wallet.balance;
        effects.put::<tables::Wallets>(user, wallet);
        effects.event(None, EventData::WalletCharged { user, amount, balance, entry });
        Ok(Charged { user, balance, entry, charged_at: effects.wall() })
    }
}
