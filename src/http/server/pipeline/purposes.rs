//! What each route is for, as far as it matters under overload. Routes are told apart exactly, by the one route table.

use std::collections::BTreeMap;

use axum::http::Method;
use matchit::Router as Paths;

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
    /// What the operator does.
    Operator,
}

/// The purpose of every route.
#[derive(Clone, Default)]
pub struct Purposes {
    paths: Paths<Vec<(Method, Purpose)>>,
}

impl Purposes {
    /// Says what each route, a method and a template of the route table, is for.
    pub fn new(routes: impl IntoIterator<Item = (Method, String, Purpose)>) -> Self {
        let mut by_path: BTreeMap<String, Vec<(Method, Purpose)>> = BTreeMap::new();
        for (method, path, purpose) in routes {
            by_path.entry(path).or_default().push((method, purpose));
        }
        let mut paths = Paths::new();
        for (path, purposes) in by_path {
            paths.insert(path, purposes).expect("the router takes the same templates");
        }
        Self { paths }
    }

    /// Whether some method at `path` is the operator's.
    pub fn is_operators(&self, path: &str) -> bool {
        let found = self.paths.at(path).ok();
        found.is_some_and(|found| found.value.iter().any(|(_, purpose)| *purpose == Purpose::Operator))
    }

    /// A route that does not exist is an arrival: it is refused as one.
    pub(in crate::http) fn of(&self, method: &Method, path: &str) -> Purpose {
        // A HEAD is answered as the GET would be.
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let found = self.paths.at(path).ok();
        let purpose = found.and_then(|found| found.value.iter().find(|(known, _)| known == method));
        purpose.map_or(Purpose::Arrival, |(_, purpose)| *purpose)
    }
}
