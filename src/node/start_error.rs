//! Why an instance could not start, or not stop in order.

use std::path::PathBuf;

use thiserror::Error;

use crate::cluster;
use crate::domain::Currency;
use crate::storage;

/// Why an instance could not start.
#[derive(Debug, Error)]
pub enum StartError {
    #[error(transparent)]
    Storage(#[from] storage::OpenError),
    #[error("a thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
    #[error(transparent)]
    Enter(#[from] cluster::EnterError),
    #[error(transparent)]
    Consensus(#[from] cluster::raft::ConsensusError),
    #[error(transparent)]
    Membership(#[from] cluster::membership::MembershipError),
    #[error(
        "the amounts of the cluster are in {kept}, but wallet.currency is {wanted}: set wallet.currency = \"{kept}\""
    )]
    OtherCurrency { kept: Currency, wanted: Currency },
    #[error("the other instances do not take this one in: {0}")]
    Refused(String),
    #[error(
        "the data in {} is that of a member of a cluster: start it with --node-id, --peers and --cluster-key-file",
        data_dir.display()
    )]
    MemberAlone { data_dir: PathBuf },
    #[error(
        "the amounts in {} are in {kept}, but wallet.currency is {wanted}: set wallet.currency = \"{kept}\", or name \
         another folder with --data-dir",
        data_dir.display()
    )]
    Currency { data_dir: PathBuf, kept: Currency, wanted: Currency },
}

/// Why an instance could not stop in order.
#[derive(Debug, Error)]
pub enum StopError {
    #[error("the log could not be sealed ({0}); nothing is lost: the next start reads it as after a crash")]
    Log(String),
    #[error("the database could not be brought up to date ({0}); nothing is lost: the next start does it from the log")]
    Database(String),
}
