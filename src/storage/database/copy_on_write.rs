//! A database file with copy-on-write: it is read and never written, and what redb writes stays in memory, over it.
//!
//! So a stopped instance's data can be examined, a database repaired after a crash included, without changing a byte.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use parking_lot::Mutex;
use redb::StorageBackend;

/// Bytes that are kept as one when they are written.
const BLOCK_BYTES: usize = 4096;

/// The file with what was written over it.
#[derive(Debug)]
pub(crate) struct CopyOnWriteFile {
    /// `None` when there is no file below.
    file: Option<File>,
    over: Mutex<Over>,
}

#[derive(Debug)]
struct Over {
    length: u64,
    /// The file counts up to here; what was cut off once does not come back.
    file_length: u64,
    blocks: BTreeMap<u64, Box<[u8; BLOCK_BYTES]>>,
}

impl CopyOnWriteFile {
    pub(crate) fn new(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { file: Some(file), over: Mutex::new(Over { length, file_length: length, blocks: BTreeMap::new() }) })
    }

    /// A file without a byte, which is nowhere but in memory.
    pub(crate) fn empty() -> Self {
        Self { file: None, over: Mutex::new(Over { length: 0, file_length: 0, blocks: BTreeMap::new() }) }
    }

    fn block(&self, over: &Over, number: u64) -> io::Result<Box<[u8; BLOCK_BYTES]>> {
        if let Some(block) = over.blocks.get(&number) {
            return Ok(block.clone());
        }
        let mut block = Box::new([0; BLOCK_BYTES]);
        let start = number * BLOCK_BYTES as u64;
        let left = usize::try_from(over.file_length.saturating_sub(start)).unwrap_or(usize::MAX);
        if let Some(file) = &self.file {
            file.read_exact_at(&mut block[..left.min(BLOCK_BYTES)], start)?;
        }
        Ok(block)
    }

    /// Splits a range of the file at the bounds of blocks: number, offset within the block, bytes.
    fn pieces(offset: u64, length: usize) -> impl Iterator<Item = (u64, usize, usize)> {
        let size = BLOCK_BYTES as u64;
        let end = offset + length as u64;
        let mut at = offset;
        std::iter::from_fn(move || {
            let number = at / size;
            let next = end.min((number + 1) * size);
            let piece = (at < end).then(|| (number, within(at - number * size), within(next - at)));
            at = next;
            piece
        })
    }
}

fn within(offset: u64) -> usize {
    usize::try_from(offset).expect("within a block")
}

impl StorageBackend for CopyOnWriteFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.over.lock().length)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let over = self.over.lock();
        if offset + out.len() as u64 > over.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut rest = out;
        for (number, start, length) in Self::pieces(offset, rest.len()) {
            let (piece, behind) = rest.split_at_mut(length);
            piece.copy_from_slice(&self.block(&over, number)?[start..start + length]);
            rest = behind;
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut over = self.over.lock();
        if length < over.length {
            over.file_length = over.file_length.min(length);
            let (last, kept) = (length / BLOCK_BYTES as u64, within(length % BLOCK_BYTES as u64));
            let mut block = self.block(&over, last)?;
            block[kept..].fill(0);
            over.blocks.split_off(&last);
            over.blocks.insert(last, block);
        }
        over.length = length;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut over = self.over.lock();
        over.length = over.length.max(offset + data.len() as u64);
        let mut rest = data;
        for (number, start, length) in Self::pieces(offset, data.len()) {
            let (piece, behind) = rest.split_at(length);
            let mut block = self.block(&over, number)?;
            block[start..start + length].copy_from_slice(piece);
            over.blocks.insert(number, block);
            rest = behind;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_the_file_stays_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let original: Vec<u8> = (0..10_000_u32).map(|byte| byte.to_le_bytes()[0]).collect();
        std::fs::write(&path, &original).expect("written");
        let backend = CopyOnWriteFile::new(File::open(&path).expect("opened")).expect("read");
        let mut expected = original.clone();
        for (offset, length) in [(0, 10), (4_090, 12), (8_192, 4_096), (20_000, 1)] {
            expected.resize(expected.len().max(offset + length), 0);
            expected[offset..offset + length].fill(0xee);
            backend.write(offset as u64, &vec![0xee; length]).expect("kept");
        }
        for length in [9_000, 30_000, 4_096, 12_000] {
            expected.resize(length, 0);
            backend.set_len(length as u64).expect("kept");
            let mut seen = vec![1; length];
            backend.read(0, &mut seen).expect("read");
            assert!(seen == expected, "at length {length}");
        }
        assert!(backend.read(11_999, &mut [0; 2]).is_err(), "beyond the end");
        assert!(std::fs::read(&path).expect("read") == original);
    }
}
