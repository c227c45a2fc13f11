//! Money moves: charges, and the one function by which every movement is booked.

use super::Effects;
use super::users::{judge_standing, welcome};
use crate::domain::{
    BALANCE_MAX, Charger, EntryKind, EventData, LedgerEntry, PaymentId, Rejection, Reply, Rows, State, Stop, UserId,
    Wallet, tables,
};

/// The wallet before the charge and the amount, in whole units, of which a charge may have `most`.
pub fn judge(rows: &impl Rows, user: UserId, amount: i64, charger: Charger, most: u64) -> Result<(Wallet, u64), Stop> {
    match charger {
        Charger::Public => welcome(rows, user)?,
        Charger::Operator => judge_standing(rows, user)?,
    };
    let amount = u64::try_from(amount).ok().filter(|amount| (1..=most).contains(amount));
    let amount = amount.ok_or(Rejection::InvalidAmount { most })?;
    let wallet = rows.get::<tables::Wallets>(&user)?.unwrap_or_default();
    room_for(&wallet, amount)?;
    Ok((wallet, amount))
}

/// Refuses what a wallet cannot hold.
pub fn room_for(wallet: &Wallet, amount: u64) -> Result<(), Rejection> {
    if amount > BALANCE_MAX - wallet.balance {
        return Err(Rejection::BalanceLimit { most: BALANCE_MAX });
    }
    Ok(())
}

pub fn charge(
    state: &State,
    rows: &impl Rows,
    user: UserId,
    amount: i64,
    charger: Charger,
    effects: &mut Effects<'_>,
) -> Result<Reply, Stop> {
    let (mut wallet, amount) = judge(rows, user, amount, charger, state.settings.charge_max)?;
    let entry = book(EntryKind::Charge, user, &mut wallet, amount, None, effects);
    let balance = wallet.balance;
    effects.put::<tables::Wallets>(user, wallet);
    effects.event(None, EventData::WalletCharged { user, amount, balance, entry });
    Ok(Reply::Charged { user, balance, entry, charged_at: effects.wall() })
}

/// Moves `amount` between the two accounts of `kind` and appends the ledger entry, whose number comes back.
/// The wallet's row is the caller's to write, since a payment changes more of it.
pub fn book(
    kind: EntryKind,
    user: UserId,
    wallet: &mut Wallet,
    amount: u64,
    payment: Option<PaymentId>,
    effects: &mut Effects<'_>,
) -> u64 {
    let signed = i128::from(amount);
    let covered = "judged: the wallet covers it";
    match kind {
        EntryKind::Charge => {
            effects.totals.funding -= signed;
            wallet.balance += amount;
        }
        EntryKind::Payment => {
            wallet.balance = wallet.balance.checked_sub(amount).expect(covered);
            effects.totals.revenue += signed;
        }
        EntryKind::Refund => {
            effects.totals.revenue -= signed;
            wallet.balance += amount;
        }
    }
    assert!(wallet.balance <= BALANCE_MAX, "judged: the wallet can hold it");
    effects.totals.last_entry += 1;
    let number = effects.totals.last_entry;
    let (at, balance) = (effects.wall(), wallet.balance);
    let previous = wallet.last_entry.replace(number);
    wallet.updated_at = at;
    effects.put::<tables::Ledger>(number, LedgerEntry { kind, user, amount, balance, at, payment, previous });
    number
}
