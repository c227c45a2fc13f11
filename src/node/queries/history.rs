//! Histories: rows that lead from the newest to the one before it. They are read on threads that may wait for the
//! disk, at most a page at a time.

use crate::blocking;
use crate::domain::RowFault;
use crate::node::handle::Handle;
use crate::node::submit_error::SubmitError;

/// A part of a history, newest first.
#[derive(Debug)]
pub struct HistoryPart<K, R> {
    pub rows: Vec<R>,
    /// The key of the row that follows.
    pub next: Option<K>,
}

impl Handle {
    /// Reads rows where waiting for the disk holds nobody up.
    pub(super) async fn read_rows<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Self) -> Result<T, SubmitError> + Send + 'static,
    ) -> Result<T, SubmitError> {
        let handle = self.clone();
        match blocking::run(move || look(&handle)).await {
            Ok(answer) => answer,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

/// At most `limit` rows from `first` on, each leading to the one before it.
///
/// # Errors
/// A row cannot be read or is missing.
pub(super) fn newest_first<K: Copy, R>(
    first: Option<K>,
    limit: usize,
    read: impl Fn(K) -> Result<Option<R>, RowFault>,
    previous: impl Fn(&R) -> Option<K>,
) -> Result<HistoryPart<K, (K, R)>, SubmitError> {
    let mut rows = Vec::new();
    let mut next = first;
    while let Some(key) = next.filter(|_| rows.len() < limit) {
        let row = required(read(key))?;
        next = previous(&row);
        rows.push((key, row));
    }
    Ok(HistoryPart { rows, next })
}

/// A row that another one names.
///
/// # Errors
/// It cannot be read or is missing.
pub(super) fn required<T>(read: Result<Option<T>, RowFault>) -> Result<T, SubmitError> {
    read?.ok_or_else(|| SubmitError::Fault("a row that another one names is missing".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::newest_first;
    use crate::domain::RowFault;
    use crate::node::SubmitError;

    fn read(key: u64) -> Result<Option<u64>, RowFault> {
        Ok((key > 0).then_some(key * 10))
    }

    fn previous(row: &u64) -> Option<u64> {
        (*row > 10).then_some(row / 10 - 1)
    }

    #[test]
    fn a_part_ends_at_its_limit_or_at_the_oldest_row() {
        let part = newest_first(Some(5), 2, read, previous).expect("every row is there");
        assert_eq!((part.rows, part.next), (vec![(5, 50), (4, 40)], Some(3)));
        let part = newest_first(Some(3), 3, read, previous).expect("every row is there");
        assert_eq!((part.rows.len(), part.next), (3, None));
        let part = newest_first(None, 3, read, previous).expect("nothing to read");
        assert_eq!((part.rows.len(), part.next), (0, None));
    }

    #[test]
    fn a_missing_or_unreadable_row_is_a_fault() {
        let missing = newest_first(Some(0), 2, read, previous).expect_err("row 0 is missing");
        assert!(matches!(missing, SubmitError::Fault(_)), "{missing:?}");
        let broken = |_: u64| Err::<Option<u64>, _>(RowFault("broken".into()));
        let fault = newest_first(Some(1), 2, broken, previous).expect_err("it is broken");
        assert!(matches!(fault, SubmitError::Fault(_)), "{fault:?}");
    }
}
