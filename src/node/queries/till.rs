//! What operators took and gave.

use std::collections::BTreeMap;

use crate::domain::{ConcertId, ConcertNo, Means, Minute, Rows, TillKey, TillRow, tables};
use crate::node::handle::Handle;
use crate::node::submit_error::SubmitError;

/// One line of the till's report.
pub struct TillLine {
    /// `None`: about no concert.
    pub concert: Option<ConcertId>,
    pub means: Means,
    pub operator: String,
    pub row: TillRow,
}

impl Handle {
    /// What was done in the minutes from `from` on and before `to`, by concert, means and operator. It reads every line of
    /// the till, a page for each minute in which an operator acted.
    ///
    /// # Errors
    /// A fault.
    pub async fn till(&self, from: Minute, to: Minute) -> Result<Vec<TillLine>, SubmitError> {
        let named = self.read(|state| state.sales().map(|sale| (sale.no, Some(sale.id().clone()))).collect::<Vec<_>>());
        self.read_rows(move |handle| {
            let mut lines = Vec::new();
            for (no, concert) in [(ConcertNo(0), None)].into_iter().chain(named) {
                let mut sums: BTreeMap<(Means, String), TillRow> = BTreeMap::new();
                handle.store().each_of_concert::<tables::Till, _>(no, |key: TillKey, row| {
                    if (from..to).contains(&key.minute) {
                        sums.entry((key.means, key.operator)).or_default().add(&row);
                    }
                })?;
                let line = |((means, operator), row)| TillLine { concert: concert.clone(), means, operator, row };
                lines.extend(sums.into_iter().map(line));
            }
            Ok(lines)
        })
        .await
    }
}
