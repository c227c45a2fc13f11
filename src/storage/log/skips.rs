//! What a repair took out of the log: entries, or single commands of them, that no start applies any more.
//!
//! The log itself says so, in a frame behind its newest entry, so that a copy of the folder and a database that is built
//! anew know it too. The entry stays where it is.

use std::collections::{BTreeMap, BTreeSet};

use super::super::codec::{self, DecodeError};
use crate::log::Index;

/// What is not applied, by entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Skips(BTreeMap<Index, Skip>);

/// How much of an entry is not applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skip {
    /// All of it: its bytes mean nothing to this build.
    Entry,
    /// The commands with these numbers, from 0.
    Commands(BTreeSet<u32>),
}

impl Skips {
    /// Adds what a frame says to what earlier ones said.
    pub(super) fn add(&mut self, index: Index, skip: Skip) {
        match (self.0.remove(&index), skip) {
            (Some(Skip::Commands(mut numbers)), Skip::Commands(more)) => {
                numbers.extend(more);
                self.0.insert(index, Skip::Commands(numbers));
            }
            (Some(Skip::Entry), _) | (_, Skip::Entry) => drop(self.0.insert(index, Skip::Entry)),
            (None, skip @ Skip::Commands(_)) => drop(self.0.insert(index, skip)),
        }
    }

    /// Whether nothing of an entry is applied.
    pub(super) fn skips_entry(&self, index: Index) -> bool {
        matches!(self.0.get(&index), Some(Skip::Entry))
    }

    /// The commands of an entry that are not applied, where others of it are.
    pub(super) fn commands_of(&self, index: Index) -> BTreeSet<u32> {
        match self.0.get(&index) {
            Some(Skip::Commands(numbers)) => numbers.clone(),
            Some(Skip::Entry) | None => BTreeSet::new(),
        }
    }

    /// What is skipped of an entry.
    pub(super) fn of(&self, index: Index) -> Option<&Skip> {
        self.0.get(&index)
    }
}

/// Appends the payload of a frame that says so.
pub(super) fn encode(index: Index, skip: &Skip, out: &mut Vec<u8>) {
    let numbers: Option<Vec<u32>> = match skip {
        Skip::Entry => None,
        Skip::Commands(numbers) => Some(numbers.iter().copied().collect()),
    };
    codec::encode_payload(&(index.0, numbers), out);
}

/// What [`encode`] wrote.
///
/// # Errors
/// The payload is malformed.
pub(super) fn decode(payload: &[u8]) -> Result<(Index, Skip), DecodeError> {
    let (index, numbers): (u64, Option<Vec<u32>>) = codec::decode_payload(payload)?;
    let skip = numbers.map_or(Skip::Entry, |numbers| Skip::Commands(numbers.into_iter().collect()));
    Ok((Index(index), skip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_skipped_adds_up_and_comes_back() {
        let mut skips = Skips::default();
        for skip in [Skip::Commands([2].into()), Skip::Commands([0, 5].into())] {
            let mut payload = Vec::new();
            encode(Index(7), &skip, &mut payload);
            let (index, read) = decode(&payload).expect("our own bytes");
            assert_eq!((index, &read), (Index(7), &skip));
            skips.add(index, read);
        }
        assert_eq!(skips.commands_of(Index(7)), [0, 2, 5].into());
        assert!(skips.commands_of(Index(8)).is_empty() && !skips.skips_entry(Index(7)));
        skips.add(Index(7), Skip::Entry);
        skips.add(Index(7), Skip::Commands([1].into()));
        assert!(skips.skips_entry(Index(7)));
    }
}
