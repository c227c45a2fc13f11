//! The log on the disk: what is appended and synced there is durable. Nothing here knows what commands do, or that there
//! is a database.
//!
//! Reading and judging what the disk has is one step, [`SoundLog::read`]; appending to it the next, [`LogWriter::resume`].

mod any_disk;
mod catalogue;
mod disk;
mod error;
mod frame;
mod history;
mod judge;
mod payload;
mod reader;
mod replay;
mod scan;
mod segment_file;
mod skips;
mod tail;
mod writer;

pub use any_disk::AnyDisk;
pub use disk::{Disk, DiskFile, Files};
pub use error::LogError;
pub(super) use error::author;
pub use frame::LOG_VERSION;
#[cfg(test)]
pub(super) use frame::SegmentHeader;
pub use payload::{EncodedEntry, PARTS_MAX, Storable, join_parts};
pub use reader::LogReader;
pub use scan::{End, Segment, SoundLog};
pub(crate) use skips::Skip;
pub use writer::{LogWriter, SEGMENT_BYTES};
