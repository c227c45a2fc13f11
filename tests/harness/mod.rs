//! Owns what all black-box tests share: the real binary on its own folder, a client, the first steps of scenarios.

pub mod app;
pub mod client;
pub mod process;
