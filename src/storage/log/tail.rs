//! The end of a history that another leader may still have cut: where it stood behind each entry that is not known to be
//! committed.

use std::collections::VecDeque;

use crate::log::{Index, LogId, Position};

/// Positions, ascending without a gap. The first is the newest that no cut goes behind.
#[derive(Clone, Debug)]
pub(super) struct Tail(VecDeque<Position>);

impl Tail {
    pub(super) fn new(base: Position) -> Self {
        Self(VecDeque::from([base]))
    }

    /// Where the history stands.
    pub(super) fn last(&self) -> Position {
        *self.0.back().expect("a tail has its base")
    }

    pub(super) fn push(&mut self, position: Position) {
        assert_eq!(position.index(), self.last().index().next(), "a history has no gap");
        self.0.push_back(position);
    }

    /// Forgets what no cut goes back to, since every entry up to `committed` stays.
    pub(super) fn commit(&mut self, committed: Index) {
        while self.0.get(1).is_some_and(|second| second.index() <= committed) {
            self.0.pop_front();
        }
    }

    /// The id of an entry that may still be cut, or of the newest that may not; `None` of any other.
    pub(super) fn id_at(&self, index: Index) -> Option<LogId> {
        self.0.iter().find(|position| position.index() == index).map(|position| position.id)
    }

    /// Where the history stands without the entries from `since` on; `None` when one of them stays.
    pub(super) fn cut(&mut self, since: Index) -> Option<Position> {
        let kept = self.0.iter().take_while(|position| position.index() < since).count();
        if kept == 0 {
            return None;
        }
        self.0.truncate(kept);
        Some(self.last())
    }
}

#[cfg(test)]
mod tests {
    use super::Tail;
    use crate::log::{Index, Leadership, LogId, Position};

    fn at(index: u64) -> Position {
        let id = LogId { leadership: Leadership::ALONE, index: Index(index) };
        Position { id, checksum: index * 10 }
    }

    #[test]
    fn what_is_committed_is_not_cut_and_everything_behind_it_can_be() {
        let mut tail = Tail::new(at(3));
        (4..=9).for_each(|index| tail.push(at(index)));
        tail.commit(Index(5));
        assert_eq!(tail.cut(Index(5)), None);
        assert_eq!(tail.last(), at(9), "nothing went");
        assert_eq!(tail.cut(Index(8)), Some(at(7)));
        tail.push(at(8));
        assert_eq!(tail.cut(Index(6)), Some(at(5)));
        assert_eq!(tail.last(), at(5));
        tail.commit(Index(20));
        assert_eq!(tail.cut(Index(6)), Some(at(5)), "there is nothing behind it");
    }
}
