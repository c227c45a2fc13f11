//! What a key is made for.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::KEY_NAME_LENGTH_MAX;
use crate::http::values::kind::bounded_texts;
use crate::http::values::{Form, Instant, RoleWord};

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct KeyRequest {
    pub name: KeyName,
    pub role: RoleWord,
    /// From then on it is good for nothing; without it it is good until it is removed.
    pub expires_at: Option<Instant>,
}

bounded_texts! {
    /// Whose key it is, as the audit names them.
    KeyName = Form::Line, 1..=KEY_NAME_LENGTH_MAX;
}
