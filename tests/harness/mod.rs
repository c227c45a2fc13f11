//! Owns what all black-box tests share: the real binary on its own folder, a client, the steps that scenarios start with.

pub mod app;
pub mod client;
pub mod process;
