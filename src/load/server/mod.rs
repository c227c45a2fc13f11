//! The server that is measured, as far as it is more than an address: one that is started for the run, and what its
//! log cost.

mod child;
mod log_usage;

pub(crate) use child::ChildServer;
pub(crate) use log_usage::LogUsage;
