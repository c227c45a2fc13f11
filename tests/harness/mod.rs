//! Owns what all black-box tests share: the real binary on its own folder, a client, the first steps of scenarios.

#[allow(dead_code, reason = "each of the test binaries takes the steps that it needs")]
pub(crate) mod app;
#[allow(dead_code, reason = "only the scenarios of refusals ask for an operation by its description")]
pub(crate) mod client;
#[allow(dead_code, reason = "only the scenarios of several instances start them")]
pub(crate) mod cluster;
pub(crate) mod described;
#[allow(dead_code, reason = "only the scenarios of several instances ask one after the other")]
pub(crate) mod endpoints;
#[allow(dead_code, reason = "only the scenarios of several instances need them")]
pub(crate) mod ports;
#[allow(dead_code, reason = "only the tests of several instances start servers that wait for each other")]
pub(crate) mod process;
#[allow(dead_code, reason = "not every test binary follows a stream")]
pub(crate) mod stream;
