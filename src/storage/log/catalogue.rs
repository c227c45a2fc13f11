//! Where each frame of entries stands in the files of a log, for readers beside its writer.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::log::Index;

/// A frame of entries in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub first: Index,
    /// The newest of its entries that was not cut.
    pub last: Index,
    pub segment: Arc<str>,
    /// Where the frame begins.
    pub offset: u64,
    pub bytes: u64,
}

/// The frames that a log has, ascending by index without a gap.
#[derive(Debug, Default)]
pub(super) struct Catalogue(RwLock<VecDeque<Extent>>);

impl Catalogue {
    /// Adds a frame behind all others.
    pub(super) fn push(&self, extent: Extent) {
        let mut extents = self.0.write();
        let follows = extents.back().is_none_or(|last| last.last.next() == extent.first);
        assert!(follows, "a history has no gap");
        extents.push_back(extent);
    }

    /// Forgets the entries from `since` on.
    pub(super) fn cut(&self, since: Index) {
        let mut extents = self.0.write();
        while extents.back().is_some_and(|last| since <= last.first) {
            extents.pop_back();
        }
        if let Some(last) = extents.back_mut()
            && since <= last.last
        {
            last.last = Index(since.0 - 1);
        }
    }

    /// Forgets all frames: what comes next follows a snapshot.
    pub(super) fn clear(&self) {
        self.0.write().clear();
    }

    /// Forgets the frames of a file.
    pub(super) fn remove(&self, segment: &str) {
        self.0.write().retain(|extent| *extent.segment != *segment);
    }

    /// The frames with entries of a range, ascending, as far as their bytes reach `bytes_max`; none when the first entry of
    /// the range is not there.
    pub(super) fn frames(&self, range: &Range<Index>, bytes_max: u64) -> Vec<Extent> {
        let extents = self.0.read();
        if extents.front().is_none_or(|oldest| range.start < oldest.first) {
            return Vec::new();
        }
        let from = extents.partition_point(|extent| extent.last < range.start);
        let mut bytes = 0;
        let reaches = |extent: &&Extent| {
            let is_wanted = extent.first < range.end && bytes < bytes_max.max(1);
            bytes += extent.bytes;
            is_wanted
        };
        extents.range(from..).take_while(reaches).cloned().collect()
    }

    /// Whether a frame is still there, in whole or in part.
    pub(super) fn has(&self, extent: &Extent) -> bool {
        let is_same = |it: &Extent| (&it.segment, it.offset) == (&extent.segment, extent.offset);
        self.0.read().iter().any(is_same)
    }
}

#[cfg(test)]
mod tests {
    use super::{Catalogue, Extent};
    use crate::log::Index;

    fn extent(first: u64, last: u64, segment: &str) -> Extent {
        Extent { first: Index(first), last: Index(last), segment: segment.into(), offset: first, bytes: 1 }
    }

    fn told(catalogue: &Catalogue, from: u64, to: u64) -> Vec<(u64, u64)> {
        let frames = catalogue.frames(&(Index(from)..Index(to)), u64::MAX);
        frames.iter().map(|it| (it.first.0, it.last.0)).collect()
    }

    #[test]
    fn a_range_has_the_frames_that_reach_into_it() {
        let catalogue = Catalogue::default();
        assert_eq!(told(&catalogue, 1, 9), []);
        for (first, last) in [(5, 5), (6, 8), (9, 10)] {
            catalogue.push(extent(first, last, "a"));
        }
        assert_eq!(told(&catalogue, 5, 6), [(5, 5)]);
        assert_eq!(told(&catalogue, 7, 9), [(6, 8)]);
        assert_eq!(told(&catalogue, 8, 10), [(6, 8), (9, 10)]);
        assert_eq!(told(&catalogue, 11, 12), []);
        assert_eq!(told(&catalogue, 4, 12), [], "its first entry was purged");
        let first = |bytes_max| catalogue.frames(&(Index(5)..Index(11)), bytes_max).len();
        assert_eq!([0, 1, 2, 9].map(first), [1, 1, 2, 3]);
    }

    #[test]
    fn what_is_cut_goes_and_what_follows_takes_its_place() {
        let catalogue = Catalogue::default();
        catalogue.push(extent(1, 4, "a"));
        catalogue.push(extent(5, 6, "a"));
        catalogue.cut(Index(7));
        assert_eq!(told(&catalogue, 1, 9), [(1, 4), (5, 6)], "nothing stands there");
        catalogue.cut(Index(3));
        assert_eq!(told(&catalogue, 1, 9), [(1, 2)]);
        catalogue.push(extent(3, 3, "b"));
        assert_eq!(told(&catalogue, 1, 9), [(1, 2), (3, 3)]);
        catalogue.remove("a");
        assert_eq!(told(&catalogue, 3, 9), [(3, 3)]);
        assert_eq!(told(&catalogue, 2, 9), []);
        catalogue.cut(Index(1));
        assert_eq!(told(&catalogue, 3, 9), []);
    }
}
