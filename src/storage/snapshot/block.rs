//! The bytes of a snapshot: blocks, each behind its length and before a hash over itself and the hash of the block before
//! (BLAKE3), so that a block which is damaged, missing or out of its place is told.

use serde::{Deserialize, Serialize};

use super::super::codec;
use crate::domain::MembersRow;
use crate::log::LogId;

/// Bytes before a block: its length.
pub(super) const LENGTH_BYTES: usize = size_of::<u32>();
/// Bytes behind a block: its hash.
pub(super) const HASH_BYTES: usize = blake3::OUT_LEN;
/// Bytes of keys and values that a block takes before it is closed.
pub(super) const BLOCK_BYTES: usize = 1024 * 1024;
/// Bytes that a block may say to have: one row more than fits, and no more than that.
pub(super) const BLOCK_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What a snapshot says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotHead {
    /// The version of the tables.
    pub format: u64,
    /// The newest entry that the tables hold.
    pub id: LogId,
    /// Who orders the log as of that entry.
    pub members: Option<MembersRow>,
}

/// A row: its key and its value.
pub(in crate::storage) type RowBytes = (Vec<u8>, Vec<u8>);

/// A part of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::storage) enum Block {
    /// The first one, with the bytes that the rows take in the tables.
    Head { head: SnapshotHead, bytes: u64 },
    /// Rows of a table, ascending by key and behind those of the blocks before.
    Rows { table: String, rows: Vec<RowBytes> },
    /// The last one: how many rows there were.
    End { rows: u64 },
}

/// How far a snapshot has come: so many whole blocks, and the hash behind the last of them, which no others have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    pub blocks: u64,
    pub hash: [u8; HASH_BYTES],
}

/// The chain of hashes over the blocks so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Chain([u8; HASH_BYTES]);

impl Chain {
    /// The bytes of the next block.
    pub(super) fn encode(&mut self, block: &Block) -> Vec<u8> {
        let mut out = vec![0; LENGTH_BYTES];
        codec::encode_payload(block, &mut out);
        let length = u32::try_from(out.len() - LENGTH_BYTES).expect("a block is closed at a megabyte");
        out[..LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
        self.advance(&out[LENGTH_BYTES..]);
        out.extend_from_slice(&self.0);
        out
    }

    /// The hash behind the newest block.
    pub(super) fn hash(&self) -> [u8; HASH_BYTES] {
        self.0
    }

    /// Whether these bytes, its payload and its hash, are the next block.
    pub(super) fn check(&mut self, payload: &[u8], hash: &[u8]) -> bool {
        self.advance(payload);
        self.0 == hash
    }

    fn advance(&mut self, payload: &[u8]) {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0);
        hasher.update(payload);
        self.0 = *hasher.finalize().as_bytes();
    }
}
