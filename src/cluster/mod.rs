//! Several instances that lead together: one log, which they order among themselves. A server that runs alone has
//! nothing of it.

pub mod forming;
mod hexadecimal;
pub mod link;
pub mod membership;
pub mod raft;
