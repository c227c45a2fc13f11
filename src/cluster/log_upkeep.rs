//! The log let go of, as far as the tables hold it and as none of it will be asked for soon.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::instance::Instance;
use crate::log::Index;

/// How often it is looked how far the log has grown.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Bytes of the log that are kept for instances that lag a little: one that lacks more is sent a snapshot.
const KEPT_BYTES: u64 = 64 * 1024 * 1024;

/// How far the log had come at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    last: Index,
    /// Bytes that were ever appended.
    bytes: u64,
}

/// Marks of the log, of which the oldest is the newest that lies so many bytes back.
#[derive(Debug, Default)]
struct Marks(VecDeque<Mark>);

impl Marks {
    /// Takes a mark up, and gives the entry up to which the log is not kept.
    fn note(&mut self, mark: Mark) -> Option<Index> {
        self.0.push_back(mark);
        while let [_, second, ..] = self.0.make_contiguous()
            && second.bytes + KEPT_BYTES <= mark.bytes
        {
            self.0.pop_front();
        }
        self.0.front().filter(|oldest| oldest.bytes + KEPT_BYTES <= mark.bytes).map(|oldest| oldest.last)
    }
}

#[cfg(feature = "simulation")]
impl Instance {
    /// Lets go of all of the log that the tables hold durably.
    pub async fn let_go_of_log(&self) {
        let consensus = self.consensus();
        // One that has ended lets go of nothing.
        drop(consensus.purge(consensus.durable()).await);
    }
}

/// Lets go of the log again and again.
pub(super) async fn run(instance: Arc<Instance>) {
    let mut marks = Marks::default();
    let mut purged = Index(0);
    loop {
        sleep(LOOK_EVERY).await;
        let Some(consensus) = instance.begun() else { continue };
        let (last, bytes) = consensus.log_extent();
        let Some(unkept) = marks.note(Mark { last, bytes }).map(|index| index.min(consensus.durable())) else {
            continue;
        };
        if unkept > purged && consensus.purge(unkept).await.is_ok() {
            purged = unkept;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Index, KEPT_BYTES, Mark, Marks};

    #[test]
    fn the_log_is_kept_as_far_back_as_so_many_bytes() {
        const HALF: u64 = KEPT_BYTES / 2;
        let mut marks = Marks::default();
        let mut note = |last, bytes| marks.note(Mark { last: Index(last), bytes });
        assert_eq!(note(1, 0), None);
        assert_eq!(note(5, HALF), None);
        assert_eq!(note(9, KEPT_BYTES), Some(Index(1)));
        assert_eq!(note(9, KEPT_BYTES), Some(Index(1)), "nothing was written meanwhile");
        assert_eq!(note(12, KEPT_BYTES + HALF), Some(Index(5)));
        assert_eq!(note(99, 9 * KEPT_BYTES), Some(Index(12)));
    }
}
