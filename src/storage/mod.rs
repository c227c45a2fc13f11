//! Where everything is kept: the log, which is the point of durability, and the database behind it.
//!
//! A batch is appended to the log and synced; its changes then go into the overlay, from where a thread carries them
//! into the tables. At start the tables are read and the log's newer entries applied. Nothing here knows HTTP.

mod ascending;
mod blame;
pub mod codec;
mod disk;
mod feed;
mod folder;
mod frame;
mod journal;
mod keys;
mod load;
mod open;
mod overlay;
mod row_map;
mod scan;
pub mod simulated;
mod store;
mod table_thread;
mod tables;
mod untouched;
mod verify;

pub use codec::PAYLOAD_BYTES_MAX;
pub use disk::{Disk, DiskFile, Files};
pub use feed::{FeedBounds, FeedPart};
pub use journal::{Journal, SEGMENT_BYTES};
pub use open::{FORMAT_VERSION, OpenError, Opened, Options, TableWriter, open, open_with};
pub use overlay::OVERLAY_ROWS_MAX;
pub use scan::LogError;
pub use store::Store;
pub use table_thread::OnFault;
pub use tables::Layer;
pub use verify::{Broken, LogSummary, Report, verify, verify_with};
