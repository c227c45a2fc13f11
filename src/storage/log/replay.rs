//! The entries of a log that was found sound, in order.

use super::super::codec;
use super::disk::Disk;
use super::error::LogError;
use super::frame::{self, FRAME_HEADER_BYTES, FrameKind, LOG_VERSION, SEGMENT_HEADER_BYTES, SegmentHeader};
use super::scan::{self, Segment, SoundLog};
use crate::log::{Entry, Index, Part, Position};

impl<D: Disk> SoundLog<D> {
    /// Gives every entry above `after` to `each`, in order, with where the history stands behind it. Of an entry that is
    /// skipped as a whole the batch is empty.
    ///
    /// # Errors
    /// What `each` says, or a file cannot be read any more.
    pub fn replay<E: From<LogError>>(
        &self,
        after: Index,
        mut each: impl FnMut(Entry, Position) -> Result<(), E>,
    ) -> Result<(), E> {
        for (number, segment) in self.segments.iter().enumerate() {
            let ends_before = self.segments.get(number + 1).is_some_and(|next| next.first <= after.next());
            if ends_before {
                continue;
            }
            walk(&self.disk, segment, |position, payload| {
                if position.index <= after {
                    return Ok(());
                }
                let parts = self.parts(position.index, payload).map_err(|error| LogError::Unreadable {
                    path: self.disk.path(&segment.name),
                    index: position.index,
                    what: error.to_string(),
                })?;
                let skipped = self.skips.commands_of(position.index);
                each(Entry { index: position.index, term: position.term, parts, skipped }, position)
            })?;
        }
        Ok(())
    }

    /// Where the history stood behind entry `index`; `None` when the log does not reach it.
    ///
    /// # Errors
    /// A file cannot be read any more.
    pub fn position_at(&self, index: Index) -> Result<Option<Position>, LogError> {
        let Some(segment) = self.segments.iter().rev().find(|segment| segment.before.index <= index) else {
            return Ok(None);
        };
        let mut found = (segment.before.index == index).then_some(segment.before);
        walk(&self.disk, segment, |position, _| {
            if position.index == index {
                found = Some(position);
            }
            Ok::<(), LogError>(())
        })?;
        Ok(found)
    }

    fn parts(&self, index: Index, payload: &[u8]) -> Result<Vec<Part>, codec::DecodeError> {
        if self.skips.skips_entry(index) { Ok(Vec::new()) } else { codec::decode_payload(payload) }
    }
}

/// Gives every entry of a segment to `each`: where the history stands behind it, and its payload.
fn walk<E: From<LogError>>(
    disk: &impl Disk,
    segment: &Segment,
    mut each: impl FnMut(Position, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let bytes = scan::read(disk, &segment.name)?;
    let damaged = |offset: usize, what: &str| scan::damaged(disk, &segment.name, offset, what);
    let header =
        SegmentHeader::decode(&bytes, LOG_VERSION).map_err(|_| damaged(0, "the head of the file is damaged"))?;
    let mut position = header.before;
    let mut offset = SEGMENT_HEADER_BYTES;
    while (offset as u64) < segment.length {
        let rest = &bytes[offset..];
        let (head, payload) = frame::frame_at(rest, header.salt).map_err(|flaw| damaged(offset, flaw.describe()))?;
        if head.kind == FrameKind::Entry {
            position = head.position_behind(position, rest);
            each(position, payload)?;
        }
        offset += FRAME_HEADER_BYTES + payload.len();
    }
    Ok(())
}
