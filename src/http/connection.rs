//! What the requests of one connection share: the token that was found genuine on it, and how far its exchanges are.

use super::Remembered;
use super::progress::Progress;

/// One connection, as its requests carry it along; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    pub(super) remembered: Remembered,
    pub(super) progress: Progress,
}

impl Connection {
    pub(super) fn is_half_closed(&self) -> bool {
        self.progress.is_half_closed()
    }

    /// Waits until the client has ended its side: it may still take what it is sent, or be gone.
    pub(super) async fn half_closed(&self) {
        self.progress.half_closed().await;
    }
}
