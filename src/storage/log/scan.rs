//! Reads the whole log and judges it: sound, torn at its end by a power cut, or damaged.
//!
//! Only the last frame can be unsynced, so only the end of the last segment can be torn, and nothing there was ever
//! acknowledged. Zeros at its end are room for frames to come. Anything wrong before the durable end is damage and
//! refuses the start: what proves it is a frame with a later ordinal, a later segment, or the database, which holds only
//! what was durable here first. Nothing here writes.

use super::any_disk::AnyDisk;
use super::disk::Disk;
use super::error::LogError;
use super::frame::{self, HeaderFlaw, LOG_VERSION, SEGMENT_HEADER_BYTES, SegmentHeader};
use super::skips::{Skip, Skips};
use super::tail::Tail;
use crate::log::{Index, LogId, Position, Vote};

/// A log that was read and found sound: its files, and what is in them.
#[derive(Clone, Debug)]
pub struct SoundLog<D: Disk = AnyDisk> {
    pub(super) disk: D,
    /// In the order in which they were written, without a gap.
    pub(super) segments: Vec<Segment>,
    /// The log's salt; `None` when it has no segment yet.
    pub(super) salt: Option<u64>,
    /// Where the history stands, and stood behind entries that may still be cut; index 0 when there never was an entry.
    pub(super) tail: Tail,
    /// The ordinal of the last frame; 0 when there never was one.
    pub(super) ordinal: u64,
    /// The newest entry that is known to be committed.
    pub(super) committed: Index,
    /// The newest vote.
    pub(super) vote: Option<Vote>,
    /// What the last segment says so far.
    pub(super) marks: Marks,
    /// What a repair took out.
    pub(super) skips: Skips,
    end: End,
    /// Where the last sound frame of the last segment begins; `None` when that has none.
    pub(super) last_frame: Option<u64>,
    /// Behind the last segment, the file of one whose creation never became durable.
    pub(super) unborn: Option<String>,
}

/// One file of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub name: String,
    /// Where the history stands before its first entry.
    pub(super) before: Position,
    /// The highest index that it has an entry of, those that were cut included; that before it when it has none.
    pub(super) highest: Index,
    pub(super) marks: Marks,
    /// Bytes up to the end of its last sound frame.
    pub length: u64,
}

/// How the last segment ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With a sound frame or its header, and perhaps with room for frames to come.
    Whole,
    /// With bytes of a batch that a power cut tore: nobody was answered, and the next start drops it.
    Torn,
}

impl Segment {
    /// The index of its first entry, unless that was cut before it was written.
    pub fn first(&self) -> Index {
        self.before.index().next()
    }
}

/// Where the frames of a segment set the history back, or forth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// The newest entry that a snapshot took the place of.
    pub installed: Option<LogId>,
    /// The lowest entry that a cut went back to.
    pub lowest_cut: Option<LogId>,
}

impl Marks {
    pub(super) fn note_cut(&mut self, kept: LogId) {
        let lowest = self.lowest_cut.filter(|lowest| lowest.index <= kept.index);
        self.lowest_cut = lowest.or(Some(kept));
    }
}

/// The entry behind which consecutive segments have all: that of the newest snapshot; else the one before the first of
/// them, or one that a cut went back to from there, when everything up to it was in the tables as the segments before
/// were removed.
pub(super) fn purged(segments: &[Segment]) -> LogId {
    let before = segments.first().map(|oldest| oldest.before.id);
    let cuts = segments.iter().filter_map(|segment| segment.marks.lowest_cut);
    let installed = segments.iter().rev().find_map(|segment| segment.marks.installed);
    installed.or_else(|| cuts.chain(before).min_by_key(|id| id.index)).unwrap_or_default()
}

/// The name of the segment whose first frame has this ordinal.
pub(super) fn segment_name(ordinal: u64) -> String {
    format!("{ordinal:020}.log")
}

/// The bytes of a segment, whose head is sound.
struct SegmentBytes<'a> {
    name: &'a str,
    bytes: &'a [u8],
    header: SegmentHeader,
    is_last: bool,
}

impl<D: Disk> SoundLog<D> {
    /// Reads and judges all segments of a disk.
    ///
    /// # Errors
    /// The log is damaged, from a newer version, or unreadable.
    pub fn read(disk: D) -> Result<Self, LogError> {
        let names: Vec<(u64, String)> = list(&disk)?;
        let mut log = Self {
            disk,
            segments: Vec::new(),
            salt: None,
            tail: Tail::new(Position::default()),
            ordinal: 0,
            committed: Index(0),
            vote: None,
            marks: Marks::default(),
            skips: Skips::default(),
            end: End::Whole,
            last_frame: None,
            unborn: None,
        };
        for (position, (ordinal, name)) in names.iter().enumerate() {
            let bytes = read(&log.disk, name)?;
            let is_last = position + 1 == names.len();
            match SegmentHeader::decode(&bytes, LOG_VERSION) {
                Ok(header) => {
                    log.check_header(name, *ordinal, header)?;
                    log.read_segment(&SegmentBytes { name, bytes: &bytes, header, is_last })?;
                }
                Err(HeaderFlaw::Version(version)) => {
                    return Err(LogError::Format { path: log.disk.path(name), version });
                }
                Err(HeaderFlaw::Damaged) if is_last && log.is_unborn(&bytes, *ordinal) => {
                    log.unborn = Some(name.clone());
                }
                Err(HeaderFlaw::Damaged) => {
                    return Err(damaged(&log.disk, name, 0, "the head of the file is damaged"));
                }
            }
        }
        Ok(log)
    }

    /// The disk that it lies on.
    pub fn disk(&self) -> &D {
        &self.disk
    }

    /// Its files, in the order in which they were written.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Its salt; `None` when it has no file yet.
    pub fn salt(&self) -> Option<u64> {
        self.salt
    }

    /// The newest entry; index 0 when there never was one.
    pub fn last(&self) -> Index {
        self.tail.last().index()
    }

    /// The newest entry that it knows to be committed. A server that runs alone commits whatever is durable.
    pub fn committed(&self) -> Index {
        self.committed
    }

    /// The entry behind which it has all.
    pub fn purged(&self) -> LogId {
        purged(&self.segments)
    }

    /// For whom the instance voted last.
    pub fn vote(&self) -> Option<Vote> {
        self.vote
    }

    /// How its last file ends.
    pub fn end(&self) -> End {
        self.end
    }

    /// Takes commands or an entry out for as long as this value lives; says what of the entry is out by now.
    pub fn leave_out(&mut self, index: Index, skip: Skip) -> &Skip {
        self.skips.add(index, skip);
        self.skips.of(index).expect("just added")
    }

    /// Whether the last file is one whose creation a power cut broke off: nothing but its head was ever written before
    /// it became durable, and only the first segment of all can stand alone.
    fn is_unborn(&self, bytes: &[u8], ordinal: u64) -> bool {
        bytes.len() <= SEGMENT_HEADER_BYTES && ordinal == self.ordinal + 1
    }

    fn check_header(&self, name: &str, ordinal: u64, header: SegmentHeader) -> Result<(), LogError> {
        let damaged = |what: &str| Err(damaged(&self.disk, name, 0, what));
        if header.ordinal != ordinal {
            return damaged("its name does not say with which frame it begins");
        }
        if self.salt.is_some_and(|salt| salt != header.salt) {
            return damaged("it belongs to another log");
        }
        if self.segments.is_empty() {
            return Ok(());
        }
        if header.ordinal != self.ordinal + 1 {
            let (begins, ended) = (header.ordinal, self.ordinal);
            return damaged(&format!("it begins with frame {begins}, but the file before ends with {ended}"));
        }
        if header.before != self.tail.last() || header.vote != self.vote {
            return damaged("it goes on with another history than that of the file before");
        }
        Ok(())
    }

    /// Reads the frames of the next segment.
    fn read_segment(&mut self, segment: &SegmentBytes<'_>) -> Result<(), LogError> {
        let SegmentBytes { name, bytes, header, is_last } = *segment;
        if self.segments.is_empty() {
            self.salt = Some(header.salt);
            self.tail = Tail::new(header.before);
            self.ordinal = header.ordinal - 1;
            self.vote = header.vote;
        }
        let mut highest = header.before.index();
        let mut offset = SEGMENT_HEADER_BYTES;
        self.last_frame = None;
        self.marks = Marks::default();
        while offset < bytes.len() {
            let rest = &bytes[offset..];
            let (head, payload) = match frame::frame_at(rest, header.salt) {
                Ok(frame) => frame,
                Err(_) if is_last && rest.iter().all(|byte| *byte == 0) => break,
                Err(flaw) => {
                    let durable = !is_last || frame::proves_durable(&rest[1..], header.salt, self.ordinal + 1);
                    if durable {
                        return Err(damaged(&self.disk, name, offset, flaw.describe()));
                    }
                    self.end = End::Torn;
                    break;
                }
            };
            let taken = self.take_frame(head, payload, rest);
            taken.map_err(|what| damaged(&self.disk, name, offset, &what))?;
            self.last_frame = Some(offset as u64);
            highest = highest.max(self.last());
            offset += frame::FRAME_HEADER_BYTES + payload.len();
        }
        let before = header.before;
        let (name, marks, length) = (name.to_owned(), self.marks, offset as u64);
        self.segments.push(Segment { name, before, highest, marks, length });
        Ok(())
    }
}

/// The segments by name; other files in the folder are none of ours.
fn list(disk: &impl Disk) -> Result<Vec<(u64, String)>, LogError> {
    let names = disk.list().map_err(|source| LogError::Io { action: "list", path: disk.path(""), source })?;
    let ordinal_of = |name: &str| name.strip_suffix(".log")?.parse().ok();
    let segments = names.into_iter().filter_map(|name| Some((ordinal_of(&name)?, name)));
    let mut segments: Vec<(u64, String)> = segments.filter(|(first, name)| *name == segment_name(*first)).collect();
    segments.sort_unstable();
    Ok(segments)
}

pub(super) fn read(disk: &impl Disk, name: &str) -> Result<Vec<u8>, LogError> {
    disk.read(name).map_err(|source| LogError::Io { action: "read", path: disk.path(name), source })
}

pub(super) fn damaged(disk: &impl Disk, name: &str, offset: usize, what: &str) -> LogError {
    LogError::Damaged { path: disk.path(name), offset: offset as u64, what: what.to_owned() }
}
