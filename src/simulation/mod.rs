//! A machine in memory whose power can be cut: its disk keeps any part of what was not synced. Tests are built with it,
//! the product is not.
//!
//! Per 512-byte sector any version since the last sync may survive, a file's length may be any of those it had, or
//! part of what a write added, and unsynced creations and removals may be forgotten. Everything follows from one seed.

mod hardware;
mod machine;
mod random;
mod simulated_database;
mod simulated_disk;
mod simulated_file;

pub use machine::Machine;
pub use random::Random;
pub use simulated_database::SimulatedDatabase;
pub use simulated_disk::SimulatedDisk;
