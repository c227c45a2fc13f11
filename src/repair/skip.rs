//! Leaves out what cannot be applied: only commands that trip over an assert, and entries that cannot be read at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;

use super::folder::{Folder, RepairError, begin, suffix};
use crate::log::Index;
use crate::replica;
use crate::storage::{
    Base, Disk, FolderLock, LogError, LogWriter, OpenError, SEGMENT_BYTES, Skip, SoundLog, read_log, rehearse,
};

/// Characters of a command that is told.
const COMMAND_CHARACTERS_MAX: usize = 1_000;

/// What is to be left out, and why.
#[derive(Default)]
struct Lost {
    skips: BTreeMap<Index, Skip>,
    why: BTreeMap<(Index, Option<u32>), String>,
}

/// Writes into the log what no start applies any more; says what that is.
pub(super) fn skip(folder: &mut Folder<'_>, lock: &mut FolderLock) -> Result<Vec<String>, RepairError> {
    let wanted: BTreeSet<Index> = folder.repair.skip_entries.iter().copied().map(Index).collect();
    let last = folder.log.last();
    if let Some(beyond) = wanted.iter().find(|index| **index > last || index.0 == 0) {
        return Err(RepairError::Refused(format!(
            "there is no entry {} to skip: the log ends with entry {}",
            beyond.0, last.0
        )));
    }
    let before = folder.log.clone();
    let lost = find_lost(folder, &wanted)?;
    folder.log = before;
    begin(lock)?;
    let kept = keep_copy(folder)?;
    let mut done = tell(folder, &lost)?;
    done.push(kept);
    write(folder, &lost).map_err(OpenError::from)?;
    folder.log = read_log(folder.data_dir())?;
    Ok(done)
}

/// Applies the log in memory until everything that is `wanted` out is known.
fn find_lost(folder: &mut Folder<'_>, wanted: &BTreeSet<Index>) -> Result<Lost, RepairError> {
    let mut base = Base::Own;
    let mut lost = Lost::default();
    loop {
        let error = match rehearse_start(folder, &base) {
            Ok(applied) => {
                return match wanted.iter().find(|index| !lost.skips.contains_key(index)) {
                    None => Ok(lost),
                    Some(index) if *index <= applied => Err(RepairError::Refused(format!(
                        "entry {} is in the database already, so there is nothing to skip",
                        index.0
                    ))),
                    Some(index) => {
                        let why = format!("entry {} can be applied, so it is not to be skipped", index.0);
                        Err(RepairError::Refused(why))
                    }
                };
            }
            Err(error) => error,
        };
        match error {
            OpenError::Entry(entry) if wanted.contains(&entry.index) => {
                let number = entry.number;
                lost.note(&mut folder.log, entry.index, Skip::Commands([number].into()));
                lost.why.insert((entry.index, Some(number)), entry.what);
            }
            OpenError::Log(LogError::Unreadable { index, what, .. }) if wanted.contains(&index) => {
                lost.note(&mut folder.log, index, Skip::Entry);
                lost.why.insert((index, None), what);
            }
            error if error.is_damage() && matches!(base, Base::Own) => base = folder.base(&error)?.0,
            error => return Err(folder.advised(error)),
        }
    }
}

impl Lost {
    fn note(&mut self, log: &mut SoundLog, index: Index, skip: Skip) {
        let skip = log.leave_out(index, skip).clone();
        self.skips.insert(index, skip);
    }
}

/// Reads and applies the data as a start would, without changing anything; gives the newest entry of the database.
fn rehearse_start(folder: &Folder<'_>, base: &Base) -> Result<Index, OpenError> {
    let store = rehearse(base, &folder.repair.options, &folder.log)?;
    replica::recover(&store, &folder.log)?;
    Ok(store.durable())
}

/// Copies the file that will be written on.
fn keep_copy(folder: &Folder<'_>) -> Result<String, RepairError> {
    let disk = folder.log.disk();
    let segment = folder.log.segments().last().expect("the log has the entry that is skipped");
    let path = disk.path(&segment.name);
    let kept = disk.path(&format!("{}.before-repair-{}", segment.name, suffix()));
    let copy = || {
        let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&kept)?;
        io::copy(&mut File::open(&path)?, &mut out)?;
        out.sync_all()?;
        disk.sync_folder()
    };
    copy().map_err(|error| OpenError::io("copy", &path, error))?;
    Ok(format!("{} was changed; as it was it is kept as {}", path.display(), kept.display()))
}

/// What was lost, in sentences.
fn tell(folder: &Folder<'_>, lost: &Lost) -> Result<Vec<String>, RepairError> {
    let mut told = Vec::new();
    let after = lost.skips.keys().next().map_or(Index(0), |first| Index(first.0 - 1));
    for ((index, number), what) in &lost.why {
        if number.is_none() {
            told.push(format!("lost: entry {} of the log, whose bytes cannot be read ({what})", index.0));
        }
    }
    let mut readable = folder.log.clone();
    for (index, skip) in lost.skips.iter().filter(|(_, skip)| **skip == Skip::Entry) {
        readable.leave_out(*index, skip.clone());
    }
    let replayed: Result<(), LogError> = readable.replay(after, readable.last(), |entry, _| {
        for (number, stamped) in (0_u32..).zip(entry.batch()) {
            if let Some(what) = lost.why.get(&(entry.index(), Some(number))) {
                let command: String = format!("{:?}", stamped.command).chars().take(COMMAND_CHARACTERS_MAX).collect();
                let (of, at) = (entry.batch().count(), stamped.now.0);
                told.push(format!(
                    "lost: command {} of {of} in entry {} of the log, at {at} ms since 1970: {command} (it trips over: {what})",
                    number + 1,
                    entry.index().0
                ));
            }
        }
        Ok(())
    });
    replayed.map_err(OpenError::from)?;
    Ok(told)
}

fn write(folder: &Folder<'_>, lost: &Lost) -> Result<(), LogError> {
    let salt = folder.log.salt().expect("the log has an entry");
    let mut log = LogWriter::resume(folder.log.clone(), salt, SEGMENT_BYTES)?;
    for (index, skip) in &lost.skips {
        log.skip(*index, skip)?;
    }
    log.seal()
}
