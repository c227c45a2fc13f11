//! What happens after a fault whose outcome is unknown: the process ends at once, and the next start recovers.

use std::fmt::Display;

use crate::domain::RowFault;

/// Says what went wrong and ends the process with exit code 1.
pub(super) fn end_process(what: &str, fault: &dyn Display) -> ! {
    tracing::error!(%fault, "{what}; the process ends, and the next start recovers from the log");
    std::process::exit(1);
}

/// Says that a row which the writer needs cannot be read and ends the process with exit code 1.
pub(super) fn end_unreadable(fault: &RowFault) -> ! {
    tracing::error!(
        %fault,
        "the database is damaged, so jari ends; `jari repair` rebuilds it from the log or an older copy and says what is kept"
    );
    std::process::exit(1);
}

/// Ends the process when the thread that holds it panics: a writer that stopped half-way must not look alive.
pub(super) struct EndOnPanic;

impl Drop for EndOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            end_process("a bug stopped a thread of the instance", &"see the panic message above");
        }
    }
}
