//! The thread that carries applied batches into the database: one durable transaction after the other, each of whole
//! log entries with the index that they reach, behind the replies.

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use redb::{Database, ReadableDatabase};

use super::blame;
use super::folder::DATABASE_FILE;
use super::overlay::Generation;
use super::store::Shared;
use super::tables::{self, Snapshot};

/// Between two transactions, so that rows and pages which change often are written once and the disk and the processor
/// are left to the log. Nobody waits for it: replies need only the log. On a machine of 2 cores, with 100,000 users, a
/// tenth of it cost a quarter of the charges and a tenth of the holds, and twice as much brought nothing more.
pub const PAUSE: Duration = Duration::from_millis(250);

/// The rows of the table `meta`.
pub const META_FORMAT: &str = "format";
pub const META_APPLIED: &str = "applied";
pub const META_TERM: &str = "term";

/// What to do when a commit fails. The log still holds everything, so the process ends at once and starts again.
pub type OnFault = Box<dyn FnOnce(redb::Error) + Send>;

/// Says one sentence in the log and ends the process.
pub fn end_process(error: redb::Error) {
    tracing::error!(%error, "the database could not be written, so jari ends; start it again when the cause is gone");
    std::process::exit(1);
}

/// Starts the thread; it ends when the overlay is drained or a commit fails.
pub fn start(shared: Arc<Shared>, pause: Duration, on_fault: OnFault) -> std::io::Result<JoinHandle<()>> {
    thread::Builder::new().name("tables".to_owned()).spawn(move || {
        // A panic of the library over a damaged page ends the process as a failed commit does.
        blame::on(Path::new(DATABASE_FILE), || run(&shared, pause, on_fault));
    })
}

fn run(shared: &Shared, pause: Duration, on_fault: OnFault) {
    while let Some(frozen) = shared.overlay.wait_for_work() {
        if let Err(error) = carry(shared, frozen) {
            shared.overlay.end();
            on_fault(error);
            return;
        }
        shared.overlay.gather(pause);
    }
    shared.overlay.end();
}

/// Writes a frozen generation and lets reads go to the tables.
///
/// # Errors
/// The database fails; what it holds then is what it held before, or all of the generation.
pub fn carry(shared: &Shared, frozen: Arc<Generation>) -> Result<(), redb::Error> {
    let started = Instant::now();
    commit(&shared.database, &frozen)?;
    metrics::histogram!("jari_table_commit_seconds").record(started.elapsed().as_secs_f64());
    let snapshot = Snapshot::open(&shared.database.begin_read()?)?;
    let applied = frozen.applied;
    shared.overlay.thaw(frozen, snapshot);
    shared.publish_durable(applied);
    Ok(())
}

fn commit(database: &Database, generation: &Generation) -> Result<(), redb::Error> {
    let mut transaction = database.begin_write()?;
    // Opening after a crash then takes milliseconds and not a walk over all pages.
    transaction.set_quick_repair(true);
    generation.rows.write(&transaction)?;
    tables::write_meta(&transaction, META_APPLIED, generation.applied.0)?;
    tables::write_meta(&transaction, META_TERM, generation.term.0)?;
    transaction.commit()?;
    Ok(())
}
