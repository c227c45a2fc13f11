//! Users, also those who are blocked or deleted.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::history::{HistoryPart, required};
use super::walk::newest_picked;
use crate::domain::{EmailKey, Rows, User, UserId, UserWritten, tables};
use crate::node::handle::Handle;
use crate::node::submit_error::SubmitError;
use crate::storage::{Direction, Store};

/// Users who are found by an index and sorted; where there may be more, a walk meets enough of them soon.
const MATCHES_MAX: usize = 500;
/// Sorts behind whatever goes on from the same beginning.
const BEHIND_ALL: char = char::MAX;

/// Users of whom the name or the e-mail address begins so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSearch {
    /// The beginning of a name in its canonical form.
    pub name: String,
    /// The beginning of an address.
    pub email: String,
}

/// Users by number.
type Numbered = BTreeMap<u64, (UserId, User)>;

impl UserSearch {
    fn finds(&self, user: &User) -> bool {
        let is_email = |email: &String| email.to_ascii_lowercase().starts_with(&self.email.to_ascii_lowercase());
        user.username.canonical.starts_with(&self.name) || user.email.as_ref().is_some_and(is_email)
    }

    /// Those whom the indices name, by number; `None` when there may be too many.
    fn by_index(&self, store: &Store) -> Result<Option<Numbered>, SubmitError> {
        let names = (Bound::Included(self.name.clone()), Bound::Excluded(format!("{}{BEHIND_ALL}", self.name)));
        let named = store.range::<tables::Usernames>(&names, Direction::Ascending, MATCHES_MAX)?;
        let [first, end] = [self.email.clone(), format!("{}{BEHIND_ALL}", self.email)];
        let emails = [first, end].map(|email| EmailKey::of(&email, UserId(0)));
        let [first, end] = emails;
        let emails = (Bound::Included(first), Bound::Excluded(end));
        let addressed = store.range::<tables::Emails>(&emails, Direction::Ascending, MATCHES_MAX)?;
        if named.rest.is_some() || addressed.rest.is_some() {
            return Ok(None);
        }
        let named = named.rows.into_iter().map(|(_, id)| id);
        let ids = named.chain(addressed.rows.into_iter().map(|(email, ())| email.user));
        let numbered = ids.map(|id| {
            let user = required(store.get::<tables::Users>(&id))?;
            Ok((user.number, (id, user)))
        });
        numbered.collect::<Result<_, SubmitError>>().map(Some)
    }
}

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

    /// At most `limit` users, newest first, from number `from` on: all of them, or those who are looked for.
    ///
    /// # Errors
    /// A fault.
    pub async fn users(
        &self,
        search: Option<UserSearch>,
        from: Option<u64>,
        limit: usize,
    ) -> Result<HistoryPart<u64, UserWritten>, SubmitError> {
        self.read_rows(move |handle| {
            let store = handle.store();
            let from = from.unwrap_or(u64::MAX);
            let matches = search.as_ref().map(|search| search.by_index(store)).transpose()?.flatten();
            let (found, next) = match matches {
                Some(matches) => {
                    let mut left = matches.into_iter().rev().skip_while(|(number, _)| *number > from);
                    let found: Vec<(UserId, User)> = left.by_ref().take(limit).map(|(_, user)| user).collect();
                    (found, left.next().map(|(number, _)| number))
                }
                None => {
                    let keys = (Bound::Unbounded, Bound::Included(from));
                    let walked = newest_picked::<tables::UserNumbers, _>(store, keys, limit, |_, id| {
                        let user = required(store.get::<tables::Users>(&id))?;
                        Ok(search.as_ref().is_none_or(|search| search.finds(&user)).then_some((id, user)))
                    })?;
                    (walked.found, walked.last.map(|number| number - 1).filter(|number| *number > 0))
                }
            };
            let told = found.into_iter().map(|(id, user)| Ok(UserWritten { id, user, balance: handle.balance(id)? }));
            Ok(HistoryPart { rows: told.collect::<Result<_, SubmitError>>()?, next })
        })
        .await
    }

    /// What a user's wallet holds.
    ///
    /// # Errors
    /// A fault.
    pub fn balance(&self, user: UserId) -> Result<u64, SubmitError> {
        Ok(self.store().get::<tables::Wallets>(&user)?.unwrap_or_default().balance)
    }
}
