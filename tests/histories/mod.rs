//! Owns histories of few seats and few wallets, which customers make at several instances at once, and whether each of them
//! is that of one object. Knows nothing of how the instances run, nor of what happens to them.

pub(crate) mod asking;
pub(crate) mod customer;
pub(crate) mod linearizability;
pub(crate) mod reading;
pub(crate) mod recorder;
pub(crate) mod seat;
pub(crate) mod shortest;
pub(crate) mod wallet;
