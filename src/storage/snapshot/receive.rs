//! A snapshot on its way into an instance: on its disk, whole before anything of it is used.

use super::block::{BLOCK_BYTES_MAX, Block, Chain, HASH_BYTES, LENGTH_BYTES, RowBytes, SnapshotHead};
use super::error::SnapshotError;
use crate::storage::database::FORMAT_VERSION;
use crate::storage::log::{Disk, DiskFile, Files};

/// The file that it is in.
const NAME: &str = "incoming.snapshot";

/// A snapshot that is being taken in.
#[derive(Debug)]
pub struct ReceivingSnapshot<D: Disk = Files> {
    disk: D,
    file: D::File,
    length: u64,
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

/// A snapshot that was taken in whole and found sound. Its file is durable.
#[derive(Debug)]
pub struct ReceivedSnapshot<D: Disk = Files> {
    disk: D,
    head: SnapshotHead,
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
        Ok(Self { disk, file, length: 0, fate: Fate::Removed })
    }

    /// Takes in the next bytes, wherever a block ends.
    ///
    /// # Errors
    /// The disk fails.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        let fault = |source| SnapshotError::Io { action: "write to", path: self.disk.path(NAME), source };
        self.file.write(self.length, bytes).map_err(fault)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Makes it durable and reads all of it.
    ///
    /// # Errors
    /// The disk fails, bytes are damaged or missing, or another version made it.
    pub fn finish(mut self) -> Result<ReceivedSnapshot<D>, SnapshotError> {
        let fault = |source| SnapshotError::Io { action: "sync", path: self.disk.path(NAME), source };
        self.file.sync().map_err(fault)?;
        let received = ReceivedSnapshot::read(self.disk.clone())?;
        self.fate = Fate::Kept;
        Ok(received)
    }
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

    /// Reads all of it.
    fn read(disk: D) -> Result<Self, SnapshotError> {
        let mut blocks = Blocks::of(&disk);
        let Some(Block::Head(head)) = blocks.next()? else {
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
                Some(Block::End { .. } | Block::Head(_)) | None => {
                    return Err(blocks.damaged("rows of it are missing"));
                }
            }
        }
        Ok(Self { disk, head })
    }

    /// What it is of.
    pub fn head(&self) -> &SnapshotHead {
        &self.head
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
                Block::Head(_) => {}
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

fn is_there(disk: &impl Disk) -> Result<bool, SnapshotError> {
    let names = disk.list().map_err(|source| SnapshotError::Io { action: "list", path: disk.path(""), source })?;
    Ok(names.iter().any(|name| name == NAME))
}

/// Removes what was received, or what of it was.
///
/// # Errors
/// The disk fails.
pub(in crate::storage) fn remove_left_over(disk: &impl Disk) -> Result<(), SnapshotError> {
    let fault = |action, source| SnapshotError::Io { action, path: disk.path(NAME), source };
    if is_there(disk)? {
        disk.remove(NAME).map_err(|source| fault("remove", source))?;
        disk.sync_folder().map_err(|source| fault("sync the folder of", source))?;
    }
    Ok(())
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
        let block = self.chain.decode(payload, hash).map_err(|error| match error {
            Some(error) => self.damaged(&error.to_string()),
            None => self.damaged("a block does not match its hash"),
        })?;
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
