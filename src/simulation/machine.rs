//! The machine as a test holds it: what fails, and what is changed from outside.

use std::sync::Arc;

use parking_lot::Mutex;

use super::hardware::{DATABASE, Hardware};
use super::simulated_database::SimulatedDatabase;
use super::simulated_disk::SimulatedDisk;
use super::simulated_file::SimulatedFile;

/// A machine with one folder of log files and one database file. Clones are the same machine.
#[derive(Clone, Debug)]
pub struct Machine {
    hardware: Arc<Mutex<Hardware>>,
}

impl Machine {
    pub fn new(seed: u64) -> Self {
        Self { hardware: Arc::new(Mutex::new(Hardware::new(seed))) }
    }

    pub fn disk(&self) -> SimulatedDisk {
        SimulatedDisk { hardware: Arc::clone(&self.hardware), life: self.hardware.lock().life }
    }

    pub fn database(&self) -> SimulatedDatabase {
        SimulatedDatabase { hardware: Arc::clone(&self.hardware), life: self.hardware.lock().life }
    }

    /// Cuts the power in the midst of the write or sync that follows after `operations` more.
    pub fn cut_power_after(&self, operations: u64) {
        self.hardware.lock().operations_left = Some(operations);
    }

    /// Whether the power is still on.
    pub fn has_power(&self) -> bool {
        self.hardware.lock().has_power
    }

    /// The disk is full when the log files have grown by so many more bytes.
    pub fn fill_disk_after(&self, bytes: u64) {
        self.hardware.lock().growth_left = Some(bytes);
    }

    /// One sync of a log file fails after so many more.
    pub fn fail_sync_after(&self, syncs: u64) {
        self.hardware.lock().syncs_left = Some(syncs);
    }

    /// Reads of parts of a file wait after so many more, until [`Machine::release_reads`].
    pub fn hold_reads_after(&self, name: &str, reads: u64) {
        self.hardware.lock().held_reads = Some((name.to_owned(), reads));
    }

    /// Whether the next read of parts of that file waits.
    pub fn holds_reads(&self) -> bool {
        matches!(self.hardware.lock().held_reads, Some((_, 0)))
    }

    /// Lets all reads go on.
    pub fn release_reads(&self) {
        let mut hardware = self.hardware.lock();
        hardware.held_reads = None;
        hardware.released.notify_all();
    }

    /// Ends the process without cutting the power: what was written stays, synced or not. Old handles are dead.
    pub fn kill(&self) {
        self.hardware.lock().begin_life();
    }

    /// Cuts the power, if it is still on, and starts the machine again: what was unsynced is there in part. Old handles
    /// are dead.
    pub fn restart(&self) {
        let mut hardware = self.hardware.lock();
        hardware.settle();
        hardware.begin_life();
    }

    /// The bytes of a log file.
    pub fn contents(&self, name: &str) -> Option<Vec<u8>> {
        let hardware = self.hardware.lock();
        hardware.names.get(name).map(|id| hardware.files[id].seen.clone())
    }

    /// Changes the bytes of the database, durably: damage done from outside.
    pub fn damage_database(&self, damage: impl FnOnce(&mut Vec<u8>)) {
        let mut hardware = self.hardware.lock();
        let mut bytes = hardware.file(DATABASE).seen.clone();
        damage(&mut bytes);
        hardware.files.insert(DATABASE, SimulatedFile::holding(bytes));
    }

    /// Puts bytes into a log file, durably: damage done from outside. `None` removes the file.
    pub fn damage(&self, name: &str, contents: Option<Vec<u8>>) {
        let mut hardware = self.hardware.lock();
        hardware.settle_names();
        match contents {
            Some(bytes) => {
                let id = hardware.name_file(name);
                hardware.files.insert(id, SimulatedFile::holding(bytes));
            }
            None => drop(hardware.names.remove(name)),
        }
        hardware.names_durable = hardware.names.clone();
    }
}
