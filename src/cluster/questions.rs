//! Questions how far a copy has to have come, on their way to where they are asked together.

use tokio::sync::{mpsc, oneshot};

use crate::log::Index;

/// Questions that wait for the next round beside those of the round that is under way. Each is a request within the limit
/// of those, so that whoever comes when there are more waits a moment.
const QUESTIONS_MAX: usize = 1_024;

/// Where it is asked how far the copy has to have come.
pub(super) struct Questions {
    sender: mpsc::Sender<oneshot::Sender<Index>>,
}

/// The questions as they arrive.
pub(super) type Asked = mpsc::Receiver<oneshot::Sender<Index>>;

impl Questions {
    /// Without any yet, and where they arrive.
    pub(super) fn new() -> (Self, Asked) {
        let (sender, asked) = mpsc::channel(QUESTIONS_MAX);
        (Self { sender }, asked)
    }

    /// How far the copy has to have come; nothing when nobody answers any more.
    pub(super) async fn ask(&self) -> Option<Index> {
        let (answer, answered) = oneshot::channel();
        self.sender.send(answer).await.ok()?;
        answered.await.ok()
    }
}
