//! What happens after a fault whose outcome is unknown: the process ends at once, and the next start recovers.

use std::fmt::Display;
use std::process::exit;

/// Says what went wrong and ends the process with exit code 1.
pub(crate) fn end_process(what: &str, fault: &dyn Display) -> ! {
    tracing::error!(%fault, "{what}; the process ends, and the next start recovers from the log");
    exit(1);
}

/// Says that the database cannot be read and ends the process with exit code 1.
pub(crate) fn end_damaged(fault: &dyn Display) -> ! {
    tracing::error!(
        %fault,
        "the database is damaged, so jari ends; `jari repair` rebuilds it from the log or an older copy, says what is \
         kept, and keeps the damaged file"
    );
    exit(1);
}
