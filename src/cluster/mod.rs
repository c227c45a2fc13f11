//! Several instances that lead together: one log, which they order among themselves. A server that runs alone has
//! nothing of it.

pub mod link;
pub mod raft;
