//! Where everything is kept: the log, which is the point of durability, and the database behind it.
//!
//! A batch is appended to the log and synced; its changes then go into the overlay, from where a thread carries them
//! into the tables. At start the tables are read and the log's newer entries applied. Nothing here knows HTTP.

mod access;
mod ascending;
mod closing;
pub mod codec;
mod disk;
mod feed;
mod folder;
mod frame;
mod journal;
mod load;
mod log_error;
mod open;
mod open_error;
mod outlook;
mod overlay;
mod panics;
mod repair;
mod replay;
mod row_map;
mod scan;
pub mod simulated;
mod skips;
mod staged;
mod store;
mod table_reader;
mod table_thread;
mod tables;
mod untouched;
mod verify;

pub use codec::PAYLOAD_BYTES_MAX;
pub use disk::{Disk, DiskFile, Files};
pub use feed::{FeedBounds, FeedPart};
pub use journal::{Journal, SEGMENT_BYTES};
pub use log_error::LogError;
pub use open::{FORMAT_VERSION, Opened, Options, TableWriter, open, open_with};
pub use open_error::{EntryError, OpenError};
pub use overlay::OVERLAY_ROWS_MAX;
pub use repair::{Repair, RepairError, Repaired, repair};
pub use store::Store;
pub use table_thread::OnFault;
pub use tables::Layer;
pub use verify::{Broken, LogSummary, Report, holds_data, verify, verify_with};
