//! What can be done about a folder whose database is damaged or missing: from what it can be rebuilt.

use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::data_folder::{DATABASE_FILE, DATABASE_FILE_DAMAGED, DATABASE_FILE_NEW, MEMBERSHIP_FILE};
use super::database::{CopyOnWriteFile, History};
use super::log::{Disk, LogError, SoundLog};
use super::open_database;
use super::open_error::OpenError;
use super::snapshot::ReceivedSnapshot;
use crate::log::Index;
use crate::panics;

/// What a file of the database library begins with.
const DATABASE_MAGIC: &[u8] = b"redb";
/// Files of the folder that are looked at as older copies of the database.
const COPIES_MAX: usize = 100;
/// Memory for the pages of a copy while it is looked at.
const CACHE_BYTES: usize = 1024 * 1024;

/// From what the database can be rebuilt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outlook {
    /// The log has every entry that there ever was.
    Log { last: Index },
    /// A snapshot that another instance sent waits to be put in place, and holds what the log does not have any more.
    Snapshot { holds: Index, last: Index },
    /// An older copy of the database holds what the log does not have any more.
    Copy { path: PathBuf, applied: Index, last: Index },
    /// The log begins too late, and no copy reaches it.
    Nothing { first: Index },
    /// The same where other instances have everything.
    Others,
    /// There is no log.
    NoLog,
}

/// What a database is read from.
#[derive(Clone, Debug)]
pub(crate) enum Base {
    /// The folder's own file.
    Own,
    /// An older copy.
    Copy(PathBuf),
    /// Nothing: the log has everything, or the snapshot that waits beside it.
    Empty,
}

impl Outlook {
    /// Looks for what the database can be rebuilt from; `given` is a copy that lies elsewhere.
    pub(crate) fn of(data_dir: &Path, log: &SoundLog<impl Disk>, given: Option<&Path>) -> Self {
        let last = log.last();
        if given.is_none()
            && let Some(holds) = waiting_snapshot(log).filter(|holds| *holds >= log.purged().index)
        {
            return Self::Snapshot { holds, last: last.max(holds) };
        }
        let Some(oldest) = log.segments().first() else {
            return Self::NoLog;
        };
        if log.reaches_back() && given.is_none() {
            return Self::Log { last };
        }
        let copies = given.map_or_else(|| copies(data_dir), |path| vec![path.to_owned()]);
        let usable = copies.into_iter().filter_map(|path| Some((usable(&path, log)?, path)));
        match usable.max_by_key(|(applied, _)| *applied) {
            Some((applied, path)) => Self::Copy { path, applied, last },
            None if data_dir.join(MEMBERSHIP_FILE).exists() => Self::Others,
            None => Self::Nothing { first: oldest.first() },
        }
    }

    /// It in words that follow what is wrong.
    pub(crate) fn advice(self, data_dir: &Path) -> String {
        Advice { outlook: self, command: command(data_dir) }.to_string()
    }
}

/// The newest entry that a snapshot holds which another instance sent and which no start has put in place yet; a start
/// or a repair does.
pub(crate) fn waiting_snapshot(log: &SoundLog<impl Disk>) -> Option<Index> {
    // One that cannot be read is as good as none.
    let received = ReceivedSnapshot::left_over(log.disk().clone()).ok().flatten();
    received.map(|received| received.head().id.index)
}

/// Adds to an error what can be done about it.
pub(crate) fn advise(error: OpenError, data_dir: &Path, log: &SoundLog<impl Disk>) -> OpenError {
    let command = command(data_dir);
    let advice = match &error {
        OpenError::Database { .. } | OpenError::Damaged { .. } | OpenError::Missing(_) | OpenError::Row(_) => {
            Outlook::of(data_dir, log, None).advice(data_dir)
        }
        OpenError::Entry(entry) => format!(
            "{command} --skip-entry {}` leaves out what cannot be applied, says what that is, and keeps a copy",
            entry.index.0
        ),
        OpenError::Log(LogError::Unreadable { index, .. }) => {
            format!("{command} --skip-entry {}` leaves the entry out and keeps a copy", index.0)
        }
        OpenError::Io { .. }
        | OpenError::NotAFolder(_)
        | OpenError::InUse(_)
        | OpenError::NoData(_)
        | OpenError::Access(_)
        | OpenError::Format { .. }
        | OpenError::Log(_)
        | OpenError::Snapshot(_)
        | OpenError::Advised { .. } => return error,
    };
    OpenError::Advised { cause: Box::new(error), advice }
}

/// The beginning of the command that repairs a folder, with a backtick that is open.
fn command(data_dir: &Path) -> String {
    format!("`jari repair --data-dir {}", data_dir.display())
}

/// An outlook in words that follow what is wrong.
struct Advice {
    outlook: Outlook,
    /// Begins with a backtick that is open.
    command: String,
}

impl fmt::Display for Advice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const KEPT: &str = "nothing is lost, and the damaged file is kept under another name";
        let command = &self.command;
        match &self.outlook {
            Outlook::Log { last } => {
                write!(out, "{command}` rebuilds it from the log, which has every entry from 1 to {}: {KEPT}", last.0)
            }
            Outlook::Snapshot { holds, .. } => write!(
                out,
                "{command}` rebuilds it from the snapshot that another instance sent, which holds every entry up to {}, and \
                 the log: {KEPT}",
                holds.0
            ),
            Outlook::Copy { path, applied, last } => write!(
                out,
                "{command}` rebuilds it from {}, which holds every entry up to {}, and the log, which goes on to entry \
                 {}: {KEPT}",
                path.display(),
                applied.0,
                last.0
            ),
            Outlook::Nothing { first } => write!(
                out,
                "the log begins with entry {}, so it can be rebuilt when an older copy of it, which holds entry {} or a \
                 later one, lies beside it under another name or is named with {command} --database FILE`; else put back \
                 a backup of the whole data folder",
                first.0,
                first.0 - 1
            ),
            Outlook::Others => write!(
                out,
                "`jari cluster rebuild`, with the settings that this instance is started with, makes it anew from what the \
                 other instances have: {KEPT}"
            ),
            Outlook::NoLog => {
                write!(out, "there is no log to rebuild it from: put back a backup of the whole data folder")
            }
        }
    }
}

/// The files of a folder that look like databases, but for its own.
fn copies(data_dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(data_dir) else {
        return Vec::new();
    };
    let others = entries.filter_map(|entry| {
        let entry = entry.ok()?;
        let name = entry.file_name();
        let is_own = [DATABASE_FILE, DATABASE_FILE_NEW].iter().any(|own| name == *own);
        let is_damaged = name.to_string_lossy().starts_with(DATABASE_FILE_DAMAGED);
        let is_copy = !is_own && !is_damaged && entry.file_type().ok()?.is_file() && begins_as_database(&entry.path());
        is_copy.then(|| entry.path())
    });
    others.take(COPIES_MAX).collect()
}

fn begins_as_database(path: &Path) -> bool {
    let mut magic = [0; DATABASE_MAGIC.len()];
    File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && magic == DATABASE_MAGIC
}

/// How far a copy holds the history of the log, when the log goes on from there.
fn usable(path: &Path, log: &SoundLog<impl Disk>) -> Option<Index> {
    let History { salt, applied } = panics::caught(|| history_of(path).ok()).ok().flatten()?;
    log.check_history(salt, applied).ok()?;
    Some(applied.index())
}

fn history_of(path: &Path) -> Result<History, OpenError> {
    let backend =
        File::open(path).and_then(CopyOnWriteFile::new).map_err(|error| OpenError::io("read", path, error))?;
    let database = open_database::create(backend, path, CACHE_BYTES)?;
    Ok(open_database::read(&database, path)?.0)
}
