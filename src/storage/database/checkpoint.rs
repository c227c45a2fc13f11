//! Who writes checkpoints, and when: in a server a thread, one after the other, behind the replies.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::super::fault::{advice, end_damaged, end_process};
use super::buffered::BufferedDatabase;
use super::table_reader::PAGES_DAMAGED;
use crate::panics;

/// Between two checkpoints, so that rows and pages which change often are written once and the disk and the processor
/// are left to the log. Nobody waits for it: replies need only the log. On a machine of 2 cores, with 100,000 users, a
/// tenth of it cost a quarter of the charges and a tenth of the holds, and twice as much brought nothing more.
const PAUSE: Duration = Duration::from_millis(250);

/// A checkpoint that takes so long is told as trouble: usual ones take a tenth of a second.
const SLOW: Duration = Duration::from_secs(5);

/// What to do when a commit fails. The log still holds everything, so the process ends at once and starts again.
pub(super) type OnFault = Box<dyn FnOnce(redb::Error) + Send>;

/// Who writes checkpoints.
pub enum Checkpointer {
    /// A thread of its own, which lets rows gather for `pause` between two of them and calls `on_fault` when one fails.
    Thread { pause: Duration, on_fault: OnFault },
    /// The caller, when it asks for one: a repair or a simulation, in which nothing happens by itself.
    Caller,
}

impl Checkpointer {
    /// A thread that writes the database `path` now and then and ends the process when a checkpoint fails.
    pub fn of_server(path: PathBuf) -> Self {
        Self::Thread { pause: PAUSE, on_fault: Box::new(move |error| end_by(&path, error)) }
    }
}

fn end_by(path: &Path, error: redb::Error) {
    match error {
        redb::Error::Corrupted(what) => end_damaged(&what),
        error => end_process(&unwritten(path, &error), &error),
    }
}

/// Which database could not be written, and what to do.
fn unwritten(path: &Path, error: &redb::Error) -> String {
    let advice = if let redb::Error::Io(error) = error { advice("write", error) } else { "" };
    format!("the database {} could not be written{advice}", path.display())
}

/// Starts the thread; it ends when the overlay is drained or a checkpoint fails. What owns the database lives as long as
/// the thread.
pub(crate) fn start(
    owner: Arc<impl AsRef<BufferedDatabase> + Send + Sync + 'static>,
    pause: Duration,
    on_fault: OnFault,
) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name("checkpoint".to_owned()).spawn(move || {
        // A panic of the library over a damaged page ends the process as a failed commit does.
        if panics::caught(|| run((*owner).as_ref(), pause, on_fault)).is_err() {
            end_damaged(&PAGES_DAMAGED);
        }
    })
}

fn run(database: &BufferedDatabase, pause: Duration, on_fault: OnFault) {
    let overlay = database.overlay();
    let mut pace = Pace::Usual;
    while let Some(frozen) = overlay.wait_for_work() {
        let (rows, started) = (frozen.rows.rows(), Instant::now());
        if let Err(error) = database.write(frozen) {
            overlay.end();
            on_fault(error);
            return;
        }
        pace = pace.after(started.elapsed(), rows);
        overlay.gather(pause);
    }
    overlay.end();
}

/// Whether the database keeps up, so that it is told once when that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    Usual,
    Slow,
}

impl Pace {
    /// The pace with a transaction that took so long; a change is told.
    fn after(self, took: Duration, rows: usize) -> Self {
        let pace = if took >= SLOW { Self::Slow } else { Self::Usual };
        match (self, pace) {
            (Self::Usual, Self::Slow) => tracing::warn!(
                seconds = took.as_secs(),
                rows,
                "the database is written slowly: the log grows meanwhile, and so does the time of the next start"
            ),
            (Self::Slow, Self::Usual) => tracing::info!(rows, "the database is written in time again"),
            (Self::Usual, Self::Usual) | (Self::Slow, Self::Slow) => {}
        }
        pace
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::Path;
    use std::time::Duration;

    use super::{Pace, unwritten};

    #[test]
    fn a_full_disk_is_told_with_the_database_and_what_to_do() {
        let full = redb::Error::Io(io::ErrorKind::StorageFull.into());
        assert_eq!(
            unwritten(Path::new("/srv/jari/jari.redb"), &full),
            "the database /srv/jari/jari.redb could not be written; free some space and start again"
        );
    }

    #[test]
    fn a_slow_transaction_is_told_once_until_they_are_fast_again() {
        let (fast, slow) = (Duration::from_millis(100), Duration::from_secs(5));
        assert_eq!(Pace::Usual.after(fast, 1), Pace::Usual);
        assert_eq!(Pace::Usual.after(slow, 1).after(slow, 1), Pace::Slow);
        assert_eq!(Pace::Slow.after(fast, 1), Pace::Usual);
    }
}
