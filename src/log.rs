//! The words of the log: what an entry is and how entries are numbered.
//!
//! Nothing here knows how the log is stored or sent.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::domain::{Command, Epoch, Members, NodeId, Slot, Stamped};

/// The number of a log entry, from 1; 0 stands before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Index(pub u64);

impl Index {
    /// The index of the entry that follows.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Counts leaderships over the log, from 1. Two instances may stand in one term; one of them at most is elected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Term(pub u64);

/// Under whose leadership an entry was written. It never falls from one entry to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Leadership {
    pub term: Term,
    pub node: NodeId,
}

impl Leadership {
    /// That of a server that runs alone: always its first term.
    pub const ALONE: Self = Self { term: Term(1), node: NodeId(0) };
}

/// What tells an entry from every other, on all instances. Two logs that hold an entry of one id are equal up to there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogId {
    pub leadership: Leadership,
    pub index: Index,
}

/// How far a history reaches, and which history it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The newest entry.
    pub id: LogId,
    /// Over every entry up to it, so that two histories which differ anywhere before differ here; 0 where it is not known.
    /// Where several instances order the log, ids do that already, and nothing outside of the log knows it.
    pub checksum: u64,
}

impl Position {
    /// The index of the newest entry.
    pub fn index(&self) -> Index {
        self.id.index
    }

    /// Whether two histories that reach equally far are one.
    pub fn is_of_one_history(&self, other: &Self) -> bool {
        let is_told_by_id = self.id.leadership != Leadership::ALONE && self.index() > Index(0);
        let is_known = self.checksum != 0 && other.checksum != 0;
        self.id == other.id && (is_told_by_id || !is_known || self.checksum == other.checksum)
    }
}

/// For whom an instance votes. It never votes for less than before, whatever happens to its process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    pub leadership: Leadership,
    /// Whether a majority voted the same, so that it leads.
    pub is_elected: bool,
}

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

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// What the instances did, in the order in which it is applied.
    Parts(Vec<Part>),
    /// Nothing: a new leader writes it, so that entries of leaders before are committed with it.
    Blank,
    /// Which instances there are from now on.
    Members(Members),
}

/// What became durable together and is applied in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: LogId,
    pub content: Content,
    /// Commands, by number from 0 over all parts, that a repair took out: they are never applied.
    pub skipped: BTreeSet<u32>,
}

impl Entry {
    /// The entry of a server that runs alone.
    pub fn alone(index: Index, batch: Vec<Stamped>) -> Self {
        let id = LogId { leadership: Leadership::ALONE, index };
        let parts = vec![Part { batch, ..Part::default() }];
        Self { id, content: Content::Parts(parts), skipped: BTreeSet::new() }
    }

    /// Its number.
    pub fn index(&self) -> Index {
        self.id.index
    }

    /// The parts, in order.
    pub fn parts(&self) -> &[Part] {
        match &self.content {
            Content::Parts(parts) => parts,
            Content::Blank | Content::Members(_) => &[],
        }
    }

    /// The parts, in order, each with the numbers of its commands, which are counted from 0 over all parts.
    pub fn numbered_parts(&self) -> impl Iterator<Item = (&Part, Range<u32>)> {
        self.parts().iter().scan(0, |next, part| {
            let first = *next;
            *next += u32::try_from(part.batch.len()).expect("an entry is some megabytes at most");
            Some((part, first..*next))
        })
    }

    /// All commands, in order.
    pub fn batch(&self) -> impl Iterator<Item = &Stamped> {
        self.parts().iter().flat_map(|part| &part.batch)
    }

    /// Whether slots may have other owners behind it.
    pub fn moves_slots(&self) -> bool {
        self.batch().any(|stamped| matches!(stamped.command, Command::Assign(_) | Command::Form(_)))
    }
}
