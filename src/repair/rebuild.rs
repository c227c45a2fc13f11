//! Builds the database anew from the log, or from an older copy and the log.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use redb::{Builder, Database};

use super::folder::{Base, Folder, RepairError, Repaired, begin, is_damage, suffix};
use crate::panics;
use crate::replica::{self, Replica};
use crate::storage::folder::{self, Claim, DATABASE_FILE_DAMAGED};
use crate::storage::open::{self, TableWriter};
use crate::storage::{OVERLAY_ROWS_MAX, OpenError, PAGES_DAMAGED, Store};
use crate::verify;

/// Rebuilds the database when it is damaged.
pub fn rebuild(folder: &Folder<'_>, claim: &mut Claim) -> Result<Repaired, RepairError> {
    let path = folder.database();
    let cache_bytes = folder.repair.options.cache_bytes;
    let why = match verify::verify_file(&path, folder.log(), cache_bytes) {
        Ok(report) if report.is_clean() => {
            let done = vec!["the database is sound and was not changed".to_owned()];
            return Ok(Repaired { done, report });
        }
        Ok(_) => OpenError::Damaged { path: path.clone(), what: "it breaks the rules that `jari verify` lists" },
        Err(error) if is_damage(&error) => error,
        Err(error) => return Err(folder.advised(error)),
    };
    let (base, words) = folder.base(&why)?;
    begin(claim)?;
    let (draft, file) = folder::create_draft(&path)?;
    let built = build(folder, &base, file, &draft)
        .and_then(|()| verify::verify_file(&draft, folder.log(), cache_bytes).map_err(|error| folder.advised(error)));
    let report = match built {
        Ok(report) if report.is_clean() => report,
        Ok(report) => {
            remove(&draft)?;
            return Err(RepairError::Unsound { report: Box::new(report) });
        }
        Err(error) => {
            remove(&draft)?;
            return Err(error);
        }
    };
    let mut done = vec![format!("{why}"), format!("{} was rebuilt from {words}", path.display())];
    done.extend(swap(&draft, &path)?);
    let last = folder.scan.last.index.0;
    done.push(format!("nothing is lost: it holds every entry up to {last}, the newest of the log"));
    Ok(Repaired { done, report })
}

/// Writes the database into the draft.
fn build(folder: &Folder<'_>, base: &Base, file: File, draft: &Path) -> Result<(), RepairError> {
    let written = panics::caught(|| write(folder, base, file, draft));
    let damaged = |_| Err(OpenError::Damaged { path: draft.to_owned(), what: PAGES_DAMAGED });
    written.unwrap_or_else(damaged).map_err(|error| folder.advised(error))
}

fn write(folder: &Folder<'_>, base: &Base, mut file: File, draft: &Path) -> Result<(), OpenError> {
    let fault = |action| move |error| folder::fault(action, draft, error);
    let mut builder = Builder::new();
    builder.set_cache_size(folder.repair.options.cache_bytes);
    let database = match base {
        Base::Copy(copy) => {
            let mut copy = File::open(copy).map_err(|error| folder::fault("read", copy, error))?;
            io::copy(&mut copy, &mut file).and_then(|_| file.sync_all()).map_err(fault("write"))?;
            builder.create_file(file).map_err(|error| open::database_fault(draft, error))?
        }
        Base::Own | Base::Empty => {
            let database = builder.create_file(file).map_err(|error| open::database_fault(draft, error))?;
            let salt = folder.scan.salt.unwrap_or_default();
            open::initialise(&database, salt).map_err(|error| open::database_fault(draft, error))?;
            database
        }
    };
    write_all(folder, database, draft)?;
    File::open(draft).and_then(|file| file.sync_all()).map_err(fault("sync"))
}

/// Applies what the log has more, and writes it into the tables, a bounded number of rows at a time.
fn write_all(folder: &Folder<'_>, database: Database, draft: &Path) -> Result<(), OpenError> {
    let (store, _salt) = open::load(database, draft, folder.log())?;
    store.write_by(TableWriter::Caller).map_err(|error| folder::fault("write", draft, error))?;
    let carry = |store: &Store| store.carry().map_err(|error| open::database_fault(draft, error));
    let replica = Replica::restored(store.clone())?;
    replica::replay(&replica, folder.log(), |store| {
        if store.rows_pending() > OVERLAY_ROWS_MAX { carry(store) } else { Ok(()) }
    })?;
    carry(&store)
}

/// Puts the draft in the place of the database, which is kept under another name; says so when there was one.
fn swap(draft: &Path, path: &Path) -> Result<Option<String>, RepairError> {
    let kept = path.with_file_name(format!("{DATABASE_FILE_DAMAGED}{}", suffix()));
    let there = path.try_exists().map_err(|error| folder::fault("use", path, error))?;
    if there {
        // A second name first, so that at no moment the folder is without a database; not every file system has that.
        let linked = fs::hard_link(path, &kept).or_else(|_| fs::rename(path, &kept));
        linked.map_err(|error| folder::fault("rename", path, error))?;
    }
    fs::rename(draft, path).map_err(|error| folder::fault("rename", draft, error))?;
    folder::sync(path.parent().expect("the database lies in a folder"))?;
    Ok(there.then(|| format!("the damaged file is kept as {}; remove it when you do not need it", kept.display())))
}

fn remove(draft: &Path) -> Result<(), RepairError> {
    fs::remove_file(draft).map_err(|error| folder::fault("remove", draft, error).into())
}
