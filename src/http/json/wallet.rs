//! Money as clients see it: amounts in the smallest unit of the server's currency.

use serde::Serialize;
use utoipa::ToSchema;

use super::time::write_instant;
use super::{Fields, TicketBody, write_uuid};
use crate::domain::{
    Charged, ConcertId, Currency, EntryKind, LedgerEntry, Payment, PaymentId, PaymentStatus, Refunded, Ticket,
};
use crate::http::Problem;

const REASON_LENGTH_MAX: usize = 500;

/// Money to put into a wallet.
#[derive(Debug, PartialEq, Eq, ToSchema)]
pub struct ChargeRequest {
    /// In the smallest unit of the currency, 1 to the server's `wallet.charge_max`.
    #[schema(minimum = 1)]
    pub amount: i64,
}

/// Why a payment is taken back.
#[derive(Debug, PartialEq, Eq, ToSchema)]
pub struct RefundRequest {
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

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

/// A page of payments, newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentsBody {
    pub payments: Vec<PaymentBody>,
    /// An ISO 4217 code; amounts count its smallest unit.
    pub currency: String,
    /// `null` at the end.
    pub next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentBody {
    pub payment_id: String,
    pub concert_id: String,
    pub date: String,
    pub seats: Vec<u32>,
    pub amount: u64,
    pub status: PaymentStatusBody,
    pub paid_at: String,
    /// As they were sold, whatever became of the plan since; void once refunded.
    pub tickets: Vec<TicketBody>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PaymentStatusBody {
    Paid,
    Refunded,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefundedBody {
    /// Always `refunded`.
    pub status: &'static str,
    pub payment_id: String,
    pub amount: u64,
    pub refunded_at: String,
}

impl ChargeRequest {
    /// # Errors
    /// 400 unless `amount` is an integer of at most 64 bits; whether it is within bounds is judged later.
    pub fn read(fields: &Fields) -> Result<Self, Problem> {
        let amount = fields.any_integer("amount")?.value().ok_or_else(|| fields.refuse("amount", "an integer"))?;
        // What only an unsigned number can hold is above every bound just as well as the largest signed one.
        Ok(Self { amount: i64::try_from(amount).unwrap_or(i64::MAX) })
    }
}

impl RefundRequest {
    /// # Errors
    /// 400 unless `reason` is a text of 1 to 500 characters, and the only field: a payment is refunded whole.
    pub fn read(fields: &Fields) -> Result<Self, Problem> {
        fields.only(&["reason"])?;
        let reason = fields.text("reason", 1..=REASON_LENGTH_MAX)?.value();
        let expected = || fields.refuse("reason", format_args!("a text of 1 to {REASON_LENGTH_MAX} characters"));
        Ok(Self { reason: reason.ok_or_else(expected)?.to_owned() })
    }
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

impl PaymentBody {
    pub fn of(id: PaymentId, payment: &Payment, tickets: &[Ticket], concert: &ConcertId) -> Self {
        Self {
            payment_id: write_uuid(id.0),
            concert_id: concert.to_string(),
            date: payment.date.to_string(),
            seats: tickets.iter().map(|ticket| ticket.seat).collect(),
            amount: payment.amount,
            status: match payment.status {
                PaymentStatus::Paid => PaymentStatusBody::Paid,
                PaymentStatus::Refunded { .. } => PaymentStatusBody::Refunded,
            },
            paid_at: write_instant(payment.paid_at),
            tickets: tickets.iter().map(TicketBody::of).collect(),
        }
    }
}

impl RefundedBody {
    pub fn of(Refunded { payment, amount, refunded_at }: Refunded) -> Self {
        Self { status: "refunded", payment_id: write_uuid(payment.0), amount, refunded_at: write_instant(refunded_at) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ChargeRequest, RefundRequest};
    use crate::http::json::Fields;

    #[test]
    fn an_amount_is_any_integer_of_64_bits_and_its_bounds_are_judged_later() {
        for (text, amount) in
            [("1", 1), ("0", 0), ("-5", -5), ("9223372036854775807", i64::MAX), ("18446744073709551615", i64::MAX)]
        {
            let body: Value = serde_json::from_str(&format!("{{\"amount\":{text}}}")).expect("well-formed");
            let read = ChargeRequest::read(&Fields::of(body.as_object().expect("an object")));
            assert_eq!(read.ok(), Some(ChargeRequest { amount }), "{text}");
        }
        for text in ["null", "1.0", "1e3", "\"1\"", "18446744073709551616", "true", "[]", "{}"] {
            let body: Value = serde_json::from_str(&format!("{{\"amount\":{text}}}")).expect("well-formed");
            assert!(ChargeRequest::read(&Fields::of(body.as_object().expect("an object"))).is_err(), "{text}");
        }
        assert!(ChargeRequest::read(&Fields::of(json!({}).as_object().expect("an object"))).is_err());
    }

    #[test]
    fn a_refund_has_a_reason() {
        for good in [json!("x"), json!("자".repeat(500))] {
            let body = json!({ "reason": good });
            assert!(RefundRequest::read(&Fields::of(body.as_object().expect("an object"))).is_ok());
        }
        for bad in [json!(null), json!(""), json!("x".repeat(501)), json!(7)] {
            let body = json!({ "reason": bad });
            assert!(RefundRequest::read(&Fields::of(body.as_object().expect("an object"))).is_err(), "{body}");
        }
    }
}
