//! Appending to the log: one frame a step in segments of bounded size, written and synced before anybody is answered.
//!
//! It promises that an acknowledged entry is never dropped and that a log which a crash left behind opens again; how
//! the end of a log is judged stands where it is read. Nothing here knows what commands do.

mod marks;
#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::sync::Arc;

use super::super::codec::PAYLOAD_BYTES_MAX;
use super::catalogue::{Catalogue, Extent};
use super::disk::{Disk, DiskFile};
use super::error::LogError;
use super::frame::{self, FRAME_HEADER_BYTES, FrameHeader, FrameKind, LOG_VERSION, SegmentHeader};
use super::payload::{Storable, write_entry};
use super::reader::LogReader;
use super::replay;
use super::scan::{self, Segment, SoundLog};
use super::segment_file::{begin, fault, reopen, usize_of};
use super::tail::Tail;
use crate::log::{Index, LogId, Position, Vote};

/// Bytes at which a segment is closed and the next begins: small enough that purging keeps the folder small, large
/// enough that the two extra syncs of a new file are rare.
pub const SEGMENT_BYTES: u64 = 16 * 1024 * 1024;

/// Parts in which a segment gets its bytes, as zeros, whenever its frames have used up the part before: a sync of a
/// file that grew makes the file system write down its new length too, a sync of bytes that it had already does not.
const PARTS_OF_A_SEGMENT: u64 = 16;

/// Memory that the buffer of a batch keeps for the next one.
const BUFFER_BYTES_KEPT: usize = 4 * 1024 * 1024;

/// The log, open for appending. There is one of it, and whoever appends owns it.
#[derive(Debug)]
pub struct LogWriter<D: Disk> {
    disk: D,
    /// Ascending; the last one is written on. Its `length` is what is durable.
    segments: Vec<Segment>,
    file: D::File,
    /// Length of the file that is written on: its frames, and the zeros behind them that the next frames go into.
    file_length: u64,
    salt: u64,
    tail: Tail,
    /// The ordinal of the last frame.
    ordinal: u64,
    /// The newest entry that is known to be committed.
    committed: Index,
    vote: Option<Vote>,
    /// Where its entries stand, once somebody reads them.
    catalogue: Option<Arc<Catalogue>>,
    segment_bytes: u64,
    buffer: Vec<u8>,
    health: Health,
}

#[derive(Debug, PartialEq, Eq)]
enum Health {
    Sound,
    /// A write failed: what is on the disk is unknown until the next start has read it.
    Failed,
}

impl<D: Disk> LogWriter<D> {
    /// Opens a log for appending that was read: drops a torn tail and what room there is, and begins the first segment
    /// with `fresh_salt` when there is none. Everything that the log holds afterwards is durable.
    ///
    /// # Errors
    /// The disk fails.
    pub fn resume(log: SoundLog<D>, fresh_salt: u64, segment_bytes: u64) -> Result<Self, LogError> {
        let salt = log.salt.unwrap_or(fresh_salt);
        let SoundLog { disk, mut segments, tail, ordinal, committed, vote, last_frame, unborn, .. } = log;
        if let Some(unborn) = &unborn {
            disk.remove(unborn).map_err(|source| fault(&disk, "remove", unborn, source))?;
            disk.sync_folder().map_err(|source| fault(&disk, "sync the folder of", unborn, source))?;
        }
        let file = match segments.last() {
            Some(segment) => reopen(&disk, segment, last_frame)?,
            None => {
                let header =
                    SegmentHeader { version: LOG_VERSION, salt, before: tail.last(), ordinal: ordinal + 1, vote };
                let (segment, file) = begin(&disk, header)?;
                segments.push(segment);
                file
            }
        };
        let file_length = segments.last().map_or(0, |segment| segment.length);
        Ok(Self {
            disk,
            segments,
            file,
            file_length,
            salt,
            tail,
            ordinal,
            committed,
            vote,
            catalogue: None,
            segment_bytes,
            buffer: Vec::new(),
            health: Health::Sound,
        })
    }

    /// Where its files lie.
    pub fn disk(&self) -> &D {
        &self.disk
    }

    /// The newest entry, which is durable; index 0 when there is none.
    pub fn last(&self) -> Index {
        self.tail.last().index()
    }

    /// Where the history stands, which is durable.
    pub fn position(&self) -> Position {
        self.tail.last()
    }

    /// The entry behind which it has all: the newest one that is not needed any more, or that a snapshot took the place of.
    pub fn purged(&self) -> LogId {
        scan::purged(&self.segments)
    }

    /// For whom the instance voted last, which is durable.
    pub fn vote(&self) -> Option<Vote> {
        self.vote
    }

    /// Reads entries by ranges while this appends. For the first one the log is read once more.
    ///
    /// # Errors
    /// The disk fails, or has failed before.
    pub fn reader(&mut self) -> Result<LogReader<D>, LogError> {
        if self.health == Health::Failed {
            return Err(LogError::Failed);
        }
        let catalogue = match self.catalogue.take() {
            Some(catalogue) => catalogue,
            None => Arc::new(replay::catalogue(&self.disk, &self.segments)?),
        };
        self.catalogue = Some(Arc::clone(&catalogue));
        Ok(LogReader::new(self.disk.clone(), self.salt, catalogue))
    }

    /// Bytes of the log's headers and frames.
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.length).sum()
    }

    /// Writes consecutive entries and returns when all are durable, with the bytes that they took. Those of one leadership
    /// share a frame and a sync.
    ///
    /// # Errors
    /// What shares a frame is too large (nothing of it and of what follows is written), or the disk failed: then the
    /// entries may be durable or not, and the process must end and start again to find out.
    ///
    /// # Panics
    /// When the entries do not follow the last one.
    pub fn append<E: Storable>(&mut self, entries: &[E]) -> Result<u64, LogError> {
        let of_one = entries.chunk_by(|left, right| left.id().leadership == right.id().leadership);
        of_one.map(|entries| self.append_frame(entries)).sum()
    }

    fn append_frame<E: Storable>(&mut self, entries: &[E]) -> Result<u64, LogError> {
        let (id, mut last) = (entries[0].id(), self.tail.last());
        assert!(id.leadership >= last.id.leadership, "terms never fall");
        self.buffer.clear();
        self.buffer.resize(FRAME_HEADER_BYTES, 0);
        for entry in entries {
            assert_eq!(entry.id().index, last.index().next(), "entries are appended in order");
            last.id = entry.id();
            write_entry(entry, &mut self.buffer);
        }
        if self.buffer.len() - FRAME_HEADER_BYTES > PAYLOAD_BYTES_MAX {
            return Err(LogError::TooLarge { bytes: self.buffer.len() });
        }
        if self.active().length >= self.segment_bytes {
            self.guarded(Self::rotate)?;
        }
        let head = self.head(FrameKind::Entries, id);
        head.write_into(&mut self.buffer, self.salt);
        self.guarded(|log| log.write_buffer(log.segment_bytes / PARTS_OF_A_SEGMENT))?;
        let (before, payload) = (self.tail.last(), &self.buffer[FRAME_HEADER_BYTES..]);
        frame::positions(before, head, payload, &self.buffer).for_each(|(position, _)| self.tail.push(position));
        let (bytes, last) = (self.buffer.len() as u64, self.tail.last().index());
        let segment = self.segments.last_mut().expect("a log has a segment");
        segment.highest = segment.highest.max(last);
        if let Some(catalogue) = &self.catalogue {
            let (name, offset) = (segment.name.as_str().into(), segment.length - bytes);
            catalogue.push(Extent { first: id.index, last, segment: name, offset, bytes });
        }
        self.buffer.shrink_to(BUFFER_BYTES_KEPT);
        Ok(bytes)
    }

    /// Notes that every entry up to `index` is committed. The next frame says so, so that a start knows it without another
    /// sync.
    pub fn commit(&mut self, index: Index) {
        self.committed = self.committed.max(index.min(self.last()));
        self.tail.commit(self.committed);
    }

    /// Removes the segments whose entries are all at or below `durable_elsewhere`; never the last one.
    ///
    /// # Errors
    /// The disk fails.
    pub fn purge(&mut self, durable_elsewhere: Index) -> Result<(), LogError> {
        while let [_, second, ..] = self.segments.as_slice()
            && second.before.index() <= durable_elsewhere
        {
            self.guarded(Self::remove_oldest)?;
        }
        Ok(())
    }

    /// Begins a file with the next frame, so that all before can be let go of.
    ///
    /// # Errors
    /// The disk fails.
    pub fn begin_file(&mut self) -> Result<(), LogError> {
        if self.active().name == scan::segment_name(self.ordinal + 1) {
            return Ok(()); // It has begun, and has none yet.
        }
        self.guarded(|log| {
            log.drop_room()?;
            log.rotate()
        })
    }

    /// The head of the next frame.
    fn head(&self, kind: FrameKind, id: LogId) -> FrameHeader {
        FrameHeader { kind, id, ordinal: self.ordinal + 1, committed: self.committed }
    }

    /// Does `work` unless an earlier write failed, and remembers when this one does.
    fn guarded(&mut self, work: impl FnOnce(&mut Self) -> Result<(), LogError>) -> Result<(), LogError> {
        if self.health == Health::Failed {
            return Err(LogError::Failed);
        }
        let done = work(self);
        if done.is_err() {
            self.health = Health::Failed;
        }
        done
    }

    /// Writes the frame in the buffer, and up to `room` bytes of zeros behind it when it does not fit into the file.
    fn write_buffer(&mut self, room: u64) -> Result<(), LogError> {
        let segment = self.segments.last_mut().expect("a log has a segment");
        let frame_bytes = self.buffer.len();
        let end = segment.length + frame_bytes as u64;
        if end > self.file_length {
            let file_length = (end + room).min(self.segment_bytes).max(end);
            self.buffer.resize(usize_of(file_length - segment.length), 0);
        }
        let mut written = self.file.write(segment.length, &self.buffer);
        if matches!(&written, Err(error) if error.kind() == ErrorKind::StorageFull) && self.buffer.len() > frame_bytes {
            // A disk that is too full for the room may still take the frame.
            self.buffer.truncate(frame_bytes);
            let file = &mut self.file;
            written = file.truncate(segment.length).and_then(|()| file.write(segment.length, &self.buffer));
        }
        written.map_err(|source| fault(&self.disk, "write to", &segment.name, source))?;
        if !planted!(EntriesNotSynced) {
            self.file.sync().map_err(|source| fault(&self.disk, "sync", &segment.name, source))?;
        }
        self.file_length = self.file_length.max(segment.length + self.buffer.len() as u64);
        self.buffer.truncate(frame_bytes);
        segment.length = end;
        self.ordinal += 1;
        Ok(())
    }

    /// Ends the file with its last frame.
    fn drop_room(&mut self) -> Result<(), LogError> {
        let segment = self.segments.last().expect("a log has a segment");
        self.file.truncate(segment.length).map_err(|source| fault(&self.disk, "truncate", &segment.name, source))?;
        self.file.sync().map_err(|source| fault(&self.disk, "sync", &segment.name, source))?;
        self.file_length = segment.length;
        Ok(())
    }

    /// Begins the next segment. The one before has no room left then: what stands behind its frames is damage.
    fn rotate(&mut self) -> Result<(), LogError> {
        assert_eq!(self.file_length, self.active().length, "room ends where the next segment begins");
        let (before, ordinal) = (self.tail.last(), self.ordinal + 1);
        let header = SegmentHeader { version: LOG_VERSION, salt: self.salt, before, ordinal, vote: self.vote };
        let (segment, file) = begin(&self.disk, header)?;
        self.file_length = segment.length;
        self.segments.push(segment);
        self.file = file;
        Ok(())
    }

    /// One at a time and each made durable, so that a crash never leaves a hole between two segments.
    fn remove_oldest(&mut self) -> Result<(), LogError> {
        let oldest = self.segments.remove(0);
        if let Some(catalogue) = &self.catalogue {
            catalogue.remove(&oldest.name);
        }
        self.disk.remove(&oldest.name).map_err(|source| fault(&self.disk, "remove", &oldest.name, source))?;
        self.disk.sync_folder().map_err(|source| fault(&self.disk, "sync the folder of", &oldest.name, source))
    }

    fn active(&self) -> &Segment {
        self.segments.last().expect("a log has a segment")
    }
}
