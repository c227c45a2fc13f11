//! Where everything is kept: the log, which is the point of durability, and the database behind it. Nothing is applied
//! here, and nothing here knows HTTP.
//!
//! An entry is appended to the log and synced; the changes that it makes then go into the overlay, from where a thread
//! carries them into the tables.

pub(crate) mod access;
mod ascending;
mod closing;
pub mod codec;
mod disk;
mod feed;
pub(crate) mod folder;
mod frame;
pub(crate) mod inspect;
mod journal;
mod log_error;
pub(crate) mod open;
mod open_error;
pub(crate) mod outlook;
mod overlay;
mod replay;
mod row_map;
mod rows_at_rest;
pub(crate) mod scan;
pub(crate) mod skips;
mod staged;
mod store;
mod table_reader;
mod table_thread;
mod tables;
mod untouched;

pub use access::{AccessError, check_folder};
pub use codec::PAYLOAD_BYTES_MAX;
pub use disk::{Disk, DiskFile, Files};
pub use feed::{FeedBounds, FeedPart};
pub use folder::{DATABASE_FILE, holds_data};
pub use journal::{Journal, SEGMENT_BYTES};
pub use log_error::LogError;
pub use open::{DataAtRest, FORMAT_VERSION, Opened, Options, TableWriter, read, read_with};
pub use open_error::{EntryError, OpenError};
pub use overlay::OVERLAY_ROWS_MAX;
pub use rows_at_rest::RowsAtRest;
pub use scan::SoundLog;
pub use store::Store;
pub use table_thread::OnFault;
pub use tables::{Layer, PAGES_DAMAGED};
