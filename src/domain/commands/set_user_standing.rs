//! Block a user, which ends their places, or let them in again.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, Scope, View};
use super::user_access::existing;
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, EndReason, EventData, RowFault, Rows, User, UserChange, UserId, UserStanding, UserWritten, Wallet,
    tables,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetUserStanding {
    pub user: UserId,
    pub standing: UserStanding,
}

impl Execute for SetUserStanding {
    type Plan = (User, Wallet);

    fn judge(&self, view: &impl View) -> Result<(User, Wallet), ApplyError> {
        let user = existing(view.rows(), self.user)?;
        Ok((user, view.rows().get::<tables::Wallets>(&self.user)?.unwrap_or_default()))
    }

    fn perform(
        &self,
        (user, wallet): (User, Wallet),
        state: &mut State,
        _rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<UserWritten, RowFault> {
        if user.standing == self.standing {
            return Ok(UserWritten { id: self.user, user, balance: wallet.balance });
        }
        let user = User { standing: self.standing, updated_at: effects.wall(), ..user };
        effects.put::<tables::Users>(self.user, user.clone());
        let change = match self.standing {
            UserStanding::Blocked => UserChange::Blocked,
            UserStanding::Welcome => UserChange::Unblocked,
        };
        effects.event(None, EventData::UserChanged { user: self.user, change });
        if self.standing == UserStanding::Blocked {
            state.end_places_of(self.user, EndReason::Blocked, effects);
        }
        Ok(UserWritten { id: self.user, user, balance: wallet.balance })
    }

    fn scope(&self, _state: &State, _rows: &impl Rows) -> Result<Scope, RowFault> {
        Ok(Scope::Of(self.user))
    }
}
