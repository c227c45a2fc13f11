//! Delete a user: the row stays without name and e-mail, the wallet must be empty.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, Scope, View};
use super::user_access::existing;
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, EmailKey, EndReason, EventData, Rejection, RowFault, Rows, User, UserChange, UserId, UserWritten,
    Username, tables,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteUser {
    pub user: UserId,
}

impl Execute for DeleteUser {
    type Plan = User;

    fn judge(&self, view: &impl View) -> Result<User, ApplyError> {
        let user = existing(view.rows(), self.user)?;
        let wallet = view.rows().get::<tables::Wallets>(&self.user)?.unwrap_or_default();
        if wallet.balance > 0 { Err(Rejection::WalletNotEmpty.into()) } else { Ok(user) }
    }

    fn perform(
        &self,
        user: User,
        state: &mut State,
        _rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<UserWritten, RowFault> {
        let now = effects.wall();
        effects.remove::<tables::Usernames>(user.username.canonical);
        if let Some(email) = &user.email {
            effects.remove::<tables::Emails>(EmailKey::of(email, self.user));
        }
        let username = Username::erased();
        let user = User { username, email: None, deleted_at: Some(now), updated_at: now, ..user };
        effects.put::<tables::Users>(self.user, user.clone());
        effects.event(None, EventData::UserChanged { user: self.user, change: UserChange::Deleted });
        state.end_places_of(self.user, EndReason::Deleted, effects);
        Ok(UserWritten { id: self.user, user, balance: 0 })
    }

    fn scope(&self, _state: &State, _rows: &impl Rows) -> Result<Scope, RowFault> {
        Ok(Scope::Of(self.user))
    }
}
