//! Appending to the log: one frame a batch in segments of bounded size, written and synced before anybody is answered.
//!
//! It promises that an acknowledged entry is never dropped and that a log which a crash left behind opens again; how
//! the end of a log is judged stands where it is read. Nothing here knows what commands do.

#[cfg(test)]
mod tests;

use std::io::{self, ErrorKind};

use super::super::codec::{self, PAYLOAD_BYTES_MAX};
use super::disk::{Disk, DiskFile};
use super::error::LogError;
use super::frame::{
    self, FRAME_HEADER_BYTES, FrameHeader, FrameKind, LOG_VERSION, SEGMENT_HEADER_BYTES, SegmentHeader,
};
use super::scan::{Segment, SoundLog, segment_name};
use super::skips::{self, Skip};
use crate::log::{Entry, Index, Position, Term};

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
    last: Position,
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
        let SoundLog { disk, mut segments, last, last_frame, unborn, .. } = log;
        if let Some(unborn) = &unborn {
            disk.remove(unborn).map_err(|source| fault(&disk, "remove", unborn, source))?;
            disk.sync_folder().map_err(|source| fault(&disk, "sync the folder of", unborn, source))?;
        }
        let file = match segments.last() {
            Some(segment) => reopen(&disk, segment, last_frame)?,
            None => {
                let (segment, file) = begin_segment(&disk, salt, last)?;
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
            last,
            segment_bytes,
            buffer: Vec::new(),
            health: Health::Sound,
        })
    }

    /// The newest entry, which is durable; index 0 when there is none.
    pub fn last(&self) -> Index {
        self.last.index
    }

    /// The term of the newest entry.
    pub fn last_term(&self) -> Term {
        self.last.term
    }

    /// Where the history stands, which is durable.
    pub fn position(&self) -> Position {
        self.last
    }

    /// Bytes of the log's headers and frames.
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.length).sum()
    }

    /// Writes the entry and returns when it is durable, with the bytes that it took.
    ///
    /// # Errors
    /// The batch is too large (nothing is written), or the disk failed: then the entry may be durable or not, and the
    /// process must end and start again to find out.
    ///
    /// # Panics
    /// When the entry does not follow the last one.
    pub fn append(&mut self, entry: &Entry) -> Result<u64, LogError> {
        assert_eq!(entry.index, self.last.index.next(), "entries are appended in order");
        assert!(entry.term >= self.last.term, "terms never fall");
        self.buffer.clear();
        self.buffer.resize(FRAME_HEADER_BYTES, 0);
        codec::encode_payload(&entry.parts, &mut self.buffer);
        if self.buffer.len() - FRAME_HEADER_BYTES > PAYLOAD_BYTES_MAX {
            return Err(LogError::TooLarge { bytes: self.buffer.len() });
        }
        if self.active().length >= self.segment_bytes {
            self.guarded(Self::rotate)?;
        }
        let durable = self.last.index;
        let header = FrameHeader { kind: FrameKind::Entry, index: entry.index, term: entry.term, durable };
        header.write_into(&mut self.buffer, self.salt);
        let checksum = frame::chained(self.last.checksum, &self.buffer);
        self.guarded(|log| log.write_buffer(log.segment_bytes / PARTS_OF_A_SEGMENT))?;
        self.last = Position { index: entry.index, term: entry.term, checksum };
        let bytes = self.buffer.len() as u64;
        self.buffer.shrink_to(BUFFER_BYTES_KEPT);
        Ok(bytes)
    }

    /// Removes the segments whose entries are all at or below `durable_elsewhere`; never the last one.
    ///
    /// # Errors
    /// The disk fails.
    pub fn purge(&mut self, durable_elsewhere: Index) -> Result<(), LogError> {
        while let [_, second, ..] = self.segments.as_slice()
            && second.first <= durable_elsewhere.next()
        {
            self.guarded(Self::remove_oldest)?;
        }
        Ok(())
    }

    /// Marks a clean stop: from now on damage at the end of the log is told from a torn write.
    ///
    /// # Errors
    /// The disk fails.
    pub fn seal(&mut self) -> Result<(), LogError> {
        self.buffer.clear();
        self.buffer.resize(FRAME_HEADER_BYTES, 0);
        self.write_mark(FrameKind::Seal)?;
        self.guarded(Self::drop_room)
    }

    /// Says durably that no start applies `skip` of entry `index` any more.
    ///
    /// # Errors
    /// The disk fails.
    pub fn skip(&mut self, index: Index, skip: &Skip) -> Result<(), LogError> {
        self.buffer.clear();
        self.buffer.resize(FRAME_HEADER_BYTES, 0);
        skips::encode(index, skip, &mut self.buffer);
        self.write_mark(FrameKind::Skip)
    }

    /// Writes the frame in the buffer, which is no entry.
    fn write_mark(&mut self, kind: FrameKind) -> Result<(), LogError> {
        let Position { index, term, .. } = self.last;
        FrameHeader { kind, index, term, durable: index }.write_into(&mut self.buffer, self.salt);
        self.guarded(|log| log.write_buffer(0))
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
        self.file.sync().map_err(|source| fault(&self.disk, "sync", &segment.name, source))?;
        self.file_length = self.file_length.max(segment.length + self.buffer.len() as u64);
        self.buffer.truncate(frame_bytes);
        segment.length = end;
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
        let (segment, file) = begin_segment(&self.disk, self.salt, self.last)?;
        self.file_length = segment.length;
        self.segments.push(segment);
        self.file = file;
        Ok(())
    }

    /// One at a time and each made durable, so that a crash never leaves a hole between two segments.
    fn remove_oldest(&mut self) -> Result<(), LogError> {
        let oldest = self.segments.remove(0);
        self.disk.remove(&oldest.name).map_err(|source| fault(&self.disk, "remove", &oldest.name, source))?;
        self.disk.sync_folder().map_err(|source| fault(&self.disk, "sync the folder of", &oldest.name, source))
    }

    fn active(&self) -> &Segment {
        self.segments.last().expect("a log has a segment")
    }
}

/// Opens the last segment behind its last sound frame, which begins at byte `last_frame`.
fn reopen<D: Disk>(disk: &D, segment: &Segment, last_frame: Option<u64>) -> Result<D::File, LogError> {
    let mut file = disk.open(&segment.name).map_err(|source| fault(disk, "open", &segment.name, source))?;
    file.truncate(segment.length).map_err(|source| fault(disk, "truncate", &segment.name, source))?;
    // What was written last was readable, but perhaps only from memory: the sync before the crash may have failed or
    // never come, and after a failed one the system may count bytes as written until they are written again.
    let start = last_frame.unwrap_or(0);
    let bytes = disk.read(&segment.name).map_err(|source| fault(disk, "read", &segment.name, source))?;
    let rewritten = file.write(start, &bytes[usize_of(start)..usize_of(segment.length)]);
    rewritten.map_err(|source| fault(disk, "write to", &segment.name, source))?;
    file.sync().map_err(|source| fault(disk, "sync", &segment.name, source))?;
    disk.sync_folder().map_err(|source| fault(disk, "sync the folder of", &segment.name, source))?;
    Ok(file)
}

/// Creates the segment that goes on behind `before`; it is durable with its name before it takes an entry.
fn begin_segment<D: Disk>(disk: &D, salt: u64, before: Position) -> Result<(Segment, D::File), LogError> {
    let first = before.index.next();
    let name = segment_name(first);
    let mut file = disk.create(&name).map_err(|source| fault(disk, "create", &name, source))?;
    let header = SegmentHeader { version: LOG_VERSION, salt, before };
    file.write(0, &header.encode()).map_err(|source| fault(disk, "write to", &name, source))?;
    file.sync().map_err(|source| fault(disk, "sync", &name, source))?;
    disk.sync_folder().map_err(|source| fault(disk, "sync the folder of", &name, source))?;
    Ok((Segment { name, first, before, length: SEGMENT_HEADER_BYTES as u64 }, file))
}

fn fault(disk: &impl Disk, action: &'static str, name: &str, source: io::Error) -> LogError {
    LogError::Io { action, path: disk.path(name), source }
}

fn usize_of(offset: u64) -> usize {
    usize::try_from(offset).expect("a segment was read into memory")
}
