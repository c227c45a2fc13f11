//! The till: what operators take and give is counted by the minute, beside the ledger.

use crate::domain::effects::Effects;
use crate::domain::words::{ConcertNo, Means, Minute, RowFault, Rows, TillKey, TillRow, TillSum, tables};

/// Who acts, as long as operators have no names.
const OPERATOR: &str = "owner";
/// What is about no concert.
const NO_CONCERT: ConcertNo = ConcertNo(0);

/// What an operator did with money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TillMovement {
    Sale(ConcertNo, Means),
    Refund(ConcertNo, Means),
    /// Of a wallet.
    Charge,
    /// Of a wallet, in cash.
    Withdrawal,
}

/// Counts a movement of `amount`.
///
/// # Errors
/// A row could not be read.
pub(super) fn count(
    movement: TillMovement,
    amount: u64,
    rows: &impl Rows,
    effects: &mut Effects<'_>,
) -> Result<(), RowFault> {
    let (concert, means) = match movement {
        TillMovement::Sale(concert, means) | TillMovement::Refund(concert, means) => (concert, means),
        TillMovement::Charge => (NO_CONCERT, Means::Wallet),
        TillMovement::Withdrawal => (NO_CONCERT, Means::Cash),
    };
    let line = TillKey { minute: Minute::of(effects.wall()), means, operator: OPERATOR.to_owned() };
    let key = (concert, line);
    let mut row: TillRow = effects.over(rows).get::<tables::Till>(&key)?.unwrap_or_default();
    let sum = match movement {
        TillMovement::Sale(..) => &mut row.sales,
        TillMovement::Refund(..) => &mut row.refunds,
        TillMovement::Charge => &mut row.charges,
        TillMovement::Withdrawal => &mut row.withdrawals,
    };
    sum.add(TillSum { count: 1, amount });
    effects.put::<tables::Till>(key, row);
    Ok(())
}
