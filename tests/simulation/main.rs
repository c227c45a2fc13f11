//! Three whole instances in one thread, under virtual time: node, tenures, HTTP and the link between them over simulated
//! machines, clocks and a simulated network, with customers whose histories are checked. The same seed has the same happen.
//! `SIMULATION_SEEDS` says how many, `SIMULATION_FROM` which is the first.

#[cfg(not(tokio_unstable))]
compile_error!("build with `--cfg tokio_unstable`: RUSTFLAGS of the environment take the place of .cargo/config.toml");

#[path = "../harness/mod.rs"]
#[allow(dead_code, reason = "no process is started here")]
mod harness;
#[path = "../histories/mod.rs"]
#[allow(dead_code, reason = "what shows what is wrong is needed when something is")]
mod histories;

mod audit;
mod clocks;
mod machine;
mod network;
mod planted;
mod run;
mod world;
