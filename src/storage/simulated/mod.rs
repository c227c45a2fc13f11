//! A machine in memory whose power can be cut: its disk keeps any part of what was not synced.
//!
//! Per 512-byte sector any version since the last sync may survive, a file's length may be any of those it had, or
//! part of what a write added, and unsynced creations and removals may be forgotten. Everything follows from one seed.

mod handles;
mod platter;
mod random;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;

pub use handles::{SimulatedDatabase, SimulatedDisk, SimulatedFile};
use platter::Platter;
pub use random::Random;

/// A machine with one folder of log files and one database file. Clones are the same machine.
#[derive(Clone, Debug)]
pub struct Machine {
    hardware: Arc<Mutex<Hardware>>,
}

#[derive(Debug)]
struct Hardware {
    random: Random,
    /// Counts the starts: handles of an earlier life are dead.
    life: u64,
    /// Writes and syncs until the power fails.
    operations_left: Option<u64>,
    has_power: bool,
    /// Bytes by which log files may still grow before the disk is full.
    growth_left: Option<u64>,
    /// Syncs that succeed before one fails.
    syncs_left: Option<u64>,
    names: BTreeMap<String, u64>,
    names_durable: BTreeMap<String, u64>,
    names_unsynced: Vec<(String, Option<u64>)>,
    files: BTreeMap<u64, Platter>,
    next_file: u64,
}

/// The identity of the database file among the files.
const DATABASE: u64 = 0;

impl Machine {
    pub fn new(seed: u64) -> Self {
        let hardware = Hardware {
            random: Random::new(seed),
            life: 0,
            operations_left: None,
            has_power: true,
            growth_left: None,
            syncs_left: None,
            names: BTreeMap::new(),
            names_durable: BTreeMap::new(),
            names_unsynced: Vec::new(),
            files: BTreeMap::from([(DATABASE, Platter::default())]),
            next_file: DATABASE + 1,
        };
        Self { hardware: Arc::new(Mutex::new(hardware)) }
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
        hardware.files.insert(DATABASE, Platter::holding(bytes));
    }

    /// Puts bytes into a log file, durably: damage done from outside. `None` removes the file.
    pub fn damage(&self, name: &str, contents: Option<Vec<u8>>) {
        let mut hardware = self.hardware.lock();
        hardware.settle_names();
        match contents {
            Some(bytes) => {
                let id = hardware.name_file(name);
                hardware.files.insert(id, Platter::holding(bytes));
            }
            None => drop(hardware.names.remove(name)),
        }
        hardware.names_durable = hardware.names.clone();
    }
}

impl Hardware {
    fn check(&self, life: u64) -> io::Result<()> {
        if life == self.life && self.has_power { Ok(()) } else { Err(io::Error::other("the power is out")) }
    }

    /// Counts a write or sync; says whether the power fails in its midst.
    fn operate(&mut self, life: u64) -> io::Result<()> {
        self.check(life)?;
        match self.operations_left.as_mut() {
            Some(0) => self.has_power = false,
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(())
    }

    fn begin_life(&mut self) {
        self.life += 1;
        self.has_power = true;
        self.operations_left = None;
        self.growth_left = None;
        self.syncs_left = None;
    }

    fn name_file(&mut self, name: &str) -> u64 {
        let id = self.next_file;
        self.next_file += 1;
        self.names.insert(name.to_owned(), id);
        id
    }

    /// Decides what of the unsynced is on the disk.
    fn settle(&mut self) {
        let Self { random, files, .. } = self;
        for file in files.values_mut() {
            file.settle(random);
        }
        let mut names = std::mem::take(&mut self.names_durable);
        for (name, id) in std::mem::take(&mut self.names_unsynced) {
            if self.random.coin() {
                continue;
            }
            match id {
                Some(id) => drop(names.insert(name, id)),
                None => drop(names.remove(&name)),
            }
        }
        self.names_durable = names.clone();
        self.names = names;
    }

    fn settle_names(&mut self) {
        self.names_durable = self.names.clone();
        self.names_unsynced.clear();
    }

    fn file(&mut self, id: u64) -> &mut Platter {
        self.files.get_mut(&id).expect("files are never dropped")
    }
}
