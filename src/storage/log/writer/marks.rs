//! Frames without entries: what is said of the history, or of the instance.

use super::{Disk, LogError, LogWriter, Tail};
use crate::log::{Index, LogId, Position, Vote};
use crate::storage::log::frame::{self, FRAME_HEADER_BYTES, FrameKind};
use crate::storage::log::skips::{self, Skip};

impl<D: Disk> LogWriter<D> {
    /// Says durably that the entries from `since` on are no part of the history.
    ///
    /// # Errors
    /// The disk fails.
    ///
    /// # Panics
    /// When one of them is known to be committed.
    pub fn cut(&mut self, since: Index) -> Result<(), LogError> {
        if since > self.last() {
            return Ok(());
        }
        let kept = self.tail.cut(since).expect("what is committed is never cut");
        if let Some(catalogue) = &self.catalogue {
            catalogue.cut(since);
        }
        self.write_mark(FrameKind::Cut, &frame::encode_cut(kept))?;
        self.segments.last_mut().expect("a log has a segment").marks.note_cut(kept.id);
        Ok(())
    }

    /// Says durably for whom the instance votes.
    ///
    /// # Errors
    /// The disk fails.
    pub fn save_vote(&mut self, vote: Vote) -> Result<(), LogError> {
        self.write_mark(FrameKind::Vote, &frame::encode_vote(vote))?;
        self.vote = Some(vote);
        Ok(())
    }

    /// Says durably that a snapshot of the tables takes the place of everything up to `id`, which lies beyond the end of
    /// the log, and of whatever the log has that is not committed: the next entry follows `id`.
    ///
    /// # Errors
    /// The disk fails.
    ///
    /// # Panics
    /// When the log reaches that far.
    pub fn install(&mut self, id: LogId) -> Result<(), LogError> {
        let before = self.tail.last();
        assert!(before.index() < id.index, "a snapshot reaches beyond the log");
        self.committed = id.index;
        self.write_frame(FrameKind::Install, id, &[])?;
        let segment = self.segments.last_mut().expect("a log has a segment");
        segment.marks.installed = Some(id);
        segment.highest = id.index;
        self.tail = Tail::new(Position { id, checksum: frame::chained(before.checksum, &self.buffer, 0) });
        if let Some(catalogue) = &self.catalogue {
            catalogue.clear();
        }
        Ok(())
    }

    /// Says durably that the history goes through entry `id`, up to which a snapshot of the tables holds everything: what
    /// the log has there that is another entry is no part of it, and what it lacks it does not need.
    ///
    /// # Errors
    /// The disk fails.
    pub fn go_through(&mut self, id: LogId) -> Result<(), LogError> {
        if id.index > self.committed {
            if self.tail.id_at(id.index).is_some_and(|held| held != id) {
                self.cut(id.index)?;
            }
            if self.last() < id.index {
                self.install(id)?;
            }
        }
        Ok(())
    }

    /// Marks a clean stop: from now on damage at the end of the log is told from a torn write.
    ///
    /// # Errors
    /// The disk fails.
    pub fn seal(&mut self) -> Result<(), LogError> {
        self.write_mark(FrameKind::Seal, &[])?;
        self.guarded(Self::drop_room)
    }

    /// Says durably that no start applies `skip` of entry `index` any more.
    ///
    /// # Errors
    /// The disk fails.
    pub fn skip(&mut self, index: Index, skip: &Skip) -> Result<(), LogError> {
        let mut payload = Vec::new();
        skips::encode(index, skip, &mut payload);
        self.write_mark(FrameKind::Skip, &payload)
    }

    /// Writes a frame without entries, about the history as it stands.
    fn write_mark(&mut self, kind: FrameKind, payload: &[u8]) -> Result<(), LogError> {
        self.write_frame(kind, self.tail.last().id, payload)
    }

    /// Writes a frame without entries, behind which `id` is the newest.
    fn write_frame(&mut self, kind: FrameKind, id: LogId, payload: &[u8]) -> Result<(), LogError> {
        self.buffer.clear();
        self.buffer.resize(FRAME_HEADER_BYTES, 0);
        self.buffer.extend_from_slice(payload);
        self.head(kind, id).write_into(&mut self.buffer, self.salt);
        self.guarded(|log| log.write_buffer(0))
    }
}
