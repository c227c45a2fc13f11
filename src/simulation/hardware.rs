//! The machine's power, its disk and the files on it.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use parking_lot::Condvar;

use super::random::Random;
use super::simulated_file::SimulatedFile;

/// The identity of the database file among the files.
pub(super) const DATABASE: u64 = 0;

/// What the machine consists of.
#[derive(Debug)]
pub(super) struct Hardware {
    random: Random,
    /// Counts the starts: handles of an earlier life are dead.
    pub life: u64,
    /// Writes and syncs until the power fails.
    pub operations_left: Option<u64>,
    pub has_power: bool,
    /// Bytes by which log files may still grow before the disk is full.
    pub growth_left: Option<u64>,
    /// Syncs that succeed before one fails.
    pub syncs_left: Option<u64>,
    /// Reads of parts of this file until they wait.
    pub held_reads: Option<(String, u64)>,
    /// Told when they go on.
    pub released: Arc<Condvar>,
    pub names: BTreeMap<String, u64>,
    pub names_durable: BTreeMap<String, u64>,
    pub names_unsynced: Vec<(String, Option<u64>)>,
    pub files: BTreeMap<u64, SimulatedFile>,
    next_file: u64,
}

impl Hardware {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            life: 0,
            operations_left: None,
            has_power: true,
            growth_left: None,
            syncs_left: None,
            held_reads: None,
            released: Arc::default(),
            names: BTreeMap::new(),
            names_durable: BTreeMap::new(),
            names_unsynced: Vec::new(),
            files: BTreeMap::from([(DATABASE, SimulatedFile::default())]),
            next_file: DATABASE + 1,
        }
    }

    pub(super) fn check(&self, life: u64) -> io::Result<()> {
        if life == self.life && self.has_power { Ok(()) } else { Err(io::Error::other("the power is out")) }
    }

    /// Counts a write or sync; says whether the power fails in its midst.
    pub(super) fn operate(&mut self, life: u64) -> io::Result<()> {
        self.check(life)?;
        match self.operations_left.as_mut() {
            Some(0) => self.has_power = false,
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(())
    }

    pub(super) fn begin_life(&mut self) {
        self.life += 1;
        self.has_power = true;
        self.operations_left = None;
        self.growth_left = None;
        self.syncs_left = None;
    }

    pub(super) fn name_file(&mut self, name: &str) -> u64 {
        let id = self.next_file;
        self.next_file += 1;
        self.names.insert(name.to_owned(), id);
        id
    }

    /// Decides what of the unsynced is on the disk.
    pub(super) fn settle(&mut self) {
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

    pub(super) fn settle_names(&mut self) {
        self.names_durable = self.names.clone();
        self.names_unsynced.clear();
    }

    pub(super) fn file(&mut self, id: u64) -> &mut SimulatedFile {
        self.files.get_mut(&id).expect("files are never dropped")
    }
}
