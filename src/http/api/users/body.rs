//! A user who was just created.

use serde::Serialize;
use utoipa::ToSchema;

use super::request::{Email, Username};
use crate::domain::{User, UserId};
use crate::http::values::{self, Instant};

/// A user who was just created.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreatedUserBody {
    pub user_id: values::UserId,
    pub username: Username,
    pub email: Option<Email>,
    pub created_at: Instant,
}

impl CreatedUserBody {
    pub(super) fn of(id: UserId, user: &User) -> Self {
        Self {
            user_id: values::UserId(id),
            username: Username(user.username.clone()),
            email: user.email.clone().map(Email),
            created_at: Instant(user.created_at),
        }
    }
}
