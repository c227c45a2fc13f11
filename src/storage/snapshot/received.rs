//! A snapshot that was taken in whole, on the disk of the instance.

use super::block::{BLOCK_BYTES_MAX, Block, Chain, HASH_BYTES, LENGTH_BYTES, RowBytes, SnapshotHead};
use super::error::SnapshotError;
use super::incoming::{NAME, check_room, is_there, remove_left_over};
use crate::storage::codec;
use crate::storage::database::FORMAT_VERSION;
use crate::storage::log::{AnyDisk, Disk};

/// How many times the bytes of its tables a snapshot takes in the database until the rows of before are gone.
const INSTALLED_TIMES: u64 = 2;

/// A snapshot that was taken in whole and found sound. Its file is durable.
#[derive(Debug)]
pub struct ReceivedSnapshot<D: Disk = AnyDisk> {
    disk: D,
    head: SnapshotHead,
    /// Bytes that the rows take in the tables.
    bytes: u64,
}

impl<D: Disk> ReceivedSnapshot<D> {
    /// What an installation was about that a crash broke off; `None` when there was none, or it was not taken in whole.
    ///
    /// # Errors
    /// The disk fails.
    pub fn left_over(disk: D) -> Result<Option<Self>, SnapshotError> {
        if !is_there(&disk)? {
            return Ok(None);
        }
        match Self::read(disk.clone()) {
            Ok(received) => Ok(Some(received)),
            Err(SnapshotError::Damaged { .. } | SnapshotError::Format { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What was found sound since the start; `None` when nothing was received. Only its head is read.
    ///
    /// # Errors
    /// The disk fails, or the head is damaged.
    pub fn waiting(disk: D) -> Result<Option<Self>, SnapshotError> {
        if !is_there(&disk)? {
            return Ok(None);
        }
        let mut blocks = Blocks::of(&disk);
        match blocks.next()? {
            Some(Block::Head { head, bytes }) => Ok(Some(Self { disk, head, bytes })),
            Some(Block::Rows { .. } | Block::End { .. }) | None => {
                Err(blocks.damaged("it does not begin with its head"))
            }
        }
    }

    /// Reads all of it.
    pub(super) fn read(disk: D) -> Result<Self, SnapshotError> {
        let mut blocks = Blocks::of(&disk);
        let Some(Block::Head { head, bytes }) = blocks.next()? else {
            return Err(blocks.damaged("it does not begin with its head"));
        };
        if head.format != FORMAT_VERSION {
            return Err(SnapshotError::Format { found: head.format, expected: FORMAT_VERSION });
        }
        let mut counted = 0;
        loop {
            match blocks.next()? {
                Some(Block::Rows { rows, .. }) => counted += rows.len() as u64,
                Some(Block::End { rows }) if rows == counted => break,
                Some(Block::End { .. } | Block::Head { .. }) | None => {
                    return Err(blocks.damaged("rows of it are missing"));
                }
            }
        }
        Ok(Self { disk, head, bytes })
    }

    /// What it is of.
    pub fn head(&self) -> &SnapshotHead {
        &self.head
    }

    /// Checks that the disk has the room that it takes to put it in place of the tables.
    ///
    /// # Errors
    /// There is too little, or the disk does not say.
    pub fn check_room(&self) -> Result<(), SnapshotError> {
        check_room(&self.disk, self.bytes.saturating_mul(INSTALLED_TIMES))
    }

    /// Gives the rows, block by block.
    ///
    /// # Errors
    /// What `each` says, or the disk fails.
    pub(in crate::storage) fn each_rows(
        &self,
        mut each: impl FnMut(&str, &[RowBytes]) -> Result<(), SnapshotError>,
    ) -> Result<(), SnapshotError> {
        let mut blocks = Blocks::of(&self.disk);
        while let Some(block) = blocks.next()? {
            match block {
                Block::Rows { table, rows } => each(&table, &rows)?,
                Block::Head { .. } => {}
                Block::End { .. } => break,
            }
        }
        Ok(())
    }

    /// Removes it: log and tables go on from it.
    ///
    /// # Errors
    /// The disk fails.
    pub fn remove(self) -> Result<(), SnapshotError> {
        remove_left_over(&self.disk)
    }
}

/// Reads blocks, one at a time in memory.
struct Blocks<'d, D> {
    disk: &'d D,
    offset: u64,
    chain: Chain,
}

impl<'d, D: Disk> Blocks<'d, D> {
    fn of(disk: &'d D) -> Self {
        Self { disk, offset: 0, chain: Chain::default() }
    }

    /// The next block; `None` at the end of the file.
    fn next(&mut self) -> Result<Option<Block>, SnapshotError> {
        let Some(length) = self.bytes(self.offset, LENGTH_BYTES)? else { return Ok(None) };
        let length = u32::from_le_bytes(*length.first_chunk().expect("as many were asked for")) as usize;
        if length > BLOCK_BYTES_MAX {
            return Err(self.damaged("a block has more bytes than any"));
        }
        let Some(bytes) = self.bytes(self.offset + LENGTH_BYTES as u64, length + HASH_BYTES)? else {
            return Err(self.damaged("it ends in the midst of a block"));
        };
        let (payload, hash) = bytes.split_at(length);
        if !self.chain.check(payload, hash) {
            return Err(self.damaged("a block does not match its hash"));
        }
        let block = codec::decode_payload(payload).map_err(|error| self.damaged(&error.to_string()))?;
        self.offset += (LENGTH_BYTES + length + HASH_BYTES) as u64;
        Ok(Some(block))
    }

    /// Bytes of the file; `None` where it ends before them.
    fn bytes(&self, offset: u64, length: usize) -> Result<Option<Vec<u8>>, SnapshotError> {
        match self.disk.read_at(NAME, offset, length) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
            Err(source) => Err(SnapshotError::Io { action: "read", path: self.disk.path(NAME), source }),
        }
    }

    fn damaged(&self, what: &str) -> SnapshotError {
        SnapshotError::Damaged { path: self.disk.path(NAME), offset: self.offset, what: what.to_owned() }
    }
}
