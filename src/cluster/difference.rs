//! An instance whose copy is not equal to those of a majority ends, and does not come again: whatever it would answer could be wrong.

use super::instance::Instance;
use crate::domain::NodeId;
use crate::log::Index;
use crate::storage::exit_process;

/// What is to be done about a copy that differs, as the end of the sentence that tells of it.
pub(super) fn advice(node: NodeId) -> String {
    format!(
        "make its database anew from theirs, while another instance runs, with what this one is started with: `jari cluster \
         rebuild --node-id {node} --peers … --cluster-key-file … --data-dir …`; and report this with the log of the process"
    )
}

/// Keeps that the copy of this instance differs from those of a majority at an entry, and ends the process.
pub(super) fn take(instance: &Instance, at: Index) -> ! {
    let noted = instance.note_difference(at);
    let (entry, advice) = (at.0, advice(instance.membership().node));
    tracing::error!(
        entry,
        "the copy of this instance differs from those of the others at entry {entry} or before, so it ends: {advice}"
    );
    if let Err(error) = noted {
        tracing::error!(
            "that could not be noted in the data folder, so that the next start does not know of it: {error}"
        );
    }
    exit_process();
}
