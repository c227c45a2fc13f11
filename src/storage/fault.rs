//! What to do about faults of the disk. After one whose outcome is unknown the process ends at once, and the next start
//! recovers.

use std::fmt::Display;
use std::io;
use std::process::exit;

#[cfg(feature = "simulation")]
pub use self::simulated::{ProcessEnd, end_tasks_only};

/// Says what went wrong and ends the process with exit code 1.
pub(crate) fn end_process(what: &str, fault: &dyn Display) -> ! {
    tracing::error!(%fault, "{what}; the process ends, and the next start recovers all that was acknowledged from the log");
    exit_process();
}

/// Says that the database cannot be read and ends the process with exit code 1.
pub(crate) fn end_damaged(fault: &dyn Display) -> ! {
    tracing::error!(
        %fault,
        "the database is damaged, so jari ends; `jari repair` rebuilds it from the log or an older copy, says what is \
         kept, and keeps the damaged file"
    );
    exit_process();
}

/// Ends the process with exit code 1.
pub(crate) fn exit_process() -> ! {
    #[cfg(feature = "simulation")]
    simulated::end_task();
    exit(1);
}

/// Ends of processes that are simulated in one.
#[cfg(feature = "simulation")]
mod simulated {
    use std::cell::Cell;
    use std::panic::resume_unwind;

    thread_local! {
        static ENDS_TASKS_ONLY: Cell<bool> = const { Cell::new(false) };
    }

    /// What a task is unwound with that would have ended its process.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct ProcessEnd;

    /// Has the end of a process be the end of the task that it comes from, on this thread from now on.
    pub fn end_tasks_only() {
        ENDS_TASKS_ONLY.set(true);
    }

    pub(super) fn end_task() {
        if ENDS_TASKS_ONLY.get() {
            resume_unwind(Box::new(ProcessEnd));
        }
    }
}

/// What to do about a fault of the disk that `action` met.
pub(crate) fn advice(action: &str, error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory if action == "create" => {
            "; no folder can be made there, so name another with --data-dir"
        }
        io::ErrorKind::PermissionDenied if action == "look at" => {
            "; run jari as the user that the data belongs to, or name another folder with --data-dir"
        }
        io::ErrorKind::PermissionDenied if ["list", "read", "use"].contains(&action) => {
            "; run jari as the user that the data belongs to, or as the superuser"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; the folder must be writable for the user that runs jari"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; free some space and start again",
        _ => "",
    }
}
