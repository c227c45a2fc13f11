//! What happened at a concert from minute to minute.

use std::ops::Bound;

use crate::domain::{ConcertNo, Minute, SeriesRow, tables};
use crate::node::handle::Handle;
use crate::node::submit_error::SubmitError;
use crate::storage::{Direction, behind};

/// Rows that are read at once.
const READ_AT_ONCE: usize = 1_000;

impl Handle {
    /// The minutes from `from` to the one before `to` in which something was counted, ascending.
    ///
    /// # Errors
    /// A fault.
    pub async fn series(
        &self,
        concert: ConcertNo,
        from: Minute,
        to: Minute,
    ) -> Result<Vec<(Minute, SeriesRow)>, SubmitError> {
        self.read_rows(move |handle| {
            let (mut rows, mut left) = (Vec::new(), (Bound::Included((concert, from)), Bound::Excluded((concert, to))));
            loop {
                let part = handle.store().range::<tables::Series>(&left, Direction::Ascending, READ_AT_ONCE)?;
                rows.extend(part.rows.into_iter().map(|((_, minute), row)| (minute, row)));
                let Some(last) = part.rest else { return Ok(rows) };
                left = behind(left, last, Direction::Ascending);
            }
        })
        .await
    }
}
