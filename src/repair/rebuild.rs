//! Builds the database anew from the log, or from an older copy and the log.

use super::folder::{Folder, RepairError, Repaired, begin, suffix};
use crate::log::Index;
use crate::panics;
use crate::replica::{self, Replica};
use crate::storage::{
    Base, DATABASE_FILE_DAMAGED, Draft, FolderLock, OVERLAY_ROWS_MAX, OpenError, PAGES_DAMAGED, Store, waiting_snapshot,
};
use crate::verify;

/// Rebuilds the database when it is damaged.
pub(super) fn rebuild(folder: &Folder<'_>, lock: &mut FolderLock) -> Result<Repaired, RepairError> {
    let path = folder.database();
    let cache_bytes = folder.repair.options.cache_bytes;
    let why = match verify::verify_file(&path, &folder.log, cache_bytes) {
        Ok(report) if report.is_clean() => {
            let mut done = snapshot_stays(folder);
            done.push("the database is sound and was not changed".to_owned());
            return Ok(Repaired { done, report });
        }
        Ok(_) => OpenError::Damaged { path: path.clone(), what: "it breaks the rules that `jari verify` lists" },
        Err(error) if error.is_damage() => error,
        Err(error) => return Err(folder.advised(error)),
    };
    let from = folder.base(&why)?;
    let mut repaired = make(folder, lock, from)?;
    repaired.done.insert(0, why.to_string());
    Ok(repaired)
}

/// Makes the database anew from a base, which is also told in words, and keeps the one that there is.
pub(super) fn make(
    folder: &Folder<'_>,
    lock: &mut FolderLock,
    (base, words): (Base, String),
) -> Result<Repaired, RepairError> {
    let path = folder.database();
    let cache_bytes = folder.repair.options.cache_bytes;
    begin(lock)?;
    let mut draft = Draft::create(&path)?;
    let built = build(folder, &base, &mut draft).and_then(|()| {
        verify::verify_file(draft.path(), &folder.log, cache_bytes).map_err(|error| folder.advised(error))
    });
    let report = match built {
        Ok(report) if report.is_clean() => report,
        Ok(report) => {
            draft.remove()?;
            return Err(RepairError::Unsound { report: Box::new(report) });
        }
        Err(error) => {
            draft.remove()?;
            return Err(error);
        }
    };
    let mut done = vec![format!("{} was rebuilt from {words}", path.display())];
    let kept = path.with_file_name(format!("{DATABASE_FILE_DAMAGED}{}", suffix()));
    if draft.take_place(&kept)? {
        done.push(format!("the old file is kept as {}; remove it when you do not need it", kept.display()));
    }
    done.extend(snapshot_stays(folder));
    let last = waiting_snapshot(&folder.log).unwrap_or_default().max(folder.log.last());
    done.push(format!("nothing is lost: it holds every entry up to {}, the newest that there is", last.0));
    Ok(Repaired { done, report })
}

/// What becomes of a snapshot that waits in the folder.
fn snapshot_stays(folder: &Folder<'_>) -> Vec<String> {
    let told = |holds: Index| {
        format!(
            "a snapshot up to entry {}, which another instance sent, stays until the next start is done with it",
            holds.0
        )
    };
    waiting_snapshot(&folder.log).map(told).into_iter().collect()
}

/// Writes the database into the draft.
fn build(folder: &Folder<'_>, base: &Base, draft: &mut Draft) -> Result<(), RepairError> {
    let written = panics::caught(|| write(folder, base, draft));
    let damaged = |_| Err(OpenError::Damaged { path: draft.path().to_owned(), what: PAGES_DAMAGED });
    written.unwrap_or_else(damaged).map_err(|error| folder.advised(error))
}

fn write(folder: &Folder<'_>, base: &Base, draft: &mut Draft) -> Result<(), OpenError> {
    let store = draft.fill(base, &folder.log, folder.repair.options.cache_bytes)?;
    write_all(folder, store, draft)?;
    draft.sync()
}

/// Applies what the log has more, and writes it into the tables, a bounded number of rows at a time.
fn write_all(folder: &Folder<'_>, store: Store, draft: &Draft) -> Result<(), OpenError> {
    let checkpoint = |store: &Store| store.checkpoint().map_err(|error| OpenError::database(draft.path(), error));
    let replica = Replica::restored(store.clone())?;
    replica::replay(&replica, &folder.log, |store| {
        if store.rows_pending() > OVERLAY_ROWS_MAX { checkpoint(store) } else { Ok(()) }
    })?;
    checkpoint(&store)
}
