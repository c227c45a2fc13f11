//! jari (자리, "seat"): one executable that sells concert seats. See docs/ARCHITECTURE.md for the shape.

// A fault is told and never unwrapped; `println!` panics when its reader is gone.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr))]

#[macro_use]
pub mod planted;

mod blocking;
mod calendar;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod domain;
pub mod http;
pub mod identity;
mod load;
pub mod log;
pub mod node;
mod panics;
mod random_ids;
pub mod repair;
pub mod replica;
#[cfg(feature = "simulation")]
pub mod simulation;
pub mod storage;
pub mod telemetry;
pub mod verify;

#[cfg(feature = "simulation")]
pub use self::random_ids::simulated::seed_ids;
