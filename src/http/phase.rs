//! Whether the server goes on, and the wait for its end.

use tokio::sync::watch;

/// Whether the server goes on or is about to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Serving,
    Stopping,
}

/// Waits until the server is about to stop.
pub(super) async fn stopping(shutdown: &mut watch::Receiver<Phase>) {
    // An error means that the sender is gone, which is an end as well.
    let _ = shutdown.wait_for(|phase| *phase == Phase::Stopping).await;
}

/// The same of a receiver that nothing else needs.
pub(super) async fn stopped(mut shutdown: watch::Receiver<Phase>) {
    stopping(&mut shutdown).await;
}
