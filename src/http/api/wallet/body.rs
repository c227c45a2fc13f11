//! Money as clients see it: amounts in the smallest unit of the server's currency.

use serde::Serialize;
use utoipa::ToSchema;

use crate::calendar::write_instant;
use crate::domain::{Charged, Currency, EntryKind, LedgerEntry};
use crate::http::values::write_uuid;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChargedBody {
    pub user_id: String,
    pub new_balance: u64,
    /// An ISO 4217 code; amounts count its smallest unit.
    pub currency: String,
    pub entry_id: u64,
    pub charged_at: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BalanceBody {
    pub user_id: String,
    pub balance: u64,
    /// An ISO 4217 code; the balance counts its smallest unit.
    pub currency: String,
}

/// A page of ledger entries, newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerBody {
    pub entries: Vec<LedgerEntryBody>,
    /// An ISO 4217 code; amounts count its smallest unit.
    pub currency: String,
    /// `null` at the end.
    pub next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerEntryBody {
    pub entry_id: u64,
    pub kind: EntryKindBody,
    /// Above 0 into the wallet, below 0 out of it.
    pub amount: i64,
    /// The balance after it.
    pub balance: u64,
    pub at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EntryKindBody {
    Charge,
    Payment,
    Refund,
}

impl ChargedBody {
    pub fn of(Charged { user, balance, entry, charged_at }: Charged, currency: Currency) -> Self {
        Self {
            user_id: write_uuid(user.0),
            new_balance: balance,
            currency: currency.to_string(),
            entry_id: entry,
            charged_at: write_instant(charged_at),
        }
    }
}

impl LedgerEntryBody {
    pub fn of(number: u64, entry: &LedgerEntry) -> Self {
        let amount = i64::try_from(entry.amount).expect("an amount is at most what a wallet can hold");
        let (kind, amount) = match entry.kind {
            EntryKind::Charge => (EntryKindBody::Charge, amount),
            EntryKind::Payment => (EntryKindBody::Payment, -amount),
            EntryKind::Refund => (EntryKindBody::Refund, amount),
        };
        Self {
            entry_id: number,
            kind,
            amount,
            balance: entry.balance,
            at: write_instant(entry.at),
            payment_id: entry.payment.map(|payment| write_uuid(payment.0)),
        }
    }
}
