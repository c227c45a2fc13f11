//! Bytes that this build writes must be what every later build reads: each row, each command and each kept answer as
//! golden bytes, and a data folder that is opened as it was written.

#[path = "compatibility/golden_bytes.rs"]
mod golden_bytes;
#[path = "compatibility/kept_folder.rs"]
mod kept_folder;
#[path = "compatibility/script.rs"]
mod script;
