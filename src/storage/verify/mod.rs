//! Examines a stopped instance's data: every row is read, and every rule checked that can be seen at rest.
//!
//! Nothing is written: the database is opened over an untouched file, and what the log has more is applied in memory.
//! One file a theme beside this one says what must hold.

mod archives;
mod feeds;
mod money;
mod queues;
mod report;
mod seats;
mod view;

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use redb::{Database, StorageBackend};

pub use report::{Broken, LogSummary, Report};

use super::disk::{Disk, Files};
use super::folder::{self, Claim, DATABASE_FILE, LOG_FOLDER};
use super::load;
use super::open::{self, History, Options, TableWriter};
use super::open_error::OpenError;
use super::outlook;
use super::overlay::Overlay;
use super::panics;
use super::scan::{self, SoundLog};
use super::store::{Shared, Store};
use super::tables::{self, PAGES_DAMAGED};
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
    let _claim = claim(data_dir)?;
    let disk = Files::new(data_dir.join(LOG_FOLDER));
    let scan = scan::scan(&disk)?;
    let log = SoundLog { disk: &disk, scan: &scan };
    let examined = verify_file(&data_dir.join(DATABASE_FILE), log, options.cache_bytes);
    examined.map_err(|error| outlook::advise(error, data_dir, log))
}

/// Whether a folder was ever used.
pub fn holds_data(data_dir: &Path) -> bool {
    data_dir.join(DATABASE_FILE).is_file() || data_dir.join(LOG_FOLDER).is_dir()
}

/// Takes a folder that has data for this process.
pub(super) fn claim(data_dir: &Path) -> Result<Claim, OpenError> {
    if !holds_data(data_dir) {
        return Err(OpenError::NoData(data_dir.to_owned()));
    }
    Claim::take(data_dir)
}

/// Examines the database at `path` with the log beside it.
pub(super) fn verify_file(path: &Path, log: SoundLog<'_, Files>, cache_bytes: usize) -> Result<Report, OpenError> {
    let opened = || {
        let file = File::open(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => OpenError::Missing(path.to_owned()),
            _ => folder::fault("read", path, error),
        })?;
        match file.metadata().map(|metadata| metadata.len()) {
            Ok(0) => Err(OpenError::Damaged { path: path.to_owned(), what: "it is empty" }),
            Ok(_) => open::create(
                Untouched::new(file).map_err(|error| folder::fault("read", path, error))?,
                path,
                cache_bytes,
            ),
            Err(error) => Err(folder::fault("read", path, error)),
        }
    };
    let examined = panics::caught(|| {
        let mut findings = Findings::default();
        check_pages(opened()?, path, &mut findings);
        examine(opened()?, path, log, findings)
    });
    examined.unwrap_or_else(|_| Err(OpenError::Damaged { path: path.to_owned(), what: PAGES_DAMAGED }))
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
    check_pages(open::create(backend(), path, CACHE_BYTES)?, path, &mut findings);
    examine(open::create(backend(), path, CACHE_BYTES)?, path, SoundLog { disk, scan: &scan }, findings)
}

/// Checks the rows as the tables have them, then as the log's newer entries leave them.
fn examine(
    database: Database,
    path: &Path,
    log: SoundLog<'_, impl Disk>,
    mut findings: Findings,
) -> Result<Report, OpenError> {
    open::check_format(&database, path)?;
    let snapshot = open::snapshot(&database, path)?;
    let History { salt, applied } = open::history(&snapshot)?;
    log.scan.check_history(salt, applied, log.disk)?;
    let applied = applied.index;
    let store = Store::new(Arc::new(Shared::new(Overlay::new(snapshot), database, applied)));
    store.write_by(TableWriter::Caller).map_err(|source| folder::fault("read", path, source))?;

    let mut view = View::of(&store);
    let mut tables = check(&view, &mut findings)?;
    // A state is only built from rows that are sound, since the core takes them for granted.
    if findings.is_clean() {
        let mut state = load::state(&view.snapshot)?;
        load::replay(log, applied, &mut state, &store)?;
        if log.scan.last.index > applied {
            view = View::of(&store);
            tables = check(&view, &mut findings)?;
        }
        for what in domain::violations(&state) {
            findings.note("state", "in memory", what);
        }
    }
    let sums = if findings.has_unreadable() { None } else { Some(money::sums(&view)?) };
    // Totals that cannot be read are among the findings.
    let currency = view.totals().ok().and_then(|totals| totals.currency);
    Ok(Report { tables, sums, currency, log: LogSummary::of(log.scan, applied), broken: findings.into_broken() })
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
        archives::check(view, findings)?;
        queues::check(view, findings)?;
        feeds::check(view, findings)?;
    }
    Ok(counts)
}
