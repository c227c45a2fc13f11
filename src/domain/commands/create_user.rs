//! Create a user, with an empty wallet.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, View};
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, EmailKey, Rejection, RowFault, Rows, User, UserId, UserStanding, UserWritten, Username, Wallet, tables,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateUser {
    pub user: UserId,
    pub username: Username,
    pub email: Option<String>,
}

impl Execute for CreateUser {
    type Plan = ();

    fn judge(&self, view: &impl View) -> Result<(), ApplyError> {
        match view.rows().get::<tables::Usernames>(&self.username.canonical)? {
            Some(_) => Err(Rejection::UsernameTaken.into()),
            None => Ok(()),
        }
    }

    fn perform(
        &self,
        (): (),
        state: &mut State,
        _rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<UserWritten, RowFault> {
        let (id, now) = (self.user, effects.wall());
        effects.totals.last_user += 1;
        let number = effects.totals.last_user;
        let user = User {
            number,
            username: self.username.clone(),
            email: self.email.clone(),
            standing: UserStanding::Welcome,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        };
        effects.put::<tables::Users>(id, user.clone());
        effects.put::<tables::Usernames>(self.username.canonical.clone(), id);
        effects.put::<tables::UserNumbers>(number, id);
        if let Some(email) = &self.email {
            effects.put::<tables::Emails>(EmailKey::of(email, id), ());
        }
        effects.put::<tables::Wallets>(id, Wallet { updated_at: now, ..Wallet::default() });
        effects.totals.currency.get_or_insert(state.settings.currency);
        Ok(UserWritten { id, user, balance: 0 })
    }
}
