//! What is limited: the kinds of limits, and which route has which. It counts nothing.

use axum::http::Method;

use crate::config::{Limits as LimitSettings, RateLimit};
use crate::http::per_route::PerRoute;

/// What is limited by one rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// Making a user, by client.
    SignUp,
    /// Asking for a queue place, by client.
    Join,
    /// Any other change, by user.
    Change,
    /// Reading, by client.
    Read,
}

/// The limit of each route.
#[derive(Clone, Default)]
pub struct LimitedRoutes(PerRoute<LimitedRoute>);

/// A route that has a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitedRoute {
    pub kind: Limited,
    pub proof: Proof,
    pub names: PathNames,
}

/// What a request has to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A queue token, or it is refused for that.
    Token,
    /// Nothing, or what depends on settings.
    None,
}

/// Whom the first variable part of a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathNames {
    User,
    NoUser,
}

impl Limited {
    pub const ALL: [Self; 4] = [Self::SignUp, Self::Join, Self::Change, Self::Read];

    /// What it is called among the settings, in headers and in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::Join => "join",
            Self::Change => "change",
            Self::Read => "read",
        }
    }

    pub(super) fn setting(self, limits: &LimitSettings) -> RateLimit {
        match self {
            Self::SignUp => limits.sign_up,
            Self::Join => limits.join,
            Self::Change => limits.change,
            Self::Read => limits.read,
        }
    }
}

impl LimitedRoutes {
    /// Says what limits each route, a method and a template of the route table.
    pub fn new(routes: impl IntoIterator<Item = (Method, String, LimitedRoute)>) -> Self {
        Self(PerRoute::new(routes))
    }

    /// The limit of a request's route, with the first variable part of its path.
    pub(in crate::http) fn find<'p>(&self, method: &Method, path: &'p str) -> Option<(LimitedRoute, &'p str)> {
        self.0.find_with_part(method, path).map(|(route, part)| (*route, part))
    }
}
