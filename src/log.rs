//! The words of the log: what an entry is and how entries are numbered.
//!
//! Nothing here knows how the log is stored or sent.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::Stamped;

/// The number of a log entry, from 1; 0 stands before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Index(pub u64);

impl Index {
    /// The index of the entry that follows.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The leadership under which an entry was written, from 1; it never falls from one entry to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Term(pub u64);

/// How far a history reaches, and which history it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The newest entry.
    pub index: Index,
    /// Its term.
    pub term: Term,
    /// Over every entry up to it, so that two histories which differ anywhere before differ here.
    pub checksum: u64,
}

/// A batch of commands that became durable together, in the order in which they are applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub index: Index,
    pub term: Term,
    pub batch: Vec<Stamped>,
    /// Commands of the batch, by number from 0, that a repair took out: they are never applied.
    pub skipped: BTreeSet<u32>,
}

impl Entry {
    pub fn new(index: Index, term: Term, batch: Vec<Stamped>) -> Self {
        Self { index, term, batch, skipped: BTreeSet::new() }
    }

    /// The commands that are to be applied, in order, with their numbers in the batch.
    pub fn commands(&self) -> impl Iterator<Item = (u32, &Stamped)> {
        (0..).zip(&self.batch).filter(|(number, _)| !self.skipped.contains(number))
    }
}
