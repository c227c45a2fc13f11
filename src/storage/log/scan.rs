//! Reads the whole log and judges it: sound, torn at its end by a power cut, or damaged.
//!
//! Only the last batch can be unsynced, so only the end of the last segment can be torn, and nothing there was ever
//! acknowledged. Zeros at its end are room for frames to come. Anything wrong before the durable end is damage and
//! refuses the start: what proves it is a later frame, a later segment, or the database, which holds only what was
//! durable here first. Nothing here writes.

use super::disk::{Disk, Files};
use super::error::LogError;
use super::frame::{self, FrameKind, HeaderFlaw, LOG_VERSION, SEGMENT_HEADER_BYTES, SegmentHeader};
use super::skips::{self, Skip, Skips};
use crate::log::{Index, Position};

/// A log that was read and found sound: its files, and what is in them.
#[derive(Clone, Debug)]
pub struct SoundLog<D: Disk = Files> {
    pub(super) disk: D,
    /// In order of their entries, without a gap.
    pub(super) segments: Vec<Segment>,
    /// The log's salt; `None` when it has no segment yet.
    pub(super) salt: Option<u64>,
    /// Where the history stands; index 0 when there never was an entry.
    pub(super) last: Position,
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
    pub first: Index,
    /// Where the history stands before its first entry.
    pub(super) before: Position,
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

/// The name of the segment whose first entry is `first`.
pub(super) fn segment_name(first: Index) -> String {
    format!("{:020}.log", first.0)
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
        let names: Vec<(Index, String)> = list(&disk)?;
        let mut log = Self {
            disk,
            segments: Vec::new(),
            salt: None,
            last: Position::default(),
            skips: Skips::default(),
            end: End::Whole,
            last_frame: None,
            unborn: None,
        };
        for (position, (first, name)) in names.iter().enumerate() {
            let bytes = read(&log.disk, name)?;
            let is_last = position + 1 == names.len();
            match SegmentHeader::decode(&bytes, LOG_VERSION) {
                Ok(header) => {
                    log.check_header(name, *first, header)?;
                    log.read_segment(&SegmentBytes { name, bytes: &bytes, header, is_last })?;
                }
                Err(HeaderFlaw::Version(version)) => {
                    return Err(LogError::Format { path: log.disk.path(name), version });
                }
                Err(HeaderFlaw::Damaged) if is_last && log.is_unborn(&bytes, *first) => {
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

    /// Its files, in order of their entries.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Its salt; `None` when it has no file yet.
    pub fn salt(&self) -> Option<u64> {
        self.salt
    }

    /// The newest entry; index 0 when there never was one.
    pub fn last(&self) -> Index {
        self.last.index
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
    fn is_unborn(&self, bytes: &[u8], first: Index) -> bool {
        let follows = if self.segments.is_empty() { first == Index(1) } else { first == self.last.index.next() };
        bytes.len() <= SEGMENT_HEADER_BYTES && follows
    }

    fn check_header(&self, name: &str, first: Index, header: SegmentHeader) -> Result<(), LogError> {
        let damaged = |what: &str| Err(damaged(&self.disk, name, 0, what));
        if header.first() != first {
            return damaged("its name does not say with which entry it begins");
        }
        if self.salt.is_some_and(|salt| salt != header.salt) {
            return damaged("it belongs to another log");
        }
        if !self.segments.is_empty() && header.before.index != self.last.index {
            let (begins, ended) = (first.0, self.last.index.0);
            return damaged(&format!("it begins with entry {begins}, but the file before ends with {ended}"));
        }
        if !self.segments.is_empty() && header.before != self.last {
            return damaged("it goes on with another history than that of the file before");
        }
        Ok(())
    }

    /// Reads the frames of the next segment.
    fn read_segment(&mut self, segment: &SegmentBytes<'_>) -> Result<(), LogError> {
        let SegmentBytes { name, bytes, header, is_last } = *segment;
        self.salt = Some(header.salt);
        if self.segments.is_empty() {
            self.last = header.before;
        }
        let mut offset = SEGMENT_HEADER_BYTES;
        self.last_frame = None;
        while offset < bytes.len() {
            let rest = &bytes[offset..];
            let (head, payload) = match frame::frame_at(rest, header.salt) {
                Ok(frame) => frame,
                Err(_) if is_last && rest.iter().all(|byte| *byte == 0) => break,
                Err(flaw) => {
                    let durable = !is_last || frame::proves_durable(&rest[1..], header.salt, self.last.index.next());
                    if durable {
                        return Err(damaged(&self.disk, name, offset, flaw.describe()));
                    }
                    self.end = End::Torn;
                    break;
                }
            };
            let expected = match head.kind {
                FrameKind::Entry => self.last.index.next(),
                FrameKind::Seal | FrameKind::Skip => self.last.index,
            };
            if head.index != expected || head.term < self.last.term {
                let what = format!("entry {} stands where entry {} is due", head.index.0, expected.0);
                return Err(damaged(&self.disk, name, offset, &what));
            }
            self.last_frame = Some(offset as u64);
            match head.kind {
                FrameKind::Entry => self.last = head.position_behind(self.last, rest),
                FrameKind::Skip => {
                    let skip = skips::decode(payload);
                    let (index, skip) = skip.map_err(|error| damaged(&self.disk, name, offset, &error.to_string()))?;
                    self.skips.add(index, skip);
                }
                FrameKind::Seal => {}
            }
            offset += frame::FRAME_HEADER_BYTES + payload.len();
        }
        let (first, before) = (header.first(), header.before);
        self.segments.push(Segment { name: name.to_owned(), first, before, length: offset as u64 });
        Ok(())
    }
}

/// The segments by name; other files in the folder are none of ours.
fn list(disk: &impl Disk) -> Result<Vec<(Index, String)>, LogError> {
    let names = disk.list().map_err(|source| LogError::Io { action: "list", path: disk.path(""), source })?;
    let first_of = |name: &str| name.strip_suffix(".log")?.parse().ok().map(Index);
    let segments = names.into_iter().filter_map(|name| Some((first_of(&name)?, name)));
    let mut segments: Vec<(Index, String)> = segments.filter(|(first, name)| *name == segment_name(*first)).collect();
    segments.sort_unstable();
    Ok(segments)
}

pub(super) fn read(disk: &impl Disk, name: &str) -> Result<Vec<u8>, LogError> {
    disk.read(name).map_err(|source| LogError::Io { action: "read", path: disk.path(name), source })
}

pub(super) fn damaged(disk: &impl Disk, name: &str, offset: usize, what: &str) -> LogError {
    LogError::Damaged { path: disk.path(name), offset: offset as u64, what: what.to_owned() }
}
