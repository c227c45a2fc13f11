//! A user who was just created.

use serde::Serialize;
use utoipa::ToSchema;

use crate::calendar::write_instant;
use crate::domain::{User, UserId};
use crate::http::values::write_uuid;

/// A user who was just created.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedUserBody {
    pub user_id: String,
    pub username: String,
    pub email: Option<String>,
    pub created_at: String,
}

impl CreatedUserBody {
    pub fn of(id: UserId, user: &User) -> Self {
        Self {
            user_id: write_uuid(id.0),
            username: user.username.given.clone(),
            email: user.email.clone(),
            created_at: write_instant(user.created_at),
        }
    }
}
