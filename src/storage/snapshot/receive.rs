//! A snapshot on its way into an instance: block by block onto its disk, whole before anything of it is used.

use super::block::{BLOCK_BYTES_MAX, Block, Chain, HASH_BYTES, LENGTH_BYTES, Reached};
use super::error::SnapshotError;
use super::incoming::{NAME, check_room, remove_left_over};
use super::received::ReceivedSnapshot;
use crate::storage::codec;
use crate::storage::log::{AnyDisk, Disk, DiskFile};

/// How many times the bytes of its tables a snapshot takes until it is in place: its own file, and the database, which
/// holds the rows of before until the new ones are there.
const RECEIVED_TIMES: u64 = 3;

/// A snapshot that is being taken in.
#[derive(Debug)]
pub struct ReceivingSnapshot<D: Disk = AnyDisk> {
    disk: D,
    file: D::File,
    /// Bytes of the file, which are whole blocks.
    length: u64,
    blocks: u64,
    chain: Chain,
    /// Bytes of a block that is not whole.
    pending: Vec<u8>,
    fate: Fate,
}

/// What becomes of the file when nothing more is written into it.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    /// It is not whole: it goes, so that its room is free again.
    Removed,
    Kept,
}

impl<D: Disk> Drop for ReceivingSnapshot<D> {
    fn drop(&mut self) {
        if self.fate == Fate::Removed {
            // A start removes what stays.
            let _ = remove_left_over(&self.disk);
        }
    }
}

impl<D: Disk> ReceivingSnapshot<D> {
    /// Begins with nothing, in place of what another transfer left.
    ///
    /// # Errors
    /// The disk fails.
    pub fn begin(disk: D) -> Result<Self, SnapshotError> {
        let fault = |action, source| SnapshotError::Io { action, path: disk.path(NAME), source };
        remove_left_over(&disk)?;
        let file = disk.create(NAME).map_err(|source| fault("create", source))?;
        disk.sync_folder().map_err(|source| fault("sync the folder of", source))?;
        let (chain, pending) = (Chain::default(), Vec::new());
        Ok(Self { disk, file, length: 0, blocks: 0, chain, pending, fate: Fate::Removed })
    }

    /// Takes in the next bytes, wherever a block ends.
    ///
    /// # Errors
    /// A block is damaged, the disk has too little room for all of it, or fails. Then it takes no more.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        self.pending.extend_from_slice(bytes);
        let mut taken = 0;
        while let Some(end) = self.block_end(taken)? {
            self.take_block(taken, end)?;
            taken = end;
        }
        self.pending.drain(..taken);
        Ok(())
    }

    /// The whole blocks that are there.
    pub fn reached(&self) -> Reached {
        Reached { blocks: self.blocks, hash: self.chain.hash() }
    }

    /// Goes on behind the whole blocks, after a transfer that broke off.
    pub fn go_on(&mut self) {
        self.pending.clear();
    }

    /// Where the block ends that begins at `begin` of what is pending; `None` when it is not whole.
    fn block_end(&self, begin: usize) -> Result<Option<usize>, SnapshotError> {
        let Some(length) = self.pending[begin..].first_chunk() else { return Ok(None) };
        let length = u32::from_le_bytes(*length) as usize;
        if length > BLOCK_BYTES_MAX {
            return Err(self.damaged("a block has more bytes than any"));
        }
        let end = begin + LENGTH_BYTES + length + HASH_BYTES;
        Ok((end <= self.pending.len()).then_some(end))
    }

    fn take_block(&mut self, begin: usize, end: usize) -> Result<(), SnapshotError> {
        let (payload, hash) = self.pending[begin + LENGTH_BYTES..end].split_at(end - begin - LENGTH_BYTES - HASH_BYTES);
        if !self.chain.check(payload, hash) {
            return Err(self.damaged("a block does not match its hash"));
        }
        if self.length == 0 {
            match codec::decode_payload(payload) {
                Ok(Block::Head { bytes, .. }) => check_room(&self.disk, bytes.saturating_mul(RECEIVED_TIMES))?,
                Ok(Block::Rows { .. } | Block::End { .. }) => {
                    return Err(self.damaged("it does not begin with its head"));
                }
                Err(error) => return Err(self.damaged(&error.to_string())),
            }
        }
        let fault = |source| SnapshotError::Io { action: "write to", path: self.disk.path(NAME), source };
        self.file.write(self.length, &self.pending[begin..end]).map_err(fault)?;
        self.length += (end - begin) as u64;
        self.blocks += 1;
        Ok(())
    }

    fn damaged(&self, what: &str) -> SnapshotError {
        SnapshotError::Damaged { path: self.disk.path(NAME), offset: self.length, what: what.to_owned() }
    }

    /// Makes it durable and reads all of it.
    ///
    /// # Errors
    /// The disk fails, bytes are damaged or missing, or another version made it.
    pub fn finish(mut self) -> Result<ReceivedSnapshot<D>, SnapshotError> {
        if !self.pending.is_empty() {
            return Err(self.damaged("it ends in the midst of a block"));
        }
        let fault = |source| SnapshotError::Io { action: "sync", path: self.disk.path(NAME), source };
        self.file.sync().map_err(fault)?;
        let received = ReceivedSnapshot::read(self.disk.clone())?;
        self.fate = Fate::Kept;
        Ok(received)
    }
}
