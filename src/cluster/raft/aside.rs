//! Work that waits for the disk, on a runtime: other threads do what else there is meanwhile. On a runtime of one thread, as
//! simulations have it, the work is done in its turn, so that a seed repeats what happened.

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{JoinError, block_in_place, spawn_blocking};

/// Does work aside.
///
/// # Errors
/// The runtime ends.
pub(super) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    if has_threads() { spawn_blocking(work).await } else { Ok(work()) }
}

/// Does work here, which needs what belongs to this task.
pub(super) fn in_place<T>(work: impl FnOnce() -> T) -> T {
    if has_threads() { block_in_place(work) } else { work() }
}

fn has_threads() -> bool {
    Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread
}
