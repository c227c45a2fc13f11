//! Work that waits for the disk or takes long, within a runtime: other threads do what else there is meanwhile. On a runtime
//! of one thread, as simulations have it, the work is done in its turn, so that a seed repeats what happened.

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{JoinError, block_in_place, spawn_blocking};

/// Does the work on a thread that may wait.
///
/// # Errors
/// The runtime ends, or the work panicked.
pub(crate) async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    if has_threads() { spawn_blocking(work).await } else { Ok(work()) }
}

/// Does work here that needs what belongs to this task.
pub(crate) fn run_in_place<T>(work: impl FnOnce() -> T) -> T {
    if has_threads() { block_in_place(work) } else { work() }
}

fn has_threads() -> bool {
    Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread
}
