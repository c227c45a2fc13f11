//! Several instances that lead together: one log, which they order among themselves. A server that runs alone has
//! nothing of it.

mod candidacy;
mod control;
mod entering;
pub mod forming;
mod founding;
mod freshness;
mod hexadecimal;
mod instance;
pub mod key_file;
mod leader_changes;
pub mod link;
mod log_upkeep;
mod member_changes;
mod members;
pub mod membership;
mod peer_answers;
mod peers;
mod proposing;
mod questions;
pub mod raft;
mod removal;
mod reports;
mod status;
mod succession;
mod taking_part;
pub mod tenure;

pub use entering::{EnterError, Entered, Options, enter};
pub use founding::{FoundingError, found};
pub use freshness::NotFresh;
pub use instance::{Forwarded, Instance};
pub use members::{Caution, MemberError, add, remove};
pub use peer_answers::{NOT_LEADING, UNDONE};
pub use proposing::Proposal;
pub use status::{Link, MemberStatus, Readiness, Role, Status};
pub use succession::hand_over;
pub use taking_part::take_part;
