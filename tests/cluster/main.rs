//! What several instances rest on: log and copy under the consensus library.

mod copy;
mod founding;
mod instances;
mod linked;
mod log_suite;
mod machine;
mod network;
#[allow(dead_code, reason = "the other tests with it need the rest")]
#[path = "../storage/office.rs"]
mod office;
mod power;
mod relay;
mod shifted;
mod superseded;
mod transfers;
