//! How the server is watched from outside: the log of the process, and the one list of its metrics. It knows nothing of
//! what is logged and measured.

pub mod log;
pub mod metrics;
