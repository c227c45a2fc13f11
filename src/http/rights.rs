//! What each route of operators needs, and which roles may do it. Which routes need what is in the one route table.

use axum::http::Method;

use crate::domain::Role;
use crate::http::per_route::PerRoute;

/// What a route of operators is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Reading how the house fares.
    Read,
    /// Reading who has tickets.
    ReadTickets,
    /// Letting people in at the entrance, and taking that back.
    CheckIn,
    /// Selling, charging, refunding, keeping seats back.
    Sell,
    /// Concerts, queues, users.
    Manage,
    /// Keys, and how the server runs.
    Own,
}

impl Right {
    pub(super) fn has(self, role: Role) -> bool {
        match role {
            Role::Viewer => matches!(self, Self::Read | Self::ReadTickets),
            Role::Door => matches!(self, Self::ReadTickets | Self::CheckIn),
            Role::BoxOffice => matches!(self, Self::Read | Self::ReadTickets | Self::CheckIn | Self::Sell),
            Role::Manager => !matches!(self, Self::Own),
            Role::Owner => true,
        }
    }

    /// The role that is made for it.
    pub(super) fn role(self) -> Role {
        match self {
            Self::Read | Self::ReadTickets => Role::Viewer,
            Self::CheckIn => Role::Door,
            Self::Sell => Role::BoxOffice,
            Self::Manage => Role::Manager,
            Self::Own => Role::Owner,
        }
    }
}

/// What each route of operators needs.
pub struct Rights(PerRoute<Right>);

impl Rights {
    pub(super) fn new(routes: impl IntoIterator<Item = (Method, String, Right)>) -> Self {
        Self(PerRoute::new(routes))
    }

    /// Whether the table has the route of a request.
    #[cfg(test)]
    pub(super) fn has(&self, method: &Method, path: &str) -> bool {
        self.0.find(method, path).is_some()
    }

    /// What the route of a request needs. A route that the table does not have is the owner's alone.
    pub(super) fn of(&self, method: &Method, path: &str) -> Right {
        self.0.find(method, path).copied().unwrap_or(Right::Own)
    }
}

#[cfg(test)]
mod tests {
    use super::Right::{CheckIn, Manage, Own, Read, ReadTickets, Sell};
    use super::{Right, Role};

    const ALL: [Right; 6] = [Read, ReadTickets, CheckIn, Sell, Manage, Own];

    #[test]
    fn each_role_may_do_what_those_before_it_may_and_the_door_stands_beside() {
        let of = |role| ALL.into_iter().filter(|right| right.has(role)).collect::<Vec<_>>();
        assert_eq!(of(Role::Viewer), [Read, ReadTickets]);
        assert_eq!(of(Role::Door), [ReadTickets, CheckIn]);
        assert_eq!(of(Role::BoxOffice), [Read, ReadTickets, CheckIn, Sell]);
        assert_eq!(of(Role::Manager), [Read, ReadTickets, CheckIn, Sell, Manage]);
        assert_eq!(of(Role::Owner), ALL);
    }

    #[test]
    fn the_role_that_is_named_may_do_it() {
        assert!(ALL.into_iter().all(|right| right.has(right.role())));
    }
}
