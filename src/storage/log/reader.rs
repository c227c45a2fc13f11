//! Entries of a log that is being written, read by ranges: for an instance that has to be sent what it lacks.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::catalogue::{Catalogue, Extent};
use super::disk::Disk;
use super::error::LogError;
use super::frame::{self, FrameKind};
use super::payload::{EncodedEntry, entries_of};
use crate::log::{Index, LogId};

/// Reads a log beside its writer; cheap to clone.
#[derive(Clone, Debug)]
pub struct LogReader<D: Disk> {
    disk: D,
    salt: u64,
    catalogue: Arc<Catalogue>,
}

impl<D: Disk> LogReader<D> {
    pub(super) fn new(disk: D, salt: u64, catalogue: Arc<Catalogue>) -> Self {
        Self { disk, salt, catalogue }
    }

    /// The entries of a range, ascending without a gap, from its first one on: no more than fit into `bytes_max` by what
    /// they say, but at least one; none when the first is not there, since it was purged, cut or never written. What a
    /// repair took out is given as it was written.
    ///
    /// # Errors
    /// A file cannot be read, or is not as it was written.
    pub fn read(&self, range: &Range<Index>, bytes_max: u64) -> Result<Vec<EncodedEntry>, LogError> {
        let (mut entries, mut bytes) = (Vec::new(), 0);
        for extent in self.catalogue.frames(range, bytes_max) {
            let of_frame = match self.read_frame(&extent) {
                Ok(of_frame) => of_frame,
                // It was purged meanwhile.
                Err(_) if !self.catalogue.has(&extent) => break,
                Err(error) => return Err(error),
            };
            for entry in of_frame.into_iter().filter(|entry| range.contains(&entry.index())) {
                bytes += entry.content.len() as u64;
                if bytes > bytes_max && !entries.is_empty() {
                    return Ok(entries);
                }
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    /// The entries of a frame that were not cut.
    fn read_frame(&self, extent: &Extent) -> Result<Vec<EncodedEntry>, LogError> {
        let name = &*extent.segment;
        let length = usize::try_from(extent.bytes).expect("a frame was written from memory");
        let bytes = self.disk.read_at(name, extent.offset, length).map_err(|source| LogError::Io {
            action: "read",
            path: self.disk.path(name),
            source,
        })?;
        let bytes = Bytes::from(bytes);
        let damaged =
            |what: &str| LogError::Damaged { path: self.disk.path(name), offset: extent.offset, what: what.to_owned() };
        let (head, payload) = frame::frame_at(&bytes, self.salt).map_err(|flaw| damaged(flaw.describe()))?;
        if head.kind != FrameKind::Entries || head.id.index != extent.first {
            return Err(damaged("another frame stands there"));
        }
        let ids = (extent.first.0..=extent.last.0).map(|index| LogId { index: Index(index), ..head.id });
        let entry = |(id, content)| EncodedEntry { id, content: bytes.slice_ref(content) };
        let entries: Vec<EncodedEntry> = ids.zip(entries_of(payload)).map(entry).collect();
        assert!(entries.last().is_some_and(|last| last.index() == extent.last), "a frame has the entries that it had");
        Ok(entries)
    }
}
