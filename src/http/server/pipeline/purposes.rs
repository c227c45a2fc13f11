//! What each route is for, as far as it matters under overload. Routes are told apart exactly, by the one route table.

use axum::http::Method;

use crate::http::per_route::PerRoute;
use crate::http::rights::Right;

/// What a route is for, as far as it matters under overload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Telling whether the server is alive and ready; it needs no room.
    Health,
    /// Telling how the server fares.
    Metrics,
    /// Coming in, asking, looking around.
    Arrival,
    /// A purchase of somebody who is in.
    Purchase,
    /// What operators do who have this right.
    Operator(Right),
}

/// The purpose of every route.
#[derive(Clone, Default)]
pub struct Purposes(PerRoute<Purpose>);

impl Purposes {
    /// Says what each route, a method and a template of the route table, is for.
    pub fn new(routes: impl IntoIterator<Item = (Method, String, Purpose)>) -> Self {
        Self(PerRoute::new(routes))
    }

    /// Whether some method at `path` is the operator's.
    pub fn is_operators(&self, path: &str) -> bool {
        self.0.all_at(path).iter().any(|(_, purpose)| matches!(purpose, Purpose::Operator(_)))
    }

    /// A route that does not exist is an arrival: it is refused as one.
    pub(in crate::http) fn of(&self, method: &Method, path: &str) -> Purpose {
        self.0.find(method, path).copied().unwrap_or(Purpose::Arrival)
    }
}
