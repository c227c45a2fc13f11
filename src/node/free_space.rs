//! How much room the disk of the data folder has. A disk that fills up ends the sale with the first entry that does not
//! fit, so it is told before: in the log once for each change, in the metrics, and by the readiness.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use parking_lot::Mutex;

use super::fault::EndOnPanic;
use crate::storage::{Disk as _, Files};

const MIB: u64 = 1024 * 1024;
/// Below this much the operator is warned: some minutes of a busy sale.
const LOW_BYTES: u64 = 512 * MIB;
/// Below this much the instance is not ready: little more than the log's open file and a checkpoint.
const CRITICAL_BYTES: u64 = 128 * MIB;
/// A bound counts as passed upwards only with a part of it more, so that room which goes up and down about it is told once.
const MARGIN_PARTS: u64 = 16;
/// How often the disk is asked.
const EVERY: Duration = Duration::from_secs(1);

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Room {
    /// Not ready: the next entries may not fit.
    Critical,
    Low,
    Enough,
}

/// What the disk said last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreeSpace {
    /// Absent while the disk does not say.
    pub bytes: Option<u64>,
    pub room: Room,
}

/// The room of one data folder.
#[derive(Debug)]
pub(super) struct Disk {
    data_dir: PathBuf,
    last: Mutex<FreeSpace>,
}

impl Room {
    /// How it stands with so many bytes free, when it stood so before.
    fn with(self, free_bytes: u64) -> Self {
        let is_below =
            |bound: u64, was_below: bool| free_bytes < if was_below { bound + bound / MARGIN_PARTS } else { bound };
        if is_below(CRITICAL_BYTES, self == Self::Critical) {
            Self::Critical
        } else if is_below(LOW_BYTES, self <= Self::Low) {
            Self::Low
        } else {
            Self::Enough
        }
    }
}

impl Disk {
    /// The disk of a data folder that exists.
    pub(super) fn new(data_dir: &Path) -> Self {
        let disk =
            Self { data_dir: data_dir.to_owned(), last: Mutex::new(FreeSpace { bytes: None, room: Room::Enough }) };
        disk.look();
        disk
    }

    /// What it said last.
    pub(super) fn last(&self) -> FreeSpace {
        *self.last.lock()
    }

    /// Asks the disk, and tells when the room has changed.
    fn look(&self) {
        let bytes = Files::new(self.data_dir.clone()).free_bytes().ok();
        let mut last = self.last.lock();
        let before = last.room;
        let room = bytes.map_or(before, |bytes| before.with(bytes));
        *last = FreeSpace { bytes, room };
        drop(last);
        if room != before {
            tell(room, bytes.unwrap_or_default(), &self.data_dir);
        }
    }
}

/// Starts the look-out; it ends when the sender of `stop` is dropped.
///
/// # Errors
/// The operating system's, when no thread can be started.
pub(super) fn spawn(disk: Arc<Disk>, stop: Receiver<()>) -> io::Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new().name("free-space".into()).spawn(move || {
        let _guard = EndOnPanic;
        while stop.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
            disk.look();
        }
    })
}

fn tell(room: Room, bytes: u64, data_dir: &Path) {
    let (free_mib, folder) = (bytes / MIB, data_dir.display());
    match room {
        Room::Critical => tracing::error!(
            free_mib,
            %folder,
            "the disk of the data folder is almost full: below {} MiB jari is not ready, and it ends when an entry does \
             not fit; free some space",
            CRITICAL_BYTES / MIB
        ),
        Room::Low => tracing::warn!(
            free_mib,
            %folder,
            "the disk of the data folder has less than {} MiB left; free some space",
            LOW_BYTES / MIB
        ),
        Room::Enough => tracing::info!(free_mib, %folder, "the disk of the data folder has room again"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_changes_at_its_bounds_and_back_only_with_a_margin() {
        let steps = [
            (600, Room::Enough),
            (512, Room::Enough),
            (511, Room::Low),
            (513, Room::Low),
            (543, Room::Low),
            (544, Room::Enough),
            (128, Room::Low),
            (127, Room::Critical),
            (135, Room::Critical),
            (136, Room::Low),
            (0, Room::Critical),
            (10_000, Room::Enough),
            (1, Room::Critical),
        ];
        let mut room = Room::Enough;
        for (free_mib, expected) in steps {
            room = room.with(free_mib * MIB);
            assert_eq!(room, expected, "{free_mib} MiB free");
        }
    }

    #[test]
    fn the_disk_of_a_folder_says_how_much_is_free() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(Disk::new(folder.path()).last().bytes.is_some_and(|bytes| bytes > 0));
        assert_eq!(Disk::new(&folder.path().join("gone")).last(), FreeSpace { bytes: None, room: Room::Enough });
    }
}
