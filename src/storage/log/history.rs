//! Whether a log and a database are of one history, and which of the two goes further back.

use super::disk::Disk;
use super::error::LogError;
use super::scan::{SoundLog, purged, segment_name};
use crate::log::{Index, Position};

impl<D: Disk> SoundLog<D> {
    /// Compares with the database, which holds every entry up to `applied`.
    ///
    /// # Errors
    /// Entries are missing before or behind what the log holds.
    pub fn check_against(&self, applied: Index) -> Result<(), LogError> {
        if self.last() < applied {
            let newest = self.segments.last().map_or_else(|| segment_name(1), |segment| segment.name.clone());
            return Err(LogError::Behind { path: self.disk.path(&newest), last: self.last(), applied });
        }
        match (self.reach(), self.segments.first()) {
            (Some(first), Some(oldest)) if first > applied.next() => {
                Err(LogError::Gap { path: self.disk.path(&oldest.name), first, applied })
            }
            _ => Ok(()),
        }
    }

    /// The oldest entry from which on it has all; `None` when it never had a file.
    fn reach(&self) -> Option<Index> {
        (!self.segments.is_empty()).then(|| purged(&self.segments).index.next())
    }

    /// Whether it has every entry that there ever was.
    pub fn reaches_back(&self) -> bool {
        self.reach().is_none_or(|first| first == Index(1))
    }

    /// Compares with the history that a database was written from: its salt and how far it came.
    ///
    /// # Errors
    /// It is another one, or entries are missing before or behind what the log holds.
    pub fn check_history(&self, salt: u64, applied: Position) -> Result<(), LogError> {
        self.check_against(applied.index())?;
        let is_same = match self.salt {
            // A log whose first file never became durable holds nothing that could differ.
            None => true,
            Some(own) => {
                own == salt && self.position_at(applied.index())?.is_none_or(|own| own.is_of_one_history(&applied))
            }
        };
        if is_same {
            return Ok(());
        }
        let newest = self.segments.last().expect("a log with a salt has a file");
        Err(LogError::OtherHistory { path: self.disk.path(&newest.name), index: applied.index() })
    }
}
