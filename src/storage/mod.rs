//! Where everything is kept: the log, which is the point of durability, and the database behind it. Nothing is applied
//! here, and nothing here knows HTTP.
//!
//! An entry is appended to the log and synced; the changes that it makes then go into the overlay, and from there with a
//! checkpoint into the tables.

pub mod codec;
mod data_folder;
mod database;
mod draft;
mod fault;
mod feed;
mod inspect;
mod log;
mod open;
mod open_database;
mod open_error;
mod outlook;
mod ranges;
mod rows_at_rest;
mod snapshot;
mod store;

pub(crate) use data_folder::{DATABASE_FILE, holds_data};
pub use data_folder::{MEMBERSHIP_FILE, check_folder};
pub use database::{Checkpointer, Direction, FORMAT_VERSION, KeyRange, Layer, OVERLAY_ROWS_MAX, PAGES_DAMAGED};
#[cfg(feature = "simulation")]
pub use fault::{ProcessEnd, end_tasks_only};
pub(crate) use fault::{end_damaged, end_process, exit_process};
pub use feed::{FeedBounds, FeedPart};
pub use log::{
    AnyDisk, Disk, DiskFile, EncodedEntry, End, Files, LOG_VERSION, LogError, LogReader, LogWriter, PARTS_MAX,
    SEGMENT_BYTES, Segment, SoundLog, Storable, join_parts,
};
pub use open::{DataAtRest, Opened, Options, read, read_with};
pub use open_error::{AccessError, EntryError, OpenError};
pub use ranges::{RangePart, behind};
pub use rows_at_rest::RowsAtRest;
pub use snapshot::{
    Export, ExportSource, Reached, ReceivedSnapshot, ReceivingSnapshot, Replacement, SnapshotError, SnapshotHead,
};
pub use store::Store;

// What an examination and a repair of data at rest need besides.
pub(crate) use data_folder::{DATABASE_FILE_DAMAGED, FolderLock, lock_data};
pub(crate) use draft::Draft;
pub(crate) use inspect::{Inspected, inspect, inspect_with};
pub(crate) use log::Skip;
pub(crate) use open::{read_log, rehearse};
pub(crate) use outlook::{Base, Outlook, advise, waiting_snapshot};
