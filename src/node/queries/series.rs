//! What happened at a concert from minute to minute.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::domain::{ConcertNo, Minute, Sale, SeriesRow, tables};
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
            // Of the minute that is counted in memory the tables may have less; it is looked at before they are.
            let newest = handle.read(|state| state.sale(concert).and_then(Sale::minute));
            let (mut rows, mut left) =
                (BTreeMap::new(), (Bound::Included((concert, from)), Bound::Excluded((concert, to))));
            loop {
                let part = handle.store().range::<tables::Series>(&left, Direction::Ascending, READ_AT_ONCE)?;
                rows.extend(part.rows.into_iter().map(|((_, minute), row)| (minute, row)));
                let Some(last) = part.rest else { break };
                left = behind(left, last, Direction::Ascending);
            }
            take_in(&mut rows, newest.filter(|(minute, _)| (from..to).contains(minute)));
            Ok(rows.into_iter().collect())
        })
        .await
    }
}

/// Takes in another reading of a minute: the later one is told.
fn take_in(rows: &mut BTreeMap<Minute, SeriesRow>, reading: Option<(Minute, SeriesRow)>) {
    if let Some((minute, counted)) = reading {
        let row = rows.entry(minute).or_default();
        *row = counted.max(*row);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::take_in;
    use crate::domain::{Minute, SeriesRow};

    #[test]
    fn of_two_readings_of_a_minute_the_later_one_is_told() {
        let row = |joined, left| SeriesRow { joined, left, ..SeriesRow::default() };
        let stored = BTreeMap::from([(Minute(5), row(3, 1)), (Minute(7), row(1, 0))]);
        let told = |reading| {
            let mut rows = stored.clone();
            take_in(&mut rows, reading);
            rows
        };
        assert_eq!(told(None), stored);
        assert_eq!(told(Some((Minute(5), row(3, 0)))), stored, "the tables were written since");
        assert_eq!(told(Some((Minute(5), row(3, 2))))[&Minute(5)], row(3, 2));
        assert_eq!(told(Some((Minute(6), row(1, 0)))).len(), 3, "a minute that is not written yet");
    }
}
