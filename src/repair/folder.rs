//! The folder that is repaired, what to repair in it, and why nothing was.

use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::log::Index;
use crate::storage::{Base, DATABASE_FILE, FolderLock, OpenError, Options, Outlook, SoundLog, advise};
use crate::verify::Report;

/// What to repair, and how.
#[derive(Clone, Debug)]
pub struct Repair {
    pub options: Options,
    /// An older copy of the database to rebuild it from; else the folder is looked through.
    pub database: Option<PathBuf>,
    /// Entries of the log that cannot be applied and are to be left out.
    pub skip_entries: Vec<u64>,
}

/// What was done.
#[derive(Clone, Debug)]
pub struct Repaired {
    /// In sentences.
    pub done: Vec<String>,
    /// The data as it is now.
    pub report: Report,
}

/// Why nothing was repaired.
#[derive(Debug, Error)]
pub enum RepairError {
    #[error("{0}; nothing was changed")]
    Open(#[from] OpenError),
    #[error("{0}; nothing was changed")]
    Refused(String),
    /// What would come out breaks rules.
    #[error("{report}\nthe database that the log leads to is not sound, so nothing was changed")]
    Unsound { report: Box<Report> },
}

impl fmt::Display for Repaired {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", self.report)?;
        let mut lines = self.done.iter().peekable();
        while let Some(line) = lines.next() {
            write!(out, "{line}")?;
            if lines.peek().is_some() {
                writeln!(out)?;
            }
        }
        Ok(())
    }
}

/// The folder that is repaired.
pub(super) struct Folder<'a> {
    pub repair: &'a Repair,
    pub log: SoundLog,
}

impl Folder<'_> {
    pub(super) fn data_dir(&self) -> &Path {
        &self.repair.options.data_dir
    }

    pub(super) fn database(&self) -> PathBuf {
        self.data_dir().join(DATABASE_FILE)
    }

    /// What to rebuild the database from, and that in words; `why` it has to be.
    pub(super) fn base(&self, why: &OpenError) -> Result<(Base, String), RepairError> {
        match Outlook::of(self.data_dir(), &self.log, self.repair.database.as_deref()) {
            Outlook::Log { last } => Ok((Base::Empty, format!("entries 1 to {} of the log", last.0))),
            Outlook::Snapshot { holds: Index(holds), last } => {
                let words = format!("the snapshot that another instance sent, which holds every entry up to {holds}");
                let log = format!(", and entries {} to {} of the log", holds + 1, last.0);
                Ok((Base::Empty, if last.0 > holds { words + &log } else { words }))
            }
            Outlook::Copy { path, applied: Index(applied), last } => {
                let words = format!("{} and entries {} to {} of the log", path.display(), applied + 1, last.0);
                Ok((Base::Copy(path), words))
            }
            Outlook::Nothing { .. } | Outlook::Others | Outlook::NoLog if self.repair.database.is_some() => {
                let given = self.repair.database.iter().map(|path| path.display().to_string()).collect::<String>();
                Err(RepairError::Refused(format!("{why}; {given} is no sound copy of it that the log goes on from")))
            }
            outlook @ (Outlook::Nothing { .. } | Outlook::Others | Outlook::NoLog) => {
                Err(RepairError::Refused(format!("{why}; {}", outlook.advice(self.data_dir()))))
            }
        }
    }

    pub(super) fn advised(&self, error: OpenError) -> RepairError {
        advise(error, self.data_dir(), &self.log).into()
    }
}

/// The end of the name of what is kept: when it was.
pub(super) fn suffix() -> String {
    chrono::Utc::now().format("%Y%m%dT%H%M%S%3fZ").to_string()
}

/// Makes sure that the folder is ours alone before the first change.
pub(super) fn begin(lock: &mut FolderLock) -> Result<(), RepairError> {
    lock.complete().map_err(RepairError::from)
}
