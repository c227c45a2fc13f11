//! Keys as their owner sees them: never the key itself, but for the one time when it is made.

use serde::Serialize;
use utoipa::ToSchema;

use super::request::KeyName;
use crate::domain::{KeyId, KeyWritten, OperatorKeyRow};
use crate::http::values::{self, Instant, RoleWord};

/// A key of an operator.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyBody {
    pub key_id: values::KeyId,
    #[schema(value_type = KeyName)]
    pub name: String,
    pub role: RoleWord,
    pub created_at: Instant,
    /// `null` is never.
    pub expires_at: Option<Instant>,
    /// May lag behind by an hour; `null` before the first use.
    pub last_used_at: Option<Instant>,
}

/// A key that was made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreatedKeyBody {
    #[serde(flatten)]
    pub about: KeyBody,
    /// To be sent as `Authorization: Bearer <key>`. It is shown this once: an answer that is given again, to a repeated
    /// `Idempotency-Key`, has `null` here.
    pub key: Option<String>,
}

/// All keys but the owner's.
#[derive(Serialize, ToSchema)]
pub(super) struct KeysBody {
    /// The newest last.
    pub keys: Vec<KeyBody>,
}

impl KeyBody {
    pub(super) fn of(key: KeyId, row: OperatorKeyRow) -> Self {
        Self {
            key_id: values::KeyId(key),
            name: row.name,
            role: RoleWord(row.role),
            created_at: Instant(row.created_at),
            expires_at: row.expires_at.map(Instant),
            last_used_at: row.last_used_at.map(Instant),
        }
    }

    pub(super) fn written(KeyWritten { key, row }: KeyWritten) -> Self {
        Self::of(key, row)
    }
}
