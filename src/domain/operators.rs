//! The keys of operators as the state has them: found by their ids.

use std::collections::BTreeMap;

use crate::domain::words::{ActingOperator, KeyId, OperatorKeyRow, Rejection, WallTime};

/// Keys that there may be at once: many more than a house has people, and few enough to be in memory.
pub const KEYS_MAX: usize = 1_000;

/// The keys of operators, but the owner's.
#[derive(Debug, Default)]
pub struct Operators(BTreeMap<KeyId, OperatorKeyRow>);

impl Operators {
    /// The keys in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (KeyId, &OperatorKeyRow)> {
        self.0.iter().map(|(key, row)| (*key, row))
    }

    pub fn get(&self, key: KeyId) -> Option<&OperatorKeyRow> {
        self.0.get(&key)
    }

    /// A key that a command names.
    pub(super) fn existing(&self, key: KeyId) -> Result<&OperatorKeyRow, Rejection> {
        self.get(key).ok_or(Rejection::KeyNotFound)
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn insert(&mut self, key: KeyId, row: OperatorKeyRow) {
        self.0.insert(key, row);
    }

    pub(super) fn remove(&mut self, key: KeyId) {
        self.0.remove(&key);
    }

    /// The operator whose key it is; `None` when it was taken away, or has expired at an instant that is asked for.
    pub(super) fn acting(&self, key: KeyId, at: Option<WallTime>) -> Option<ActingOperator> {
        if key == KeyId::OWNER {
            return Some(ActingOperator::owner());
        }
        let good = self.0.get(&key).filter(|row| at.is_none_or(|at| !row.has_expired(at)));
        good.map(|row| ActingOperator { key, name: row.name.clone(), role: row.role })
    }
}
