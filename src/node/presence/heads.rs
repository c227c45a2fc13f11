//! What the writer knows of the places at the head of each line, so that it can end the abandoned ones before it admits
//! anybody.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{ConcertNo, LineOrder, Timestamp};

/// What the writer knows of the lines of all concerts, so that it looks at those alone in which something may be due.
#[derive(Default)]
pub(super) struct AllHeads {
    pub known: BTreeMap<ConcertNo, Heads>,
    /// When somebody in a known line may be abandoned next.
    pub due: BTreeSet<(Timestamp, ConcertNo)>,
    /// Lines that changed since they were looked at.
    pub changed: BTreeSet<ConcertNo>,
}

/// The places up to `through` are not abandoned before `none_before`: whoever is seen again is so even later.
#[derive(Clone, Copy)]
pub(super) struct Heads {
    pub through: LineOrder,
    pub none_before: Timestamp,
}

impl AllHeads {
    /// The lines that changed, and those in which somebody may be due.
    pub(super) fn take_lines_due(&mut self, now: Timestamp) -> BTreeSet<ConcertNo> {
        let mut lines = std::mem::take(&mut self.changed);
        lines.extend(self.due.iter().take_while(|(at, _)| *at <= now).map(|(_, concert)| *concert));
        lines
    }

    pub(super) fn take(&mut self, concert: ConcertNo) -> Option<Heads> {
        let known = self.known.remove(&concert)?;
        self.due.remove(&(known.none_before, concert));
        Some(known)
    }

    /// Knows nothing of a line any more.
    pub(super) fn forget(&mut self, concert: ConcertNo) {
        self.take(concert);
        self.changed.remove(&concert);
    }

    pub(super) fn put(&mut self, concert: ConcertNo, known: Heads) {
        self.due.insert((known.none_before, concert));
        self.known.insert(concert, known);
    }
}
