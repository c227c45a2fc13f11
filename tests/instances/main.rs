//! Three instances of the real binary, which sell as one: they form, take each other in, are killed, held, stopped and cut
//! off from each other. `INSTANCES_ROUNDS` plays more rounds of the last test than its own number,
//! `INSTANCES_HISTORY_SECONDS` makes the history longer, `INSTANCES_SEED` repeats a run's choices; the timing stays the
//! machine's.

#[path = "../harness/mod.rs"]
mod harness;
#[path = "../histories/mod.rs"]
mod histories;

mod cluster;
mod cuts;
mod differing;
mod examples;
mod joining;
mod leaving;
mod network;
mod one_object;
mod one_server;
mod owners;
mod rebuilding;
mod refused_starts;
mod rounds;
mod sales;
mod shopper;
