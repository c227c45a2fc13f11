//! What is known of each route, found by method and path. Routes are told apart exactly, by their templates.

use std::collections::BTreeMap;

use axum::http::Method;
use matchit::Router as Paths;

/// Something that is known of every route of a table.
#[derive(Clone)]
pub(super) struct PerRoute<T> {
    paths: Paths<Vec<(Method, T)>>,
}

impl<T> Default for PerRoute<T> {
    fn default() -> Self {
        Self { paths: Paths::new() }
    }
}

impl<T> PerRoute<T> {
    /// What is known of each route, a method and a template of the route table.
    pub(super) fn new(routes: impl IntoIterator<Item = (Method, String, T)>) -> Self {
        let mut by_path: BTreeMap<String, Vec<(Method, T)>> = BTreeMap::new();
        for (method, path, known) in routes {
            by_path.entry(path).or_default().push((method, known));
        }
        let mut paths = Paths::new();
        for (path, known) in by_path {
            paths.insert(path, known).expect("the router takes the same templates");
        }
        Self { paths }
    }

    /// What is known of the route of a request; nothing when there is no such route.
    pub(super) fn find(&self, method: &Method, path: &str) -> Option<&T> {
        self.find_with_part(method, path).map(|(known, _)| known)
    }

    /// The same with the first variable part of the path, which is empty where there is none.
    pub(super) fn find_with_part<'p>(&self, method: &Method, path: &'p str) -> Option<(&T, &'p str)> {
        // A HEAD is answered as the GET would be.
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let at = self.paths.at(path).ok()?;
        let (_, known) = at.value.iter().find(|(of, _)| of == method)?;
        Some((known, at.params.iter().next().map_or("", |(_, part)| part)))
    }

    /// The methods at a path, with what is known of each.
    pub(super) fn all_at(&self, path: &str) -> &[(Method, T)] {
        self.paths.at(path).map_or(&[], |found| found.value)
    }
}
