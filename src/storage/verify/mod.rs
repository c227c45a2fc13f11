//! Examines a stopped instance's data: every row is read, and every rule checked that can be seen at rest.
//!
//! Nothing is written: the database is opened over an untouched file, and what the log has more is applied in memory.
//! One file a theme beside this one says what must hold.

mod feeds;
mod money;
mod queues;
mod report;
mod seats;
mod view;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use redb::{Builder, Database, StorageBackend};

pub use report::{Broken, LogSummary, Report};

use super::blame;
use super::disk::{Disk, Files};
use super::folder::{self, DATABASE_FILE, LOG_FOLDER};
use super::load;
use super::open::{self, OpenError, Options, TableWriter};
use super::overlay::Overlay;
use super::scan::{self, Scan};
use super::store::{Shared, Store};
use super::tables;
use super::untouched::Untouched;
use crate::domain;
use report::Findings;
use view::View;

/// Examines the data of an instance that does not run.
///
/// # Errors
/// The data cannot be examined at all: it is not there, in use, from a newer version, or the log is damaged. Rows that
/// are damaged or break a rule are no error but in the report.
pub fn verify(options: &Options) -> Result<Report, OpenError> {
    let data_dir = &options.data_dir;
    let path = data_dir.join(DATABASE_FILE);
    let log_folder = data_dir.join(LOG_FOLDER);
    if !path.is_file() && !log_folder.is_dir() {
        return Err(OpenError::NoData(data_dir.clone()));
    }
    let lock = folder::lock_existing(data_dir)?;
    let disk = Files::new(log_folder);
    let scan = scan::scan(&disk)?;
    let untouched = || File::open(&path).and_then(Untouched::new);
    let opened = || {
        let backend = untouched().map_err(|error| folder::fault("read", &path, error))?;
        open_database(backend, &path, options.cache_bytes)
    };
    let mut findings = Findings::default();
    blame::on(&path, || {
        check_pages(opened()?, &path, &mut findings);
        examine(opened()?, &path, lock, &disk, &scan, findings)
    })
}

/// Examines data that lies on any disk and in any database backend, which is asked for twice: for tests and
/// simulations. Opening the database may write to the backend.
///
/// # Errors
/// As for [`verify`].
pub fn verify_with<B: StorageBackend>(backend: impl Fn() -> B, disk: &impl Disk) -> Result<Report, OpenError> {
    const CACHE_BYTES: usize = 16 * 1024 * 1024;
    let scan = scan::scan(disk)?;
    let mut findings = Findings::default();
    let path = Path::new(DATABASE_FILE);
    check_pages(open_database(backend(), path, CACHE_BYTES)?, path, &mut findings);
    examine(open_database(backend(), path, CACHE_BYTES)?, path, None, disk, &scan, findings)
}

/// Checks the rows as the tables have them, then as the log's newer entries leave them.
fn examine(
    database: Database,
    path: &Path,
    lock: Option<File>,
    disk: &impl Disk,
    scan: &Scan,
    mut findings: Findings,
) -> Result<Report, OpenError> {
    open::check_format(&database, path)?;
    let snapshot = open::snapshot(&database, path)?;
    let applied = open::applied_index(&snapshot)?;
    scan.check_against(applied, disk)?;
    let store = Store::new(Arc::new(Shared::new(Overlay::new(snapshot), database, applied, lock)));
    store.write_by(TableWriter::Caller).map_err(|source| folder::fault("read", path, source))?;

    let mut view = View::of(&store);
    let mut tables = check(&view, &mut findings)?;
    // A state is only built from rows that are sound, since the core takes them for granted.
    if findings.is_clean() {
        let mut state = load::state(&view.snapshot)?;
        load::replay(scan, disk, applied, &mut state, &store)?;
        if scan.last > applied {
            view = View::of(&store);
            tables = check(&view, &mut findings)?;
        }
        for what in domain::violations(&state) {
            findings.note("state", "in memory", what);
        }
    }
    let sums = if findings.has_unreadable() { None } else { Some(money::sums(&view)?) };
    Ok(Report { tables, sums, log: LogSummary::of(scan, applied), broken: findings.into_broken() })
}

fn open_database(backend: impl StorageBackend, path: &Path, cache_bytes: usize) -> Result<Database, OpenError> {
    let opened = Builder::new().set_cache_size(cache_bytes).create_with_backend(backend);
    opened.map_err(|error| open::database_fault(path, error))
}

/// Checks the checksums of the database's own pages. The rows are read from another opening, since this one may drop
/// what it finds damaged.
fn check_pages(mut database: Database, path: &Path, findings: &mut Findings) {
    match database.check_integrity() {
        Ok(true) => {}
        Ok(false) => findings.note("pages", path.display(), "some pages are damaged"),
        Err(error) => findings.note("pages", path.display(), error.to_string()),
    }
}

/// Checks everything of one view and counts its rows.
fn check(view: &View, findings: &mut Findings) -> Result<Vec<(&'static str, u64)>, OpenError> {
    let counts = tables::census(&view.generation.rows, &view.snapshot, &mut |table, fault| {
        findings.note_unreadable(table, fault);
    });
    // Where a row cannot be read, every rule about its neighbours would only repeat that.
    if !findings.has_unreadable() {
        money::check(view, findings)?;
        seats::check(view, findings)?;
        queues::check(view, findings)?;
        feeds::check(view, findings)?;
    }
    Ok(counts)
}
