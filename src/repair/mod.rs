//! Repairs the data of a stopped instance: a database that is damaged is rebuilt from the log, and an entry that cannot
//! be applied is left out. Everything that is changed is kept as it was, under another name, and what comes out is
//! examined as `verify` does.

mod rebuild;
mod skip;

use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::log::Index;
use crate::storage::folder::{self, Claim, DATABASE_FILE, LOG_FOLDER};
use crate::storage::open::Options;
use crate::storage::outlook::{self, Outlook};
use crate::storage::scan::{self, Scan, SoundLog};
use crate::storage::{Files, OpenError, access};
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

/// Repairs a folder.
///
/// # Errors
/// It cannot be repaired; nothing in it was changed then, unless the disk failed half-way.
pub fn repair(repair: &Repair) -> Result<Repaired, RepairError> {
    let data_dir = &repair.options.data_dir;
    let log_folder = data_dir.join(LOG_FOLDER);
    let mut claim = folder::claim_data(data_dir)?;
    access::check_data(&[data_dir, &log_folder]).map_err(OpenError::from)?;
    let disk = Files::new(log_folder);
    let mut folder = Folder { repair, scan: scan::scan(&disk).map_err(OpenError::from)?, disk };
    let mut done = Vec::new();
    if !repair.skip_entries.is_empty() {
        done = skip::skip(&mut folder, &mut claim)?;
    }
    let mut repaired = rebuild::rebuild(&folder, &mut claim)?;
    done.append(&mut repaired.done);
    Ok(Repaired { done, ..repaired })
}

/// The folder that is repaired.
struct Folder<'a> {
    repair: &'a Repair,
    disk: Files,
    scan: Scan,
}

/// What the database is read from.
#[derive(Clone, Debug)]
enum Base {
    /// The folder's own file.
    Own,
    /// An older copy.
    Copy(PathBuf),
    /// Nothing: the log has everything.
    Empty,
}

impl Folder<'_> {
    fn log(&self) -> SoundLog<'_, Files> {
        SoundLog { disk: &self.disk, scan: &self.scan }
    }

    fn data_dir(&self) -> &Path {
        &self.repair.options.data_dir
    }

    fn database(&self) -> PathBuf {
        self.data_dir().join(DATABASE_FILE)
    }

    /// What to rebuild the database from, and that in words; `why` it has to be.
    fn base(&self, why: &OpenError) -> Result<(Base, String), RepairError> {
        match outlook::look(self.data_dir(), self.log(), self.repair.database.as_deref()) {
            Outlook::Log { last } => Ok((Base::Empty, format!("entries 1 to {} of the log", last.0))),
            Outlook::Copy { path, applied: Index(applied), last } => {
                let words = format!("{} and entries {} to {} of the log", path.display(), applied + 1, last.0);
                Ok((Base::Copy(path), words))
            }
            Outlook::Nothing { .. } | Outlook::NoLog if self.repair.database.is_some() => {
                let given = self.repair.database.iter().map(|path| path.display().to_string()).collect::<String>();
                Err(RepairError::Refused(format!("{why}; {given} is no sound copy of it that the log goes on from")))
            }
            outlook @ (Outlook::Nothing { .. } | Outlook::NoLog) => {
                Err(RepairError::Refused(format!("{why}; {}", outlook::advice(outlook, self.data_dir()))))
            }
        }
    }

    fn advised(&self, error: OpenError) -> RepairError {
        outlook::advise(error, self.data_dir(), self.log()).into()
    }
}

/// Whether an error says that the database is damaged, so that rebuilding it helps.
fn is_damage(error: &OpenError) -> bool {
    match error {
        OpenError::Database { .. } | OpenError::Damaged { .. } | OpenError::Missing(_) | OpenError::Row(_) => true,
        OpenError::Io { .. }
        | OpenError::NotAFolder(_)
        | OpenError::InUse(_)
        | OpenError::NoData(_)
        | OpenError::Access(_)
        | OpenError::Format { .. }
        | OpenError::Log(_)
        | OpenError::Entry(_)
        | OpenError::Advised { .. } => false,
    }
}

/// The end of the name of what is kept: when it was.
fn suffix() -> String {
    chrono::Utc::now().format("%Y%m%dT%H%M%S%3fZ").to_string()
}

/// Makes sure that the folder is ours alone before the first change.
fn begin(claim: &mut Claim) -> Result<(), RepairError> {
    claim.complete().map_err(RepairError::from)
}
