//! Containers made by hand where those of the standard library cost too much. They know nothing of the box office.

mod fenwick_tree;
mod max_tree;

pub(crate) use self::fenwick_tree::FenwickTree;
pub(crate) use self::max_tree::MaxTree;
