//! Users: create, block, let in again, delete.

use super::Effects;
use crate::domain::places::Pace;
use crate::domain::{
    Bearer, ConcertNo, EndReason, Rejection, Reply, Rows, Sale, State, Stop, User, UserId, UserStanding, Username,
    Wallet, tables,
};

/// The user, who must exist, must not be deleted and must not be blocked.
pub fn welcome(rows: &impl Rows, user: UserId) -> Result<User, Stop> {
    let row =
        rows.get::<tables::Users>(&user)?.filter(|row| row.deleted_at.is_none()).ok_or(Rejection::UserNotFound)?;
    match row.standing {
        UserStanding::Welcome => Ok(row),
        UserStanding::Blocked => Err(Rejection::UserBlocked.into()),
    }
}

pub fn judge_create(rows: &impl Rows, username: &Username) -> Result<(), Stop> {
    match rows.get::<tables::Usernames>(&username.canonical)? {
        Some(_) => Err(Rejection::UsernameTaken.into()),
        None => Ok(()),
    }
}

pub fn create(
    rows: &impl Rows,
    user: UserId,
    username: &Username,
    email: Option<&str>,
    effects: &mut Effects<'_>,
) -> Result<Reply, Stop> {
    judge_create(rows, username)?;
    let now = effects.wall();
    let row = User {
        username: username.clone(),
        email: email.map(str::to_owned),
        standing: UserStanding::Welcome,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    effects.put::<tables::Users>(user, row.clone());
    effects.put::<tables::Usernames>(username.canonical.clone(), user);
    effects.put::<tables::Wallets>(user, Wallet { updated_at: now, ..Wallet::default() });
    Ok(Reply::User { id: user, user: row, balance: 0 })
}

pub fn judge_standing(rows: &impl Rows, user: UserId) -> Result<User, Stop> {
    Ok(rows.get::<tables::Users>(&user)?.filter(|row| row.deleted_at.is_none()).ok_or(Rejection::UserNotFound)?)
}

pub fn set_standing(
    state: &mut State,
    rows: &impl Rows,
    user: UserId,
    standing: UserStanding,
    effects: &mut Effects<'_>,
) -> Result<Reply, Stop> {
    let row = User { standing, updated_at: effects.wall(), ..judge_standing(rows, user)? };
    effects.put::<tables::Users>(user, row.clone());
    if standing == UserStanding::Blocked {
        end_places(state, user, EndReason::Blocked, effects);
    }
    Ok(Reply::User { id: user, user: row, balance: rows.get::<tables::Wallets>(&user)?.unwrap_or_default().balance })
}

pub fn judge_delete(rows: &impl Rows, user: UserId) -> Result<User, Stop> {
    let row = judge_standing(rows, user)?;
    if rows.get::<tables::Wallets>(&user)?.unwrap_or_default().balance > 0 {
        return Err(Rejection::WalletNotEmpty.into());
    }
    Ok(row)
}

pub fn delete(state: &mut State, rows: &impl Rows, user: UserId, effects: &mut Effects<'_>) -> Result<Reply, Stop> {
    let now = effects.wall();
    let row = User { deleted_at: Some(now), updated_at: now, ..judge_delete(rows, user)? };
    effects.put::<tables::Users>(user, row.clone());
    end_places(state, user, EndReason::Deleted, effects);
    Ok(Reply::User { id: user, user: row, balance: 0 })
}

/// Ends all live places of a user; what they held is free, and who waits behind them moves up.
fn end_places(state: &mut State, user: UserId, reason: EndReason, effects: &mut Effects<'_>) {
    let place = |sale: &Sale| sale.live_place(user).map(|sequence| Bearer { concert: sale.no, sequence, user });
    let places: Vec<Bearer> = state.queued(ConcertNo(0)).filter_map(place).collect();
    for Bearer { concert, sequence, .. } in places {
        let sale = state.sales.get_mut(&concert).expect("just seen");
        sale.settle(sequence, effects.now, &state.settings, effects);
        if sale.live_place(user) == Some(sequence) {
            sale.end_place(sequence, reason, effects.now, effects);
        }
        super::advance(state, concert, Pace::Few, effects);
    }
}
