//! jari (자리, "seat"): one executable that sells concert seats. See docs/ARCHITECTURE.md for the shape.

mod calendar;
pub mod cli;
pub mod config;
pub mod domain;
pub mod http;
pub mod identity;
mod load;
pub mod log;
pub mod node;
mod panics;
pub mod repair;
pub mod replica;
#[cfg(feature = "simulation")]
pub mod simulation;
pub mod storage;
pub mod telemetry;
pub mod verify;
