//! Whether a sound frame may stand where it stands in the history, and what it says of it.

use super::disk::Disk;
use super::frame::{self, FrameHeader, FrameKind};
use super::scan::SoundLog;
use super::skips;
use super::tail::Tail;
use crate::log::Position;

impl<D: Disk> SoundLog<D> {
    /// Takes up what a sound frame says; `frame` begins with it.
    ///
    /// # Errors
    /// What is wrong with it where it stands.
    pub(super) fn take_frame(&mut self, head: FrameHeader, payload: &[u8], frame: &[u8]) -> Result<(), String> {
        if head.ordinal != self.ordinal + 1 {
            return Err(format!("frame {} stands where frame {} is due", head.ordinal, self.ordinal + 1));
        }
        let (last, index) = (self.tail.last(), head.id.index);
        match head.kind {
            FrameKind::Entries if index != last.index().next() || head.id.leadership < last.id.leadership => {
                return Err(format!("entry {} stands where entry {} is due", index.0, last.index().next().0));
            }
            FrameKind::Cut if index >= last.index() || index < self.committed => {
                return Err(format!("what follows entry {} is cut, but that cannot be", index.0));
            }
            FrameKind::Install if index <= last.index() || head.committed != index => {
                return Err(format!("a snapshot up to entry {} stands behind entry {}", index.0, last.index().0));
            }
            FrameKind::Vote | FrameKind::Seal | FrameKind::Skip if head.id != last.id => {
                return Err(format!("it follows entry {}, but entry {} is the last", index.0, last.index().0));
            }
            FrameKind::Entries
            | FrameKind::Cut
            | FrameKind::Install
            | FrameKind::Vote
            | FrameKind::Seal
            | FrameKind::Skip => {}
        }
        match head.kind {
            FrameKind::Entries => frame::positions(last, head, payload, frame).for_each(|(it, _)| self.tail.push(it)),
            FrameKind::Cut => {
                let kept = frame::decode_cut(head, payload).ok_or("it is no cut")?;
                match self.tail.cut(index.next()) {
                    // It goes behind what was not purged. All that was before it is committed and in the tables.
                    None => self.tail = Tail::new(kept),
                    Some(known) if known == kept => {}
                    Some(_) => {
                        return Err(format!(
                            "what follows entry {} is cut, but the history was another there",
                            index.0
                        ));
                    }
                }
                self.marks.note_cut(head.id);
            }
            FrameKind::Install => {
                self.tail = Tail::new(Position { id: head.id, checksum: frame::chained(last.checksum, frame, 0) });
                self.marks.installed = Some(head.id);
            }
            FrameKind::Vote => self.vote = Some(frame::decode_vote(payload).ok_or("it is no vote")?),
            FrameKind::Skip => {
                let (index, skip) = skips::decode(payload).map_err(|error| error.to_string())?;
                self.skips.add(index, skip);
            }
            FrameKind::Seal => {}
        }
        self.ordinal = head.ordinal;
        self.committed = self.committed.max(head.committed);
        self.tail.commit(self.committed);
        Ok(())
    }
}
