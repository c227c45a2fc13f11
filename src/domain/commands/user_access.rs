//! Which users there are, and which may act.

use crate::domain::words::{ApplyError, Rejection, Rows, User, UserId, UserStanding, tables};

/// A user who exists and is not deleted.
pub(super) fn existing(rows: &impl Rows, user: UserId) -> Result<User, ApplyError> {
    let row = rows.get::<tables::Users>(&user)?.filter(|row| row.deleted_at.is_none());
    Ok(row.ok_or(Rejection::UserNotFound)?)
}

/// A user who exists and is not blocked.
pub(super) fn welcome(rows: &impl Rows, user: UserId) -> Result<User, ApplyError> {
    let row = existing(rows, user)?;
    match row.standing {
        UserStanding::Welcome => Ok(row),
        UserStanding::Blocked => Err(Rejection::UserBlocked.into()),
    }
}
