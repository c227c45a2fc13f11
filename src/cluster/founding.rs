//! A log that was written alone becomes the beginning of one that several instances order.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::domain::{Members, NodeId};
use crate::log::{Content, Entry, Leadership, LogId, Term, Vote};
use crate::replica::Replica;
use crate::storage::{Disk, LogError, LogWriter};

/// The first term that is not one of a server that runs alone.
const FIRST_TERM: Term = Term(2);

/// Why a cluster could not be founded.
#[derive(Debug, Error)]
pub enum FoundingError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("the database could not be written: {0}")]
    Database(#[from] redb::Error),
    #[error("a row cannot be read: {0}")]
    Row(#[from] crate::domain::RowFault),
}

/// Makes `node`, which others reach at `address`, the only member, elected by itself. What was written before is in the
/// tables behind it, and none of it is sent to others as entries. A crash at any point leaves a log with which this goes
/// on where it stopped.
///
/// # Errors
/// The disk or the database fails.
pub fn found(
    replica: &Replica,
    log: &mut LogWriter<impl Disk>,
    node: NodeId,
    address: &str,
) -> Result<(), FoundingError> {
    let leadership = Leadership { term: FIRST_TERM, node };
    if replica.look().members().is_none() {
        let id = LogId { leadership, index: log.last().next() };
        let addresses = BTreeMap::from([(node, address.to_owned())]);
        let members = Members { voters: vec![BTreeSet::from([node])], addresses };
        let entry = Entry { id, content: Content::Members(members), skipped: BTreeSet::new() };
        log.append(std::slice::from_ref(&entry))?;
        replica.apply(&entry, log.position(), &mut ())?;
    }
    if log.vote().is_none() {
        // The frame of the vote says that the members are committed, so that a start applies them.
        log.commit(log.last());
        log.save_vote(Vote { leadership, is_elected: true })?;
    }
    if log.purged().leadership == Leadership::default() || log.purged().leadership == Leadership::ALONE {
        replica.store().write_out()?;
        log.begin_file()?;
        log.purge(log.last())?;
    }
    Ok(())
}
