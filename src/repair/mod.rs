//! Repairs the data of a stopped instance: a database that is damaged is rebuilt from the log, and an entry that cannot
//! be applied is left out. Everything that is changed is kept as it was, under another name, and what comes out is
//! examined as `verify` does.

mod folder;
mod rebuild;
mod skip;

use self::folder::Folder;
use crate::storage::folder::{LOG_FOLDER, claim_data};
use crate::storage::{Files, OpenError, access, scan};

pub use self::folder::{Repair, RepairError, Repaired};

/// Repairs a folder.
///
/// # Errors
/// It cannot be repaired; nothing in it was changed then, unless the disk failed half-way.
pub fn repair(repair: &Repair) -> Result<Repaired, RepairError> {
    let data_dir = &repair.options.data_dir;
    let log_folder = data_dir.join(LOG_FOLDER);
    let mut claim = claim_data(data_dir)?;
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
