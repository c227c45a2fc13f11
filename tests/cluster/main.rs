//! What several instances rest on: the log under the consensus library.

mod instances;
mod log_suite;
mod machine;
mod network;
mod power;
mod shifted;
