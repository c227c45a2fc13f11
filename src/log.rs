//! The words of the log: what an entry is and how entries are numbered.
//!
//! Nothing here knows how the log is stored or sent.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::{Epoch, Slot, Stamped};

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

/// An instance; 0 is the one of a server that runs alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId(pub u64);

/// What one instance adds to an entry. A server that runs alone writes one part an entry, without number and fences.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub origin: NodeId,
    /// Which life of the origin's process, counted from 1; 0 alone.
    pub incarnation: u64,
    /// Counts the parts of an incarnation, from 1, so that none is applied twice; 0 alone.
    pub number: u64,
    /// The epoch of each slot that the origin believes to own, under which alone its commands are applied.
    pub fences: Vec<(Slot, Epoch)>,
    /// In the order in which they are applied.
    pub batch: Vec<Stamped>,
}

/// Parts that became durable together, in the order in which they are applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub index: Index,
    pub term: Term,
    pub parts: Vec<Part>,
    /// Commands, by number from 0 over all parts, that a repair took out: they are never applied.
    pub skipped: BTreeSet<u32>,
}

impl Entry {
    /// The entry of a server that runs alone.
    pub fn alone(index: Index, term: Term, batch: Vec<Stamped>) -> Self {
        Self { index, term, parts: vec![Part { batch, ..Part::default() }], skipped: BTreeSet::new() }
    }

    /// All commands, in order.
    pub fn batch(&self) -> impl Iterator<Item = &Stamped> {
        self.parts.iter().flat_map(|part| &part.batch)
    }

    /// The commands that are to be applied, in order, with their numbers.
    pub fn commands(&self) -> impl Iterator<Item = (u32, &Stamped)> {
        (0..).zip(self.batch()).filter(|(number, _)| !self.skipped.contains(number))
    }
}
