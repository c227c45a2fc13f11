//! Histories: rows that lead from the newest to the one before it. They are read on threads that may wait for the
//! disk, at most a page at a time.

use crate::domain::RowFault;
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::node::SubmitError;
use crate::storage::Store;

/// A part of a history and the key of the row that follows it.
#[derive(Debug)]
pub(super) struct Part<K, R> {
    pub rows: Vec<(K, R)>,
    pub next: Option<K>,
}

/// Reads rows where waiting for the disk holds nobody up.
///
/// # Errors
/// Those of `look`.
pub(super) async fn rows<T: Send + 'static>(
    app: &App,
    look: impl FnOnce(&Store) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let app = app.clone();
    match tokio::task::spawn_blocking(move || look(app.node.store())).await {
        Ok(answer) => answer,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// At most `limit` rows from `first` on, each leading to the one before it.
///
/// # Errors
/// 500 when a row cannot be read or is missing.
pub(super) fn newest_first<K: Copy, R>(
    first: Option<K>,
    limit: usize,
    read: impl Fn(K) -> Result<Option<R>, RowFault>,
    previous: impl Fn(&R) -> Option<K>,
) -> Result<Part<K, R>, Problem> {
    let mut rows = Vec::new();
    let mut next = first;
    while let Some(key) = next.filter(|_| rows.len() < limit) {
        let row = required(read(key))?;
        next = previous(&row);
        rows.push((key, row));
    }
    Ok(Part { rows, next })
}

/// The row, or the fault that it could not be read.
///
/// # Errors
/// 500, with the details in the log.
pub(super) fn sound<T>(read: Result<T, RowFault>) -> Result<T, Problem> {
    read.map_err(|fault| SubmitError::from(fault).into())
}

/// A row that another one names.
///
/// # Errors
/// 500 when it cannot be read or is missing.
pub(super) fn required<T>(read: Result<Option<T>, RowFault>) -> Result<T, Problem> {
    let missing = || SubmitError::Fault("a row that another one names is missing".to_owned()).into();
    sound(read)?.ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::newest_first;
    use crate::domain::RowFault;

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
        assert_eq!(missing.reason(), "INTERNAL");
        let broken = |_: u64| Err::<Option<u64>, _>(RowFault("broken".into()));
        assert_eq!(newest_first(Some(1), 2, broken, previous).expect_err("it is broken").reason(), "INTERNAL");
    }
}
