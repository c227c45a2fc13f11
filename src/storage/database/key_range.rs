//! Which keys of a table are read, and in which order.

use std::ops::Bound;

/// The order in which rows of a range are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// Keys between two, each of them included or not, or up to an end of the table.
pub type KeyRange<K> = (Bound<K>, Bound<K>);
