//! The machine's database file, as the database library sees it.

use std::io;
use std::sync::Arc;

use parking_lot::Mutex;
use redb::StorageBackend;

use super::hardware::{DATABASE, Hardware};

/// The machine's database file, since its last start.
#[derive(Debug)]
pub struct SimulatedDatabase {
    pub(super) hardware: Arc<Mutex<Hardware>>,
    pub(super) life: u64,
}

impl StorageBackend for SimulatedDatabase {
    fn len(&self) -> io::Result<u64> {
        let mut hardware = self.hardware.lock();
        hardware.check(self.life)?;
        Ok(hardware.file(DATABASE).seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut hardware = self.hardware.lock();
        hardware.check(self.life)?;
        let start = usize_of(offset);
        let bytes = hardware.file(DATABASE).seen.get(start..start + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut hardware = self.hardware.lock();
        hardware.operate(self.life)?;
        hardware.file(DATABASE).set_length(usize_of(length));
        hardware.check(self.life)
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut hardware = self.hardware.lock();
        hardware.operate(self.life)?;
        hardware.check(self.life)?;
        hardware.file(DATABASE).sync();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut hardware = self.hardware.lock();
        hardware.operate(self.life)?;
        hardware.file(DATABASE).write(usize_of(offset), data);
        hardware.check(self.life)
    }
}

fn usize_of(offset: u64) -> usize {
    usize::try_from(offset).expect("the disk lies in memory")
}
