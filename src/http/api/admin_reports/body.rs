//! What the till holds, by whom and for what.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{Currency, Means, TillRow, TillSum};
use crate::http::api::payments::MeansBody;
use crate::http::values::{self, Amount, CurrencyCode};
use crate::node::TillLine;

#[derive(Serialize, ToSchema)]
pub(super) struct TillBody {
    /// An ISO 4217 code; amounts count its smallest unit.
    pub currency: CurrencyCode,
    /// By concert, means and operator.
    pub lines: Vec<TillLineBody>,
    /// By means.
    pub totals: Vec<TillTotalBody>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TillLineBody {
    /// Absent: about no concert.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub concert_id: Option<values::ConcertId>,
    pub means: MeansBody,
    /// Who did it.
    pub operator: String,
    #[serde(flatten)]
    pub sums: TillSumsBody,
}

#[derive(Serialize, ToSchema)]
pub(super) struct TillTotalBody {
    pub means: MeansBody,
    #[serde(flatten)]
    pub sums: TillSumsBody,
}

#[derive(Serialize, ToSchema)]
pub(super) struct TillSumsBody {
    /// Over the counter.
    pub sales: TillSumBody,
    pub refunds: TillSumBody,
    /// Of wallets, by operators.
    pub charges: TillSumBody,
    pub withdrawals: TillSumBody,
    /// What came in less what went out.
    pub balance: i64,
}

#[derive(Serialize, ToSchema)]
pub(super) struct TillSumBody {
    pub count: u64,
    #[schema(value_type = Amount)]
    pub amount: u64,
}

impl TillBody {
    pub(super) fn of(lines: &[TillLine], currency: Currency) -> Self {
        let mut totals: BTreeMap<Means, TillRow> = BTreeMap::new();
        for line in lines {
            totals.entry(line.means).or_default().add(&line.row);
        }
        let total = |(means, row): (&Means, &TillRow)| TillTotalBody { means: (*means).into(), sums: row.into() };
        Self {
            currency: CurrencyCode(currency.to_string()),
            lines: lines.iter().map(TillLineBody::of).collect(),
            totals: totals.iter().map(total).collect(),
        }
    }
}

impl TillLineBody {
    fn of(line: &TillLine) -> Self {
        Self {
            concert_id: line.concert.clone().map(values::ConcertId),
            means: line.means.into(),
            operator: line.operator.clone(),
            sums: (&line.row).into(),
        }
    }
}

impl From<&TillRow> for TillSumsBody {
    fn from(row: &TillRow) -> Self {
        let signed = |sum: TillSum| i64::try_from(sum.amount).unwrap_or(i64::MAX);
        let came_in = signed(row.sales).saturating_add(signed(row.charges));
        let went_out = signed(row.refunds).saturating_add(signed(row.withdrawals));
        Self {
            sales: row.sales.into(),
            refunds: row.refunds.into(),
            charges: row.charges.into(),
            withdrawals: row.withdrawals.into(),
            balance: came_in.saturating_sub(went_out),
        }
    }
}

impl From<TillSum> for TillSumBody {
    fn from(TillSum { count, amount }: TillSum) -> Self {
        Self { count, amount }
    }
}
