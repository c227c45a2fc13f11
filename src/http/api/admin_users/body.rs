//! Users as the operator sees them, one or many.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{Currency, User, UserId, UserStanding, Withdrawn};
use crate::http::api::users::{Email, Username};
use crate::http::csv::CsvRow;
use crate::http::request::page::Cursor;
use crate::http::values::{self, Amount, CurrencyCode, Instant};

/// A user as the operator sees them.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct UserBody {
    pub user_id: values::UserId,
    /// `null` once the user was deleted, as the e-mail is.
    pub username: Option<Username>,
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

/// A page of users, newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UsersBody {
    pub users: Vec<UserBody>,
    /// `null` at the end. A page may have fewer rows than it could and more behind it.
    #[schema(value_type = Option<Cursor>)]
    pub next_cursor: Option<String>,
}

/// The user of a name, or a page.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum FoundBody {
    One(UserBody),
    Page(UsersBody),
}

impl CsvRow for UserBody {
    const COLUMNS: &'static [&'static str] =
        &["userId", "username", "email", "blocked", "balance", "currency", "createdAt", "updatedAt", "deletedAt"];
}

impl UserBody {
    pub(in crate::http::api) fn of(id: UserId, user: &User, balance: u64, currency: Currency) -> Self {
        Self {
            user_id: values::UserId(id),
            username: Some(&user.username).filter(|name| !name.is_erased()).cloned().map(Username),
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

/// Money that was paid out of a wallet.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WithdrawnBody {
    pub user_id: values::UserId,
    #[schema(value_type = Amount)]
    pub amount: u64,
    #[schema(value_type = Amount)]
    pub new_balance: u64,
    /// An ISO 4217 code; amounts count its smallest unit.
    pub currency: CurrencyCode,
    pub entry_id: u64,
    pub withdrawn_at: Instant,
}

impl WithdrawnBody {
    pub(super) fn of(withdrawn: Withdrawn, currency: Currency) -> Self {
        Self {
            user_id: values::UserId(withdrawn.user),
            amount: withdrawn.amount,
            new_balance: withdrawn.balance,
            currency: CurrencyCode(currency.to_string()),
            entry_id: withdrawn.entry,
            withdrawn_at: Instant(withdrawn.withdrawn_at),
        }
    }
}
