//! Reads the whole log and judges it: sound, torn at its end by a power cut, or damaged.
//!
//! Only the last batch can be unsynced, so only the end of the last segment can be torn, and nothing there was ever
//! acknowledged. Zeros at its end are room for frames to come. Anything wrong before the durable end is damage and
//! refuses the start: what proves it is a later frame, a later segment, or the database, which holds only what was
//! durable here first. Nothing here writes.

use super::disk::Disk;
use super::frame::{self, FrameKind, HeaderFlaw, SEGMENT_HEADER_BYTES, SegmentHeader};
use super::log_error::LogError;
use super::replay;
use super::skips::{self, Skips};
use crate::log::{Index, Position};

/// The version of the log's format, the only one that this build writes and reads.
pub const LOG_VERSION: u32 = 2;

/// What the log holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// In order of their entries, without a gap.
    pub segments: Vec<Segment>,
    /// The log's salt; `None` when it has no segment yet.
    pub salt: Option<u64>,
    /// Where the history stands; index 0 when there never was an entry.
    pub last: Position,
    /// What a repair took out.
    pub skips: Skips,
    pub end: End,
    /// Where the last sound frame of the last segment begins; `None` when that has none.
    pub last_frame: Option<u64>,
    /// Behind the last segment, the file of one whose creation never became durable.
    pub unborn: Option<String>,
}

/// One file of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub name: String,
    pub first: Index,
    /// Where the history stands before its first entry.
    pub before: Position,
    /// Bytes up to the end of its last sound frame.
    pub length: u64,
}

/// A log that was read: its files, and what was found in them.
pub struct SoundLog<'a, D: Disk> {
    pub disk: &'a D,
    pub scan: &'a Scan,
}

// Derived ones would ask the disk to be copied, too.
impl<D: Disk> Copy for SoundLog<'_, D> {}

impl<D: Disk> Clone for SoundLog<'_, D> {
    fn clone(&self) -> Self {
        *self
    }
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
pub fn segment_name(first: Index) -> String {
    format!("{:020}.log", first.0)
}

/// Reads and judges all segments. The database's evidence is asked for by [`Scan::check_against`].
///
/// # Errors
/// The log is damaged, from a newer version, or unreadable.
pub fn scan(disk: &impl Disk) -> Result<Scan, LogError> {
    let names: Vec<(Index, String)> = list(disk)?;
    let mut scan = Scan {
        segments: Vec::new(),
        salt: None,
        last: Position::default(),
        skips: Skips::default(),
        end: End::Whole,
        last_frame: None,
        unborn: None,
    };
    for (position, (first, name)) in names.iter().enumerate() {
        let bytes = read(disk, name)?;
        let is_last = position + 1 == names.len();
        match SegmentHeader::decode(&bytes, LOG_VERSION) {
            Ok(header) => {
                check_header(disk, name, *first, header, &scan)?;
                read_segment(disk, name, &bytes, header, is_last, &mut scan)?;
            }
            Err(HeaderFlaw::Version(version)) => return Err(LogError::Format { path: disk.path(name), version }),
            Err(HeaderFlaw::Damaged) if is_last && unborn(&bytes, *first, &scan) => {
                scan.unborn = Some(name.clone());
            }
            Err(HeaderFlaw::Damaged) => {
                return Err(damaged(disk, name, 0, "the head of the file is damaged"));
            }
        }
    }
    Ok(scan)
}

impl Scan {
    /// Compares with the database, which holds every entry up to `applied`.
    ///
    /// # Errors
    /// Entries are missing before or behind what the log holds.
    pub fn check_against(&self, applied: Index, disk: &impl Disk) -> Result<(), LogError> {
        if self.last.index < applied {
            let newest = self.segments.last().map_or_else(|| segment_name(Index(1)), |segment| segment.name.clone());
            return Err(LogError::Behind { path: disk.path(&newest), last: self.last.index, applied });
        }
        match self.segments.first() {
            Some(oldest) if oldest.first > applied.next() => {
                Err(LogError::Gap { path: disk.path(&oldest.name), first: oldest.first, applied })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether it has every entry that there ever was.
    pub fn reaches_back(&self) -> bool {
        self.segments.first().is_none_or(|oldest| oldest.first == Index(1))
    }

    /// Compares with the history that a database was written from: its salt and how far it came.
    ///
    /// # Errors
    /// It is another one, or entries are missing before or behind what the log holds.
    pub fn check_history(&self, salt: u64, applied: Position, disk: &impl Disk) -> Result<(), LogError> {
        self.check_against(applied.index, disk)?;
        let is_same = match self.salt {
            // A log whose first file never became durable holds nothing that could differ.
            None => true,
            Some(own) => own == salt && self.position_at(disk, applied.index)?.is_none_or(|own| own == applied),
        };
        if is_same {
            return Ok(());
        }
        let newest = self.segments.last().expect("a log with a salt has a file");
        Err(LogError::OtherHistory { path: disk.path(&newest.name), index: applied.index })
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

/// Whether the last file is one whose creation a power cut broke off: nothing but its head was ever written before it
/// became durable, and only the first segment of all can stand alone.
fn unborn(bytes: &[u8], first: Index, scan: &Scan) -> bool {
    let follows = if scan.segments.is_empty() { first == Index(1) } else { first == scan.last.index.next() };
    bytes.len() <= SEGMENT_HEADER_BYTES && follows
}

fn check_header(
    disk: &impl Disk,
    name: &str,
    first: Index,
    header: SegmentHeader,
    scan: &Scan,
) -> Result<(), LogError> {
    if header.first() != first {
        return Err(damaged(disk, name, 0, "its name does not say with which entry it begins"));
    }
    if scan.salt.is_some_and(|salt| salt != header.salt) {
        return Err(damaged(disk, name, 0, "it belongs to another log"));
    }
    if !scan.segments.is_empty() && header.before.index != scan.last.index {
        let what = format!("it begins with entry {}, but the file before ends with {}", first.0, scan.last.index.0);
        return Err(damaged(disk, name, 0, &what));
    }
    if !scan.segments.is_empty() && header.before != scan.last {
        return Err(damaged(disk, name, 0, "it goes on with another history than that of the file before"));
    }
    Ok(())
}

/// Reads the frames of one segment into `scan`.
fn read_segment(
    disk: &impl Disk,
    name: &str,
    bytes: &[u8],
    header: SegmentHeader,
    is_last: bool,
    scan: &mut Scan,
) -> Result<(), LogError> {
    scan.salt = Some(header.salt);
    if scan.segments.is_empty() {
        scan.last = header.before;
    }
    let mut offset = SEGMENT_HEADER_BYTES;
    scan.last_frame = None;
    while offset < bytes.len() {
        let rest = &bytes[offset..];
        let (head, payload) = match frame::frame_at(rest, header.salt) {
            Ok(frame) => frame,
            Err(_) if is_last && rest.iter().all(|byte| *byte == 0) => break,
            Err(flaw) => {
                let durable = !is_last || frame::proves_durable(&rest[1..], header.salt, scan.last.index.next());
                if durable {
                    return Err(damaged(disk, name, offset, flaw.describe()));
                }
                scan.end = End::Torn;
                break;
            }
        };
        let expected = match head.kind {
            FrameKind::Entry => scan.last.index.next(),
            FrameKind::Seal | FrameKind::Skip => scan.last.index,
        };
        if head.index != expected || head.term < scan.last.term {
            let what = format!("entry {} stands where entry {} is due", head.index.0, expected.0);
            return Err(damaged(disk, name, offset, &what));
        }
        scan.last_frame = Some(offset as u64);
        match head.kind {
            FrameKind::Entry => scan.last = replay::after(scan.last, head, rest),
            FrameKind::Skip => {
                let skip = skips::decode(payload).map_err(|error| damaged(disk, name, offset, &error.to_string()))?;
                scan.skips.add(skip.0, skip.1);
            }
            FrameKind::Seal => {}
        }
        offset += frame::FRAME_HEADER_BYTES + payload.len();
    }
    let (first, before) = (header.first(), header.before);
    scan.segments.push(Segment { name: name.to_owned(), first, before, length: offset as u64 });
    Ok(())
}

pub fn read(disk: &impl Disk, name: &str) -> Result<Vec<u8>, LogError> {
    disk.read(name).map_err(|source| LogError::Io { action: "read", path: disk.path(name), source })
}

pub fn damaged(disk: &impl Disk, name: &str, offset: usize, what: &str) -> LogError {
    LogError::Damaged { path: disk.path(name), offset: offset as u64, what: what.to_owned() }
}
