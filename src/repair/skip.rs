//! Leaves out what cannot be applied: only commands that trip over an assert, and entries that cannot be read at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;

use super::folder::{Base, Folder, RepairError, begin, is_damage, suffix};
use crate::log::Index;
use crate::replica;
use crate::storage::folder::{self, Claim, Found};
use crate::storage::scan::{self, Scan};
use crate::storage::skips::Skip;
use crate::storage::{Disk, Journal, LogError, OpenError, SEGMENT_BYTES, open};

/// Characters of a command that is told.
const COMMAND_CHARACTERS_MAX: usize = 1_000;

/// What is to be left out, and why.
#[derive(Default)]
struct Lost {
    skips: BTreeMap<Index, Skip>,
    why: BTreeMap<(Index, Option<u32>), String>,
}

/// Writes into the log what no start applies any more; says what that is.
pub fn skip(folder: &mut Folder<'_>, claim: &mut Claim) -> Result<Vec<String>, RepairError> {
    let wanted: BTreeSet<Index> = folder.repair.skip_entries.iter().copied().map(Index).collect();
    let last = folder.scan.last.index;
    if let Some(beyond) = wanted.iter().find(|index| **index > last || index.0 == 0) {
        return Err(RepairError::Refused(format!(
            "there is no entry {} to skip: the log ends with entry {}",
            beyond.0, last.0
        )));
    }
    let before = folder.scan.clone();
    let lost = rehearse(folder, &wanted)?;
    folder.scan = before;
    begin(claim)?;
    let kept = keep_copy(folder)?;
    let mut done = tell(folder, &lost)?;
    done.push(kept);
    write(folder, &lost).map_err(OpenError::from)?;
    folder.scan = scan::scan(&folder.disk).map_err(OpenError::from)?;
    Ok(done)
}

/// Applies the log in memory until everything that is `wanted` out is known.
fn rehearse(folder: &mut Folder<'_>, wanted: &BTreeSet<Index>) -> Result<Lost, RepairError> {
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
                lost.note(&mut folder.scan, entry.index, Skip::Commands([number].into()));
                lost.why.insert((entry.index, Some(number)), entry.what);
            }
            OpenError::Log(LogError::Unreadable { index, what, .. }) if wanted.contains(&index) => {
                lost.note(&mut folder.scan, index, Skip::Entry);
                lost.why.insert((index, None), what);
            }
            error if is_damage(&error) && matches!(base, Base::Own) => base = folder.base(&error)?.0,
            error => return Err(folder.advised(error)),
        }
    }
}

impl Lost {
    fn note(&mut self, scan: &mut Scan, index: Index, skip: Skip) {
        scan.skips.add(index, skip);
        let skip = scan.skips.of(index).expect("just added").clone();
        self.skips.insert(index, skip);
    }
}

/// Reads and applies the data as a start would, without changing anything; gives the newest entry of the database.
fn rehearse_start(folder: &Folder<'_>, base: &Base) -> Result<Index, OpenError> {
    let path = folder.database();
    let found = match base {
        Base::Own => Found::look(&path)?,
        Base::Copy(copy) => Found::There(File::open(copy).map_err(|error| folder::fault("read", copy, error))?),
        Base::Empty => Found::Missing,
    };
    let staged = found.stage(&path)?;
    let (store, _salt) = open::read_database(&found, &staged, &folder.repair.options, folder.log(), 0)?;
    replica::recover(&store, folder.log())?;
    Ok(store.durable())
}

/// Copies the file that will be written on.
fn keep_copy(folder: &Folder<'_>) -> Result<String, RepairError> {
    let segment = folder.scan.segments.last().expect("the log has the entry that is skipped");
    let path = folder.disk.path(&segment.name);
    let kept = folder.disk.path(&format!("{}.before-repair-{}", segment.name, suffix()));
    let copy = || {
        let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&kept)?;
        io::copy(&mut File::open(&path)?, &mut out)?;
        out.sync_all()?;
        folder.disk.sync_folder()
    };
    copy().map_err(|error| folder::fault("copy", &path, error))?;
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
    let mut readable = folder.scan.clone();
    for (index, skip) in lost.skips.iter().filter(|(_, skip)| **skip == Skip::Entry) {
        readable.skips.add(*index, skip.clone());
    }
    let replayed: Result<(), LogError> = readable.replay(&folder.disk, after, |entry, _| {
        for (number, stamped) in (0_u32..).zip(&entry.batch) {
            if let Some(what) = lost.why.get(&(entry.index, Some(number))) {
                let command: String = format!("{:?}", stamped.command).chars().take(COMMAND_CHARACTERS_MAX).collect();
                let (of, at) = (entry.batch.len(), stamped.now.0);
                told.push(format!(
                    "lost: command {} of {of} in entry {} of the log, at {at} ms since 1970: {command} (it trips over: {what})",
                    number + 1,
                    entry.index.0
                ));
            }
        }
        Ok(())
    });
    replayed.map_err(OpenError::from)?;
    Ok(told)
}

fn write(folder: &Folder<'_>, lost: &Lost) -> Result<(), LogError> {
    let salt = folder.scan.salt.expect("the log has an entry");
    let mut journal = Journal::resume(folder.disk.clone(), &folder.scan, salt, SEGMENT_BYTES)?;
    for (index, skip) in &lost.skips {
        journal.skip(*index, skip)?;
    }
    journal.seal()
}
