//! The database behind the log: tables, the rows over them that they do not hold yet, and the checkpoint that brings the
//! one into the other. Nothing here knows the log's files or the data folder.

mod buffered;
mod bulk_insert;
mod checkpoint;
mod closing;
mod copy_on_write;
mod meta;
mod overlay;
mod row_map;
mod table_reader;
mod tables;
mod write_back;

pub use buffered::BufferedDatabase;
pub use checkpoint::{Checkpointer, start};
pub use copy_on_write::CopyOnWriteFile;
pub use meta::{FORMAT_VERSION, History, Meta, initialise};
pub use overlay::{Generation, OVERLAY_ROWS_MAX};
pub use table_reader::{Found, PAGES_DAMAGED, merged};
pub use tables::{Layer, Snapshot, census};
pub use write_back::WriteBackFile;
