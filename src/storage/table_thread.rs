//! The thread that carries applied batches into the database: one durable transaction after the other, each of whole
//! log entries with the index that they reach, behind the replies.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use redb::{Database, ReadableDatabase, WriteTransaction};

use super::overlay::Generation;
use super::store::Shared;
use super::tables::{self, Snapshot};
use crate::log::Position;
use crate::panics;
use crate::telemetry::metrics;

/// Between two transactions, so that rows and pages which change often are written once and the disk and the processor
/// are left to the log. Nobody waits for it: replies need only the log. On a machine of 2 cores, with 100,000 users, a
/// tenth of it cost a quarter of the charges and a tenth of the holds, and twice as much brought nothing more.
pub const PAUSE: Duration = Duration::from_millis(250);

/// A transaction that takes so long is told as trouble: usual ones take a tenth of a second.
const SLOW: Duration = Duration::from_secs(5);

/// The rows of the table `meta`.
pub const META_FORMAT: &str = "format";
pub const META_APPLIED: &str = "applied";
pub const META_TERM: &str = "term";
/// Over every entry up to the applied one; the salt is that of the log which the entries came from.
pub const META_CHECKSUM: &str = "checksum";
pub const META_SALT: &str = "salt";

/// What to do when a commit fails. The log still holds everything, so the process ends at once and starts again.
pub type OnFault = Box<dyn FnOnce(redb::Error) + Send>;

/// Says one sentence in the log and ends the process.
pub fn end_process(error: redb::Error) {
    if let redb::Error::Corrupted(_) = error {
        end_damaged();
    }
    tracing::error!(%error, "the database could not be written, so jari ends; start it again when the cause is gone");
    std::process::exit(1);
}

fn end_damaged() -> ! {
    tracing::error!(
        "the database is damaged, so jari ends; `jari repair` rebuilds it from the log or an older copy, says what is \
         kept, and keeps the damaged file"
    );
    std::process::exit(1);
}

/// Starts the thread; it ends when the overlay is drained or a commit fails.
pub fn start(shared: Arc<Shared>, pause: Duration, on_fault: OnFault) -> std::io::Result<JoinHandle<()>> {
    thread::Builder::new().name("tables".to_owned()).spawn(move || {
        // A panic of the library over a damaged page ends the process as a failed commit does.
        if panics::caught(|| run(&shared, pause, on_fault)).is_err() {
            end_damaged();
        }
    })
}

fn run(shared: &Shared, pause: Duration, on_fault: OnFault) {
    let mut pace = Pace::Usual;
    while let Some(frozen) = shared.overlay.wait_for_work() {
        let (rows, started) = (frozen.rows.rows(), Instant::now());
        if let Err(error) = carry(shared, frozen) {
            shared.overlay.end();
            on_fault(error);
            return;
        }
        pace = pace.after(started.elapsed(), rows);
        shared.overlay.gather(pause);
    }
    shared.overlay.end();
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

/// Writes a frozen generation and lets reads go to the tables.
///
/// # Errors
/// The database fails; what it holds then is what it held before, or all of the generation.
pub fn carry(shared: &Shared, frozen: Arc<Generation>) -> Result<(), redb::Error> {
    let started = Instant::now();
    commit(&shared.database, &frozen)?;
    metrics::TABLE_COMMIT_SECONDS.record(started.elapsed().as_secs_f64());
    let snapshot = Snapshot::open(&shared.database.begin_read()?)?;
    let applied = frozen.applied.index;
    shared.overlay.thaw(frozen, snapshot);
    shared.publish_durable(applied);
    Ok(())
}

fn commit(database: &Database, generation: &Generation) -> Result<(), redb::Error> {
    let mut transaction = database.begin_write()?;
    // Opening after a crash then takes milliseconds and not a walk over all pages.
    transaction.set_quick_repair(true);
    generation.rows.write(&transaction)?;
    write_applied(&transaction, generation.applied)?;
    transaction.commit()?;
    Ok(())
}

/// Notes how far the history has come that the tables hold.
///
/// # Errors
/// The database fails.
pub fn write_applied(transaction: &WriteTransaction, applied: Position) -> Result<(), redb::Error> {
    tables::write_meta(transaction, META_APPLIED, applied.index.0)?;
    tables::write_meta(transaction, META_TERM, applied.term.0)?;
    tables::write_meta(transaction, META_CHECKSUM, applied.checksum)
}
