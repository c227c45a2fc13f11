//! The files of the log as the writer opens and creates them.

use std::io;

use super::disk::{Disk, DiskFile};
use super::error::LogError;
use super::frame::{SEGMENT_HEADER_BYTES, SegmentHeader};
use super::scan::{Marks, Segment, segment_name};

/// Opens the last segment behind its last sound frame, which begins at byte `last_frame`.
pub(super) fn reopen<D: Disk>(disk: &D, segment: &Segment, last_frame: Option<u64>) -> Result<D::File, LogError> {
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

/// Creates a segment; it is durable with its name before it takes a frame.
pub(super) fn begin<D: Disk>(disk: &D, header: SegmentHeader) -> Result<(Segment, D::File), LogError> {
    let name = segment_name(header.ordinal);
    let mut file = disk.create(&name).map_err(|source| fault(disk, "create", &name, source))?;
    file.write(0, &header.encode()).map_err(|source| fault(disk, "write to", &name, source))?;
    file.sync().map_err(|source| fault(disk, "sync", &name, source))?;
    disk.sync_folder().map_err(|source| fault(disk, "sync the folder of", &name, source))?;
    let (before, length) = (header.before, SEGMENT_HEADER_BYTES as u64);
    Ok((Segment { name, before, highest: before.index(), marks: Marks::default(), length }, file))
}

pub(super) fn fault(disk: &impl Disk, action: &'static str, name: &str, source: io::Error) -> LogError {
    LogError::Io { action, path: disk.path(name), source }
}

pub(super) fn usize_of(offset: u64) -> usize {
    usize::try_from(offset).expect("a segment was read into memory")
}
