//! The bytes of one file on a disk that loses what was not synced.

use std::collections::BTreeMap;

use super::random::Random;

/// Bytes that a disk writes as one.
const SECTOR_BYTES: usize = 512;

/// The bytes of one file: what is durable and what was written since.
#[derive(Debug, Default)]
pub(super) struct SimulatedFile {
    pub durable: Vec<u8>,
    pub seen: Vec<u8>,
    /// The contents that a sector had since the last sync.
    versions: BTreeMap<usize, Vec<[u8; SECTOR_BYTES]>>,
    lengths: Vec<Length>,
}

/// How the length of the file changed.
#[derive(Clone, Copy, Debug)]
enum Length {
    /// Set as one.
    Set(usize),
    /// Grown by a write, which may have come to a part of it.
    Grown { from: usize, to: usize },
}

impl SimulatedFile {
    /// A file with these bytes, durably.
    pub(super) fn holding(bytes: Vec<u8>) -> Self {
        Self { durable: bytes.clone(), seen: bytes, ..Self::default() }
    }

    pub(super) fn write(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset + bytes.len();
        let before = self.seen.len();
        if end > before {
            self.seen.resize(end, 0);
            self.lengths.push(Length::Grown { from: before, to: end });
        }
        self.seen[offset..end].copy_from_slice(bytes);
        self.note_versions(offset, end);
    }

    pub(super) fn set_length(&mut self, length: usize) {
        let before = self.seen.len();
        self.seen.resize(length, 0);
        self.lengths.push(Length::Set(length));
        self.note_versions(length.min(before), length.max(before));
    }

    /// Remembers what the sectors of a range hold now; beyond the end of the file they hold zeros.
    fn note_versions(&mut self, start: usize, end: usize) {
        for sector in start / SECTOR_BYTES..end.div_ceil(SECTOR_BYTES) {
            let mut contents = [0; SECTOR_BYTES];
            let from = (sector * SECTOR_BYTES).min(self.seen.len());
            let to = (from + SECTOR_BYTES).min(self.seen.len());
            contents[..to - from].copy_from_slice(&self.seen[from..to]);
            self.versions.entry(sector).or_default().push(contents);
        }
    }

    pub(super) fn sync(&mut self) {
        let length = self.seen.len();
        self.durable.resize(length, 0);
        for sector in std::mem::take(&mut self.versions).into_keys() {
            let from = (sector * SECTOR_BYTES).min(length);
            let to = (from + SECTOR_BYTES).min(length);
            self.durable[from..to].copy_from_slice(&self.seen[from..to]);
        }
        self.lengths.clear();
    }

    /// Reads still see what was written, but no later sync brings it to the disk.
    pub(super) fn forget_unsynced(&mut self) {
        self.versions.clear();
    }

    /// Decides which of the unsynced bytes are on the disk.
    pub(super) fn settle(&mut self, random: &mut Random) {
        self.lengths.push(Length::Set(self.durable.len()));
        let length = match self.lengths[random.index(self.lengths.len())] {
            Length::Set(length) => length,
            Length::Grown { to, .. } if random.coin() => to,
            Length::Grown { from, to } => from + random.index(to - from + 1),
        };
        self.durable.resize(length, 0);
        let keep_all = random.below(4) == 0;
        for (sector, versions) in std::mem::take(&mut self.versions) {
            let from = (sector * SECTOR_BYTES).min(length);
            let to = (from + SECTOR_BYTES).min(length);
            let choice = if keep_all { versions.len() } else { random.index(versions.len() + 1) };
            if let Some(kept) = choice.checked_sub(1) {
                self.durable[from..to].copy_from_slice(&versions[kept][..to - from]);
            }
        }
        self.seen = self.durable.clone();
        self.lengths.clear();
    }
}
