//! Ctrl-C and SIGTERM: the run is interrupted, what was measured is told, the server that was started is ended.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::signal::unix::{SignalKind, signal};

/// A flag that is raised by the first of these signals, on a thread that waits for it as long as the process lives.
///
/// # Errors
/// Those of the system when it cannot tell of signals.
pub(super) fn watch() -> io::Result<Arc<AtomicBool>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let (mut terminate, mut interrupt) = {
        let _inside = runtime.enter();
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    let raised = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&raised);
    thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        });
        flag.store(true, Ordering::Relaxed);
    });
    Ok(raised)
}
