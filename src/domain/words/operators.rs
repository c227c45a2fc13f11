//! Who works at the box office: roles, the keys that operators hold, and whoever acted.

use serde::{Deserialize, Serialize};

use super::time::WallTime;

/// The number of an operator's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyId(pub u128);

impl KeyId {
    /// The key of the data folder, which is in no table.
    pub const OWNER: Self = Self(0);
}

/// What an operator is there for. Of the roles but [`Role::Door`] each may do all that the ones before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Reads all that is there, but the keys.
    Viewer,
    /// Lets people in at the entrance, and nothing else.
    Door,
    /// Sells, cancels, refunds, charges wallets, blocks seats.
    BoxOffice,
    /// Runs concerts, queues and users.
    Manager,
    /// Gives keys, and changes settings.
    Owner,
}

impl Role {
    pub const ALL: [Self; 5] = [Self::Viewer, Self::Door, Self::BoxOffice, Self::Manager, Self::Owner];

    /// What programs and people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Door => "door",
            Self::BoxOffice => "box_office",
            Self::Manager => "manager",
            Self::Owner => "owner",
        }
    }
}

/// What became of a request that showed a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum KeyUse {
    Accepted,
    /// The key had expired.
    Refused,
}

/// Characters that the name of a key may have.
pub const KEY_NAME_LENGTH_MAX: usize = 64;

/// Bytes of the hash of a key.
pub const KEY_HASH_BYTES: usize = 32;

/// A key by which an operator is known. The key itself is nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorKeyRow {
    pub name: String,
    pub role: Role,
    /// BLAKE3 of the key.
    pub hash: [u8; KEY_HASH_BYTES],
    pub created_at: WallTime,
    /// From then on it is good for nothing; `None` is never.
    pub expires_at: Option<WallTime>,
    /// May lag behind by an hour.
    pub last_used_at: Option<WallTime>,
    /// When it was last told that the key was shown after its expiry.
    pub last_refused_at: Option<WallTime>,
}

impl OperatorKeyRow {
    pub fn has_expired(&self, now: WallTime) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }
}

/// What became of an instance among those of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemberChange {
    Added,
    Removed,
}

/// The operator who did something, as their key was called then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActingOperator {
    pub key: KeyId,
    pub name: String,
    pub role: Role,
}

impl ActingOperator {
    /// Whoever holds the key of the data folder.
    pub fn owner() -> Self {
        Self { key: KeyId::OWNER, name: "owner".to_owned(), role: Role::Owner }
    }
}
