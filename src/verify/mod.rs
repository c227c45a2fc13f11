//! Examines a stopped instance's data: every row is read, and every rule checked that can be seen at rest.
//!
//! Nothing is written: the database is opened over its file, which stays as it is, and what the log has more is applied in memory.
//! One file a theme beside this one says what must hold.

mod archives;
mod dates;
mod feeds;
mod indices;
mod money;
mod ownership;
mod queues;
mod report;
mod seats;
mod tickets;

use std::path::Path;

use redb::StorageBackend;

pub use report::{Broken, LogSummary, Report};

use crate::domain;
use crate::panics;
use crate::replica;
use crate::storage::{
    DATABASE_FILE, Disk, Inspected, OpenError, Options, PAGES_DAMAGED, RowsAtRest, SoundLog, advise, inspect,
    inspect_with, lock_data, read_log,
};
use report::Findings;

/// Examines the data of an instance that does not run.
///
/// # Errors
/// The data cannot be examined at all: it is not there, in use, from a newer version, or the log is damaged. Rows that
/// are damaged or break a rule are no error but in the report.
pub fn verify(options: &Options) -> Result<Report, OpenError> {
    let data_dir = &options.data_dir;
    let _lock = lock_data(data_dir)?;
    let log = read_log(data_dir)?;
    let examined = verify_file(&data_dir.join(DATABASE_FILE), &log, options.cache_bytes);
    examined.map_err(|error| advise(error, data_dir, &log))
}

/// Examines the database at `path` with the log beside it.
pub(crate) fn verify_file(path: &Path, log: &SoundLog, cache_bytes: usize) -> Result<Report, OpenError> {
    let examined = panics::caught(|| examine(inspect(path, log, cache_bytes)?, path, log));
    examined.unwrap_or_else(|_| Err(OpenError::Damaged { path: path.to_owned(), what: PAGES_DAMAGED }))
}

/// Examines data that lies on any disk and in any database backend, which is asked for twice: for tests and
/// simulations. Opening the database may write to the backend.
///
/// # Errors
/// As for [`verify`].
pub fn verify_with<B: StorageBackend>(backend: impl Fn() -> B, disk: impl Disk) -> Result<Report, OpenError> {
    let log = SoundLog::read(disk)?;
    examine(inspect_with(backend, &log)?, Path::new(DATABASE_FILE), &log)
}

/// Checks the rows as the tables have them, then as the log's newer entries leave them.
fn examine(inspected: Inspected, path: &Path, log: &SoundLog<impl Disk>) -> Result<Report, OpenError> {
    let Inspected { store, page_faults } = inspected;
    let applied = store.durable();
    let mut findings = Findings::default();
    page_faults.into_iter().for_each(|fault| findings.note("pages", path.display(), fault));
    let mut at_rest = store.at_rest();
    let mut tables = check(&at_rest, &mut findings)?;
    // A state is only built from rows that are sound, since the core takes them for granted.
    if findings.is_clean() {
        let replica = replica::recover(&store, log)?;
        if log.last() > applied {
            at_rest = store.at_rest();
            tables = check(&at_rest, &mut findings)?;
        }
        for what in domain::violations(&replica.look()) {
            findings.note("state", "in memory", what);
        }
    }
    let sums = if findings.has_unreadable() { None } else { Some(money::sums(&at_rest)?) };
    // Totals that cannot be read are among the findings.
    let currency = at_rest.totals().ok().and_then(|totals| totals.currency);
    Ok(Report { tables, sums, currency, log: LogSummary::of(log, applied), broken: findings.into_broken() })
}

/// Checks everything of one view and counts its rows.
fn check(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<Vec<(&'static str, u64)>, OpenError> {
    let counts = at_rest.census(&mut |table, fault| findings.note_unreadable(table, fault));
    // Where a row cannot be read, every rule about its neighbours would only repeat that.
    if !findings.has_unreadable() {
        money::check(at_rest, findings)?;
        seats::check(at_rest, findings)?;
        tickets::check(at_rest, findings)?;
        archives::check(at_rest, findings)?;
        dates::check(at_rest, findings)?;
        queues::check(at_rest, findings)?;
        feeds::check(at_rest, findings)?;
        indices::check(at_rest, findings)?;
        ownership::check(at_rest, findings)?;
    }
    Ok(counts)
}
