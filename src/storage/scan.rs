//! Reads the whole log and judges it: sound, torn at its end by a power cut, or damaged.
//!
//! Only the last batch can be unsynced, so only the end of the last segment can be torn, and nothing there was ever
//! acknowledged. Zeros at its end are room for frames to come. Anything wrong before the durable end is damage and
//! refuses the start: what proves it is a later frame, a later segment, or the database, which holds only what was
//! durable here first. Nothing here writes.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::codec;
use super::disk::Disk;
use super::frame::{self, FrameKind, HeaderFlaw, SEGMENT_HEADER_BYTES, SegmentHeader};
use crate::domain::Stamped;
use crate::log::{Entry, Index, Term};

/// The version of the log's format, the only one that this build writes and reads.
pub const LOG_VERSION: u32 = 2;

/// Why the log cannot be used.
#[derive(Debug, Error)]
pub enum LogError {
    #[error("cannot {action} {}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    #[error("{} is damaged at byte {offset}: {what}; put back a backup of the whole data folder", path.display())]
    Damaged { path: PathBuf, offset: u64, what: String },
    #[error(
        "{} is of log format {version}, written by {} jari; this one reads format {LOG_VERSION} only, so start the jari \
         that wrote it or name another folder with --data-dir",
        path.display(), author(u64::from(*version), u64::from(LOG_VERSION))
    )]
    Format { path: PathBuf, version: u32 },
    #[error(
        "the log {} ends with entry {}, but the database holds entry {}: its end is damaged, cut off or missing; \
         put back a backup of the whole data folder",
        path.display(), last.0, applied.0
    )]
    Behind { path: PathBuf, last: Index, applied: Index },
    #[error(
        "the log {} begins with entry {}, but the database ends with entry {}: the entries between are missing; \
         put back a backup of the whole data folder",
        path.display(), first.0, applied.0
    )]
    Gap { path: PathBuf, first: Index, applied: Index },
    #[error("a batch of {bytes} bytes is too large for the log")]
    TooLarge { bytes: usize },
    #[error("the log takes nothing more since an earlier write failed")]
    Failed,
}

/// What the log holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// In order of their entries, without a gap.
    pub segments: Vec<Segment>,
    /// The log's salt; `None` when it has no segment yet.
    pub salt: Option<u64>,
    /// The newest entry; index 0 when there never was one.
    pub last: Index,
    pub last_term: Term,
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

/// Who wrote a format that this build does not read.
pub fn author(version: u64, own_version: u64) -> &'static str {
    if version > own_version { "a newer" } else { "an older" }
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
        last: Index(0),
        last_term: Term(0),
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
        if self.last < applied {
            let newest = self.segments.last().map_or_else(|| segment_name(Index(1)), |segment| segment.name.clone());
            return Err(LogError::Behind { path: disk.path(&newest), last: self.last, applied });
        }
        match self.segments.first() {
            Some(oldest) if oldest.first > applied.next() => {
                Err(LogError::Gap { path: disk.path(&oldest.name), first: oldest.first, applied })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Gives every entry above `after` to `each`, in order.
    ///
    /// # Errors
    /// What `each` says, or a file cannot be read any more.
    pub fn replay<E: From<LogError>>(
        &self,
        disk: &impl Disk,
        after: Index,
        mut each: impl FnMut(Entry) -> Result<(), E>,
    ) -> Result<(), E> {
        let salt = self.salt.unwrap_or_default();
        for (position, segment) in self.segments.iter().enumerate() {
            let ends_before = self.segments.get(position + 1).is_some_and(|next| next.first <= after.next());
            if ends_before {
                continue;
            }
            let bytes = read(disk, &segment.name)?;
            let mut offset = SEGMENT_HEADER_BYTES;
            while (offset as u64) < segment.length {
                let (header, payload) = frame::frame_at(&bytes[offset..], salt)
                    .map_err(|flaw| damaged(disk, &segment.name, offset, flaw.describe()))?;
                if header.kind == FrameKind::Entry && header.index > after {
                    let batch: Vec<Stamped> = codec::decode_payload(payload)
                        .map_err(|error| damaged(disk, &segment.name, offset, &error.to_string()))?;
                    each(Entry { index: header.index, term: header.term, batch })?;
                }
                offset += frame::FRAME_HEADER_BYTES + payload.len();
            }
        }
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

/// Whether the last file is one whose creation a power cut broke off: nothing but its head was ever written before it
/// became durable, and only the first segment of all can stand alone.
fn unborn(bytes: &[u8], first: Index, scan: &Scan) -> bool {
    let follows = if scan.segments.is_empty() { first == Index(1) } else { first == scan.last.next() };
    bytes.len() <= SEGMENT_HEADER_BYTES && follows
}

fn check_header(
    disk: &impl Disk,
    name: &str,
    first: Index,
    header: SegmentHeader,
    scan: &Scan,
) -> Result<(), LogError> {
    if header.first != first {
        return Err(damaged(disk, name, 0, "its name does not say with which entry it begins"));
    }
    if scan.salt.is_some_and(|salt| salt != header.salt) {
        return Err(damaged(disk, name, 0, "it belongs to another log"));
    }
    if !scan.segments.is_empty() && header.first != scan.last.next() {
        let what = format!("it begins with entry {}, but the file before ends with {}", first.0, scan.last.0);
        return Err(damaged(disk, name, 0, &what));
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
        scan.last = Index(header.first.0 - 1);
    }
    let mut offset = SEGMENT_HEADER_BYTES;
    scan.last_frame = None;
    while offset < bytes.len() {
        let rest = &bytes[offset..];
        let (head, payload) = match frame::frame_at(rest, header.salt) {
            Ok(frame) => frame,
            Err(_) if is_last && rest.iter().all(|byte| *byte == 0) => break,
            Err(flaw) => {
                let durable = !is_last || frame::proves_durable(&rest[1..], header.salt, scan.last.next());
                if durable {
                    return Err(damaged(disk, name, offset, flaw.describe()));
                }
                scan.end = End::Torn;
                break;
            }
        };
        let expected = match head.kind {
            FrameKind::Entry => scan.last.next(),
            FrameKind::Seal => scan.last,
        };
        if head.index != expected || head.term < scan.last_term {
            let what = format!("entry {} stands where entry {} is due", head.index.0, expected.0);
            return Err(damaged(disk, name, offset, &what));
        }
        scan.last_frame = Some(offset as u64);
        scan.last = head.index;
        scan.last_term = head.term;
        offset += frame::FRAME_HEADER_BYTES + payload.len();
    }
    scan.segments.push(Segment { name: name.to_owned(), first: header.first, length: offset as u64 });
    Ok(())
}

fn read(disk: &impl Disk, name: &str) -> Result<Vec<u8>, LogError> {
    disk.read(name).map_err(|source| LogError::Io { action: "read", path: disk.path(name), source })
}

fn damaged(disk: &impl Disk, name: &str, offset: usize, what: &str) -> LogError {
    LogError::Damaged { path: disk.path(name), offset: offset as u64, what: what.to_owned() }
}
