//! A user as the operator sees them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::calendar::write_instant;
use crate::domain::{Currency, User, UserId, UserStanding};
use crate::http::values::write_uuid;

/// A user as the operator sees them.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserBody {
    pub user_id: String,
    pub username: String,
    pub email: Option<String>,
    pub blocked: bool,
    pub balance: u64,
    /// An ISO 4217 code; the balance counts its smallest unit.
    pub currency: String,
    pub created_at: String,
    pub updated_at: String,
    pub deleted_at: Option<String>,
}

impl UserBody {
    pub fn of(id: UserId, user: &User, balance: u64, currency: Currency) -> Self {
        Self {
            user_id: write_uuid(id.0),
            username: user.username.given.clone(),
            email: user.email.clone(),
            blocked: match user.standing {
                UserStanding::Blocked => true,
                UserStanding::Welcome => false,
            },
            balance,
            currency: currency.to_string(),
            created_at: write_instant(user.created_at),
            updated_at: write_instant(user.updated_at),
            deleted_at: user.deleted_at.map(write_instant),
        }
    }
}
