//! Why a run could not be done.

use std::io;

use super::client::Fault;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0}")]
    Server(String),
    #[error("cannot start the generator: {0}")]
    Start(#[source] io::Error),
    #[error("cannot {what}: {fault}")]
    Unanswered { what: String, fault: Fault },
    #[error("cannot {what}: the server answers {response}")]
    Refused { what: String, response: String },
    #[error("this scenario makes concerts of its own: give --operator-key-file, --operator-key or JARI_OPERATOR_KEY")]
    NeedsKey,
    #[error("ended before its time, while it was to {what}")]
    Interrupted { what: String },
}
