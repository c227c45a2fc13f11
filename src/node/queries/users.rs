//! Users, also those who are blocked or deleted.

use crate::domain::{Rows, UserId, UserWritten, tables};
use crate::node::handle::Handle;
use crate::node::submit_error::SubmitError;

impl Handle {
    /// The user who has this name in its canonical form.
    ///
    /// # Errors
    /// A fault.
    pub fn user_named(&self, canonical: &String) -> Result<Option<UserId>, SubmitError> {
        Ok(self.store().get::<tables::Usernames>(canonical)?)
    }

    /// A user with the balance, whoever it is.
    ///
    /// # Errors
    /// A fault.
    pub fn any_user(&self, id: UserId) -> Result<Option<UserWritten>, SubmitError> {
        let Some(user) = self.store().get::<tables::Users>(&id)? else { return Ok(None) };
        Ok(Some(UserWritten { id, user, balance: self.balance(id)? }))
    }

    /// What a user's wallet holds.
    ///
    /// # Errors
    /// A fault.
    pub fn balance(&self, user: UserId) -> Result<u64, SubmitError> {
        Ok(self.store().get::<tables::Wallets>(&user)?.unwrap_or_default().balance)
    }
}
