//! The database behind the log: tables, the rows over them that they do not hold yet, and the checkpoint that brings the
//! one into the other. Nothing here knows the log's files or the data folder.

mod buffered;
mod bulk_insert;
mod checkpoint;
mod closing;
mod copy_on_write;
mod key_range;
mod meta;
mod overlay;
mod row_map;
mod table_reader;
mod tables;
mod write_back;

pub(crate) use buffered::{BufferedDatabase, UncommittedRows};
pub(crate) use bulk_insert::Row;
pub use checkpoint::Checkpointer;
pub(crate) use checkpoint::start;
pub(crate) use copy_on_write::CopyOnWriteFile;
pub use key_range::{Direction, KeyRange};
pub use meta::FORMAT_VERSION;
pub(crate) use meta::{History, Meta, initialise, write_applied};
pub use overlay::OVERLAY_ROWS_MAX;
pub(crate) use overlay::hold::Hold;
pub(crate) use overlay::{Generation, Lying, Overlay};
pub use table_reader::PAGES_DAMAGED;
pub(crate) use table_reader::{Found, TableReader, definition, merged};
pub use tables::Layer;
pub(crate) use tables::{Snapshot, census, create_all};
pub(crate) use write_back::WriteBackFile;
