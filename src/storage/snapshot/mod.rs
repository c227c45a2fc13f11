//! The tables as a stream of bytes, for an instance that lacks more than the log of the others still has.
//!
//! [`Export`] gives the tables of one moment in blocks; [`ReceivingSnapshot`] takes blocks in on the disk of another
//! instance, and [`ReceivedSnapshot`] is what was taken in whole and found sound. Whoever has put it into log and tables
//! removes it, and so does a start. So it tells a start what an interrupted installation was about.

mod block;
mod error;
mod export;
mod incoming;
mod install;
mod receive;
mod received;
#[cfg(test)]
mod tests;

pub use block::{Reached, SnapshotHead};
pub use error::SnapshotError;
pub(super) use export::Offer;
pub use export::{Export, ExportSource};
pub(super) use incoming::remove_left_over;
pub use install::Replacement;
pub(super) use install::{install, stage};
pub use receive::ReceivingSnapshot;
pub use received::ReceivedSnapshot;
