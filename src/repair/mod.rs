//! Repairs the data of a stopped instance: a database that is damaged is rebuilt from the log, and an entry that cannot
//! be applied is left out. Everything that is changed is kept as it was, under another name, and what comes out is
//! examined as `verify` does.

mod folder;
mod rebuild;
mod replace;
mod skip;

use self::folder::Folder;
use crate::storage::{OpenError, check_folder, lock_data, read_log};

pub use self::folder::{Repair, RepairError, Repaired};
pub use self::replace::Replacing;

/// Repairs a folder.
///
/// # Errors
/// It cannot be repaired; nothing in it was changed then, unless the disk failed half-way.
pub fn repair(repair: &Repair) -> Result<Repaired, RepairError> {
    let data_dir = &repair.options.data_dir;
    let mut lock = lock_data(data_dir)?;
    check_folder(data_dir).map_err(OpenError::from)?;
    let mut folder = Folder { repair, log: read_log(data_dir)? };
    let mut done = Vec::new();
    if !repair.skip_entries.is_empty() {
        done = skip::skip(&mut folder, &mut lock)?;
    }
    let mut repaired = rebuild::rebuild(&folder, &mut lock)?;
    done.append(&mut repaired.done);
    Ok(Repaired { done, ..repaired })
}
