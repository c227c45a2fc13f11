//! Races against the real binary: many requests at once for the same seat, place, wallet or payment. Whoever wins, the
//! answers must add up, and `jari verify` must find the data clean afterwards.

#[path = "../harness/mod.rs"]
mod harness;

mod crowd;
mod gates;
mod money;
mod queue;
mod seats;
