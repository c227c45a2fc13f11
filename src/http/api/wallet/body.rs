//! Money as clients see it: amounts in the smallest unit of the server's currency.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{BALANCE_MAX, Charged, Currency, EntryKind, LedgerEntry};
use crate::http::request::page::Cursor;
use crate::http::values::kind::integer_kinds;
use crate::http::values::{self, Amount, CurrencyCode, Instant};

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChargedBody {
    pub user_id: values::UserId,
    #[schema(value_type = Amount)]
    pub new_balance: u64,
    /// An ISO 4217 code; amounts count its smallest unit.
    pub currency: CurrencyCode,
    pub entry_id: u64,
    pub charged_at: Instant,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct BalanceBody {
    pub user_id: values::UserId,
    #[schema(value_type = Amount)]
    pub balance: u64,
    /// An ISO 4217 code; the balance counts its smallest unit.
    pub currency: CurrencyCode,
}

/// A page of ledger entries, newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LedgerBody {
    pub entries: Vec<LedgerEntryBody>,
    /// An ISO 4217 code; amounts count its smallest unit.
    pub currency: CurrencyCode,
    /// `null` at the end.
    #[schema(value_type = Option<Cursor>)]
    pub next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct LedgerEntryBody {
    pub entry_id: u64,
    pub kind: EntryKindBody,
    #[schema(value_type = LedgerAmount)]
    pub amount: i64,
    /// The balance after it.
    #[schema(value_type = Amount)]
    pub balance: u64,
    pub at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub payment_id: Option<values::PaymentId>,
}

/// What a wallet holds at most, and so the most that one entry takes out of it.
const ENTRY_MAX: i64 = BALANCE_MAX as i64;
const ENTRY_MIN: i64 = -ENTRY_MAX;

integer_kinds! {
    /// Money, in the smallest unit of the currency: above 0 into the wallet, below 0 out of it.
    LedgerAmount(i64) = ENTRY_MIN..=ENTRY_MAX;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::http::api) enum EntryKindBody {
    Charge,
    Payment,
    Refund,
    /// It was paid out in cash.
    Withdrawal,
}

impl ChargedBody {
    pub(super) fn of(Charged { user, balance, entry, charged_at }: Charged, currency: Currency) -> Self {
        Self {
            user_id: values::UserId(user),
            new_balance: balance,
            currency: CurrencyCode(currency.to_string()),
            entry_id: entry,
            charged_at: Instant(charged_at),
        }
    }
}

impl LedgerEntryBody {
    /// An entry of a wallet.
    pub(in crate::http::api) fn of(number: u64, entry: &LedgerEntry) -> Self {
        let amount = i64::try_from(entry.amount).expect("an amount is at most what a wallet can hold");
        let (kind, amount) = match entry.kind {
            EntryKind::Charge => (EntryKindBody::Charge, amount),
            EntryKind::Payment => (EntryKindBody::Payment, -amount),
            EntryKind::Refund => (EntryKindBody::Refund, amount),
            EntryKind::Withdrawal => (EntryKindBody::Withdrawal, -amount),
            EntryKind::CashSale | EntryKind::CardSale | EntryKind::CashRefund | EntryKind::CardRefund => {
                unreachable!("no wallet has a part in an entry of the till")
            }
        };
        Self {
            entry_id: number,
            kind,
            amount,
            balance: entry.balance,
            at: Instant(entry.at),
            payment_id: entry.payment.map(values::PaymentId),
        }
    }
}
