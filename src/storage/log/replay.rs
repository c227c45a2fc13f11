//! The entries of a log that was found sound, in order, without those that were cut.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::super::codec;
use super::catalogue::{Catalogue, Extent};
use super::disk::Disk;
use super::error::LogError;
use super::frame::{self, FRAME_HEADER_BYTES, FrameKind, LOG_VERSION, SEGMENT_HEADER_BYTES, SegmentHeader};
use super::scan::{self, Segment, SoundLog};
use crate::log::{Content, Entry, Index, Position};

/// What a frame means to whoever reads entries.
enum Step<'a> {
    /// Every entry up to here stays.
    Committed(Index),
    /// An entry, and where the history stands behind it.
    Entry(Position, &'a [u8]),
    /// Where the frame of the entries before stands: its first and its last one, its offset and its bytes.
    Frame([Index; 2], [u64; 2]),
    /// What follows this entry is gone.
    Cut(Index),
    /// A snapshot takes the place of everything up to here.
    Install(Position),
}

impl<D: Disk> SoundLog<D> {
    /// Gives every entry above `after` and up to `up_to` to `each`, in order, with where the history stands behind it. Of
    /// an entry that is skipped as a whole there are no parts.
    ///
    /// # Errors
    /// What `each` says, or a file cannot be read any more.
    pub fn replay<E: From<LogError>>(
        &self,
        after: Index,
        up_to: Index,
        mut each: impl FnMut(Entry, Position) -> Result<(), E>,
    ) -> Result<(), E> {
        // An entry that a later frame may still cut waits.
        let mut waiting: VecDeque<(Entry, Position)> = VecDeque::new();
        for segment in self.segments.iter().skip_while(|segment| segment.highest <= after) {
            walk(&self.disk, segment, |step| {
                match step {
                    Step::Committed(index) => {
                        while let Some((entry, position)) = waiting.pop_front_if(|(entry, _)| entry.index() <= index) {
                            each(entry, position)?;
                        }
                    }
                    Step::Entry(position, _) if position.index() <= after || position.index() > up_to => {}
                    Step::Entry(position, bytes) => {
                        waiting.push_back((self.entry(segment, position, bytes)?, position));
                    }
                    Step::Frame(..) => {}
                    Step::Cut(last) => while waiting.pop_back_if(|(entry, _)| entry.index() > last).is_some() {},
                    Step::Install(_) => waiting.clear(),
                }
                Ok::<(), E>(())
            })?;
        }
        waiting.into_iter().try_for_each(|(entry, position)| each(entry, position))
    }

    /// Where the history stood behind entry `index`; `None` when the log does not reach it.
    ///
    /// # Errors
    /// A file cannot be read any more.
    pub fn position_at(&self, index: Index) -> Result<Option<Position>, LogError> {
        let lowest = |segment: &Segment| segment.marks.lowest_cut.map(|kept| kept.index);
        let reaches = |segment: &Segment| {
            let before = segment.before.index();
            before.min(lowest(segment).unwrap_or(before)) <= index && index <= segment.highest
        };
        let mut found = self.segments.iter().map(|segment| segment.before).find(|before| before.index() == index);
        let lowest_cut = self.segments.iter().filter_map(lowest).min();
        for segment in self.segments.iter().skip_while(|segment| !reaches(segment)) {
            let is_written_once = lowest_cut.is_none_or(|lowest| lowest >= index);
            if found.is_some() && is_written_once && segment.before.index() >= index {
                break;
            }
            walk(&self.disk, segment, |step| {
                match step {
                    Step::Entry(position, _) | Step::Install(position) if position.index() == index => {
                        found = Some(position);
                    }
                    Step::Cut(last) if last < index => found = None,
                    Step::Entry(..) | Step::Frame(..) | Step::Cut(_) | Step::Install(_) | Step::Committed(_) => {}
                }
                Ok::<(), LogError>(())
            })?;
        }
        Ok(found)
    }

    fn entry(&self, segment: &Segment, Position { id, .. }: Position, bytes: &[u8]) -> Result<Entry, LogError> {
        let (content, skipped) = if self.skips.skips_entry(id.index) {
            (Content::Parts(Vec::new()), BTreeSet::new())
        } else {
            let content = codec::decode_payload(bytes).map_err(|error| LogError::Unreadable {
                path: self.disk.path(&segment.name),
                index: id.index,
                what: error.to_string(),
            })?;
            (content, self.skips.commands_of(id.index))
        };
        Ok(Entry { id, content, skipped })
    }
}

/// Where the entries of sound segments stand.
pub(super) fn catalogue(disk: &impl Disk, segments: &[Segment]) -> Result<Catalogue, LogError> {
    let catalogue = Catalogue::default();
    for segment in segments {
        let name: Arc<str> = segment.name.as_str().into();
        walk(disk, segment, |step| {
            match step {
                Step::Frame([first, last], [offset, bytes]) => {
                    catalogue.push(Extent { first, last, segment: Arc::clone(&name), offset, bytes });
                }
                Step::Cut(last) => catalogue.cut(last.next()),
                Step::Install(_) => catalogue.clear(),
                Step::Entry(..) | Step::Committed(_) => {}
            }
            Ok::<(), LogError>(())
        })?;
    }
    Ok(catalogue)
}

/// Gives every step of a segment to `each`.
fn walk<E: From<LogError>>(
    disk: &impl Disk,
    segment: &Segment,
    mut each: impl FnMut(Step<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let bytes = scan::read(disk, &segment.name)?;
    let damaged = |offset: usize, what: &str| scan::damaged(disk, &segment.name, offset, what);
    let header =
        SegmentHeader::decode(&bytes, LOG_VERSION).map_err(|_| damaged(0, "the head of the file is damaged"))?;
    let mut last = header.before;
    let mut offset = SEGMENT_HEADER_BYTES;
    while (offset as u64) < segment.length {
        let rest = &bytes[offset..];
        let (head, payload) = frame::frame_at(rest, header.salt).map_err(|flaw| damaged(offset, flaw.describe()))?;
        each(Step::Committed(head.committed))?;
        match head.kind {
            FrameKind::Entries => {
                for (position, entry) in frame::positions(last, head, payload, rest) {
                    last = position;
                    each(Step::Entry(position, entry))?;
                }
                let bytes = (FRAME_HEADER_BYTES + payload.len()) as u64;
                each(Step::Frame([head.id.index, last.index()], [offset as u64, bytes]))?;
            }
            FrameKind::Cut => {
                last = frame::decode_cut(head, payload).ok_or_else(|| damaged(offset, "it is no cut"))?;
                each(Step::Cut(last.index()))?;
            }
            FrameKind::Install => {
                last = Position { id: head.id, checksum: frame::chained(last.checksum, rest, 0) };
                each(Step::Install(last))?;
            }
            FrameKind::Vote | FrameKind::Seal | FrameKind::Skip => {}
        }
        offset += FRAME_HEADER_BYTES + payload.len();
    }
    Ok(())
}
