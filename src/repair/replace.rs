//! The database of one of several instances, made anew from what another one sends. The log stays as it is: it says what the
//! instance has promised to the others.

use super::folder::{Folder, Repair, RepairError, Repaired};
use super::rebuild::make;
use crate::log::Index;
use crate::storage::{
    AnyDisk, Base, FolderLock, LogError, OpenError, Options, SoundLog, check_folder, lock_data, read_log,
    waiting_snapshot,
};
use crate::verify;

/// What a damaged log means for one of several instances.
const LOG_LOST: &str = "an instance may not forget what it has promised to the others, so replace it: start an empty one under \
                        a new id, and take this one out with `jari cluster remove`";

/// The folder of an instance that does not run, kept from all others, whose database is to be made anew.
pub struct Replacing {
    repair: Repair,
    log: SoundLog,
    lock: FolderLock,
}

impl Replacing {
    /// Takes a folder whose log is sound. Nothing is changed.
    ///
    /// # Errors
    /// The folder cannot be used, or its log is damaged, lost, or ends before its database does.
    pub fn begin(options: Options) -> Result<Self, RepairError> {
        let lock = lock_data(&options.data_dir)?;
        check_folder(&options.data_dir).map_err(OpenError::from)?;
        let log = read_log(&options.data_dir).map_err(|error| match error {
            OpenError::Log(error) => RepairError::Refused(format!("{error}; {LOG_LOST}")),
            error => error.into(),
        })?;
        if log.vote().is_none() {
            let path = options.data_dir.display();
            return Err(RepairError::Refused(format!(
                "the log in {path} is lost, or never was that of a member; {LOG_LOST}"
            )));
        }
        let repair = Repair { options, database: None, skip_entries: Vec::new() };
        let replacing = Self { repair, log, lock };
        match verify::verify_file(&replacing.folder().database(), &replacing.log, replacing.cache_bytes()) {
            Err(OpenError::Log(error @ (LogError::Behind { .. } | LogError::OtherHistory { .. }))) => {
                Err(RepairError::Refused(format!("{error}; {LOG_LOST}")))
            }
            Ok(_) | Err(_) => Ok(replacing),
        }
    }

    /// Where what another instance sends is to lie.
    pub fn disk(&self) -> AnyDisk {
        self.log.disk().clone()
    }

    /// The entry that it has to hold at least: the log goes on from there.
    pub fn least(&self) -> Index {
        self.log.purged().index
    }

    /// Makes the database anew from what came, and examines it before it takes the place of the one that there is. It is
    /// there durably then, and the folder is kept from all others for as long as this lives.
    ///
    /// # Errors
    /// Nothing came, or it is not sound, or the disk fails.
    pub fn finish(&mut self) -> Result<Repaired, RepairError> {
        let holds = waiting_snapshot(&self.log).filter(|holds| *holds >= self.least());
        let Some(holds) = holds else {
            return Err(RepairError::Refused("nothing came that the log goes on from".to_owned()));
        };
        let words = format!("what another instance has up to entry {}, and the log", holds.0);
        let folder = Folder { repair: &self.repair, log: self.log.clone() };
        make(&folder, &mut self.lock, (Base::Empty, words))
    }

    fn folder(&self) -> Folder<'_> {
        Folder { repair: &self.repair, log: self.log.clone() }
    }

    fn cache_bytes(&self) -> usize {
        self.repair.options.cache_bytes
    }
}
