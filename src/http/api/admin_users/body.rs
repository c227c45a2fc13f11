//! A user as the operator sees them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{Currency, User, UserId, UserStanding};
use crate::http::api::users::{Email, Username};
use crate::http::values::{self, Amount, CurrencyCode, Instant};

/// A user as the operator sees them.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserBody {
    pub user_id: values::UserId,
    pub username: Username,
    pub email: Option<Email>,
    pub blocked: bool,
    #[schema(value_type = Amount)]
    pub balance: u64,
    /// An ISO 4217 code; the balance counts its smallest unit.
    pub currency: CurrencyCode,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub deleted_at: Option<Instant>,
}

impl UserBody {
    pub(super) fn of(id: UserId, user: &User, balance: u64, currency: Currency) -> Self {
        Self {
            user_id: values::UserId(id),
            username: Username(user.username.clone()),
            email: user.email.clone().map(Email),
            blocked: match user.standing {
                UserStanding::Blocked => true,
                UserStanding::Welcome => false,
            },
            balance,
            currency: CurrencyCode(currency.to_string()),
            created_at: Instant(user.created_at),
            updated_at: Instant(user.updated_at),
            deleted_at: user.deleted_at.map(Instant),
        }
    }
}
