//! What several instances rest on: the log under the consensus library.

mod log_suite;
mod machine;
mod power;
mod shifted;
