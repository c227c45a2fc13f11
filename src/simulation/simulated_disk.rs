//! The machine's log folder, as the log sees it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::hardware::Hardware;
use super::simulated_file::SimulatedFile;
use crate::storage::{Disk, DiskFile};

/// The machine's log folder, since its last start.
#[derive(Clone, Debug)]
pub struct SimulatedDisk {
    pub(super) hardware: Arc<Mutex<Hardware>>,
    pub(super) life: u64,
}

/// A file of the log folder, open for writing.
#[derive(Debug)]
pub struct OpenFile {
    hardware: Arc<Mutex<Hardware>>,
    life: u64,
    id: u64,
}

/// How long a read waits at most, so that a test which has failed ends.
const HELD: Duration = Duration::from_secs(30);

impl SimulatedDisk {
    fn wait_to_read(&self, name: &str) {
        let mut hardware = self.hardware.lock();
        match hardware.held_reads.as_mut().filter(|(held, _)| held == name) {
            Some((_, 0)) => {
                let released = Arc::clone(&hardware.released);
                released.wait_while_for(&mut hardware, |hardware| hardware.held_reads.is_some(), HELD);
                hardware.held_reads = None;
            }
            Some((_, left)) => *left -= 1,
            None => {}
        }
    }
}

impl Disk for SimulatedDisk {
    type File = OpenFile;

    fn list(&self) -> io::Result<Vec<String>> {
        let hardware = self.hardware.lock();
        hardware.check(self.life)?;
        Ok(hardware.names.keys().cloned().collect())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let hardware = self.hardware.lock();
        hardware.check(self.life)?;
        let id = hardware.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(hardware.files[id].seen.clone())
    }

    fn read_at(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.wait_to_read(name);
        let bytes = self.read(name)?;
        let from = usize_of(offset);
        Ok(bytes.get(from..from + length).ok_or(io::ErrorKind::UnexpectedEof)?.to_vec())
    }

    fn create(&self, name: &str) -> io::Result<OpenFile> {
        let mut hardware = self.hardware.lock();
        hardware.operate(self.life)?;
        if hardware.names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let id = hardware.name_file(name);
        hardware.files.insert(id, SimulatedFile::default());
        hardware.names_unsynced.push((name.to_owned(), Some(id)));
        hardware.check(self.life)?;
        Ok(OpenFile { hardware: Arc::clone(&self.hardware), life: self.life, id })
    }

    fn open(&self, name: &str) -> io::Result<OpenFile> {
        let hardware = self.hardware.lock();
        hardware.check(self.life)?;
        let id = *hardware.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(OpenFile { hardware: Arc::clone(&self.hardware), life: self.life, id })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut hardware = self.hardware.lock();
        hardware.operate(self.life)?;
        hardware.names.remove(name).ok_or(io::ErrorKind::NotFound)?;
        hardware.names_unsynced.push((name.to_owned(), None));
        hardware.check(self.life)
    }

    fn sync_folder(&self) -> io::Result<()> {
        let mut hardware = self.hardware.lock();
        hardware.operate(self.life)?;
        hardware.check(self.life)?;
        hardware.settle_names();
        Ok(())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        let hardware = self.hardware.lock();
        hardware.check(self.life)?;
        Ok(hardware.growth_left.unwrap_or(u64::MAX))
    }

    fn path(&self, name: &str) -> PathBuf {
        PathBuf::from("log").join(name)
    }
}

impl DiskFile for OpenFile {
    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut hardware = self.hardware.lock();
        hardware.operate(self.life)?;
        let offset = usize_of(offset);
        let length = hardware.file(self.id).seen.len();
        assert!(offset <= length, "a write leaves no hole");
        let growth = (offset + bytes.len()).saturating_sub(length);
        let granted = hardware.growth_left.map_or(growth, |left| usize_of(left).min(growth));
        if let Some(left) = hardware.growth_left.as_mut() {
            *left -= granted as u64;
        }
        hardware.file(self.id).write(offset, &bytes[..bytes.len() - (growth - granted)]);
        hardware.check(self.life)?;
        if granted < growth { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let mut hardware = self.hardware.lock();
        hardware.operate(self.life)?;
        let freed = (hardware.file(self.id).seen.len() as u64).saturating_sub(length);
        if let Some(left) = hardware.growth_left.as_mut() {
            *left += freed;
        }
        hardware.file(self.id).set_length(usize_of(length));
        hardware.check(self.life)
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut hardware = self.hardware.lock();
        hardware.operate(self.life)?;
        hardware.check(self.life)?;
        match hardware.syncs_left.as_mut() {
            Some(0) => {
                // As systems do: the pages count as clean from now on, although they were never written.
                hardware.file(self.id).forget_unsynced();
                return Err(io::Error::other("the sync failed"));
            }
            Some(left) => *left -= 1,
            None => {}
        }
        hardware.file(self.id).sync();
        Ok(())
    }
}

fn usize_of(offset: u64) -> usize {
    usize::try_from(offset).expect("the disk lies in memory")
}
