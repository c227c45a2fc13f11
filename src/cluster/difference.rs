//! An instance whose copy is not equal to those of a majority ends, and does not come again: whatever it would answer could be wrong.

use super::instance::Instance;
use crate::log::Index;
use crate::storage::exit_process;

/// Keeps that the copy of this instance differs from those of a majority at an entry, and ends the process.
pub(super) fn take(instance: &Instance, at: Index) -> ! {
    let noted = instance.note_difference(at);
    let entry = at.0;
    tracing::error!(
        entry,
        "the copy of this instance differs from those of the others at entry {entry} or before, so it ends: replace it by an \
         empty one under a new id, by `jari cluster remove` and `jari cluster add`, and report this with the log of the process"
    );
    if let Err(error) = noted {
        tracing::error!(
            "that could not be noted in the data folder, so that the next start does not know of it: {error}"
        );
    }
    exit_process();
}
