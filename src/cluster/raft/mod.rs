//! The order of the log, which several instances agree on: all that names the consensus library. Raft is "In Search of
//! an Understandable Consensus Algorithm" (Ongaro and Ousterhout, 2014).

mod answers;
mod config;
mod consensus;
mod convert;
mod leader;
mod leading;
mod log_store;
mod machine;
mod membership;
mod messages;
mod network;
mod progress;
mod proposals;
mod runtime;
mod types;

pub use answers::RaftAnswers;
pub use config::{ELECTION, HEARTBEAT, config};
pub use consensus::{AdmitError, Consensus, ConsensusError};
pub use leader::{Leader, Notes};
pub use log_store::{EntryReader, LogStore};
pub use machine::{Machine, Snapshots, Target};
pub use membership::RemoveError;
pub(super) use network::TABLES_PATH;
pub use network::{Network, Way};
pub use progress::Progress;
pub use proposals::{ENTRY_BYTES_MAX, Proposals, ProposeError};
pub use types::{Member, Proposal, SnapshotRows, Types};
