//! Where each route may be answered when there are several instances: a line a route, which a test compares with the
//! route table.

use std::sync::Arc;

use axum::http::Method;

use crate::http::per_route::PerRoute;

/// Where a route may be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// By the instance that is asked: it tells of itself, or what is the same everywhere.
    Here,
    /// By the instance that leads: it is about the box office.
    Leader,
}

use Reach::{Here, Leader};

/// Where the routes of the table may be answered. What the table does not have, the parts of the page among it, is
/// answered here.
const ROUTES: &[(Reach, &[&str], &str)] = &[
    (Here, &["GET"], "/healthz"),
    (Here, &["GET"], "/readyz"),
    (Here, &["GET"], "/metrics"),
    (Here, &["GET"], "/openapi.json"),
    (Here, &["GET"], "/docs"),
    // Each instance tells of itself.
    (Here, &["GET"], "/api/v1/admin/cluster"),
    // The box office as anybody sees it.
    (Leader, &["GET"], "/api/v1/site"),
    (Leader, &["GET"], "/api/v1/concerts"),
    (Leader, &["GET"], "/api/v1/concerts/{concertId}"),
    (Leader, &["GET"], "/api/v1/concerts/{concertId}/plan"),
    (Leader, &["GET"], "/api/v1/tickets/key"),
    // Users and what is theirs.
    (Leader, &["POST"], "/api/v1/users"),
    (Leader, &["GET"], "/api/v1/users/{userId}/balance"),
    (Leader, &["POST"], "/api/v1/users/{userId}/balance/charge"),
    (Leader, &["GET"], "/api/v1/users/{userId}/ledger"),
    (Leader, &["GET"], "/api/v1/users/{userId}/payments"),
    (Leader, &["GET"], "/api/v1/users/{userId}/places"),
    (Leader, &["GET"], "/api/v1/users/{userId}/tickets"),
    (Leader, &["GET"], "/api/v1/concerts/{concertId}/reservations"),
    (Leader, &["GET"], "/api/v1/tickets/{ticketId}"),
    (Leader, &["GET"], "/api/v1/tickets/{ticketId}/qr.svg"),
    (Leader, &["POST", "DELETE"], "/api/v1/tickets/{ticketId}/transfer"),
    (Leader, &["POST"], "/api/v1/transfers/accept"),
    // Queue places, and what their tokens are for.
    (Leader, &["GET", "POST", "DELETE"], "/api/v1/token"),
    (Leader, &["GET"], "/api/v1/token/events"),
    (Leader, &["GET"], "/api/v1/concerts/{concertId}/availability"),
    (Leader, &["GET"], "/api/v1/seats"),
    (Leader, &["GET"], "/api/v1/seats/dates"),
    (Leader, &["GET"], "/api/v1/seats/available"),
    (Leader, &["GET"], "/api/v1/seats/states"),
    (Leader, &["GET"], "/api/v1/seats/events"),
    (Leader, &["POST"], "/api/v1/seats/reserve"),
    (Leader, &["DELETE"], "/api/v1/seats/cancel"),
    (Leader, &["POST"], "/api/v1/seats/payment"),
    // What the operator does with concerts.
    (Leader, &["GET", "POST"], "/api/v1/admin/concerts"),
    (Leader, &["GET", "PATCH", "DELETE"], "/api/v1/admin/concerts/{concertId}"),
    (Leader, &["GET", "PUT"], "/api/v1/admin/concerts/{concertId}/queue"),
    (Leader, &["GET"], "/api/v1/admin/concerts/{concertId}/stats"),
    (Leader, &["GET"], "/api/v1/admin/concerts/{concertId}/stats/series"),
    (Leader, &["GET"], "/api/v1/admin/concerts/{concertId}/stats/stream"),
    (Leader, &["POST"], "/api/v1/admin/concerts/{concertId}/dates/{date}/block"),
    (Leader, &["POST"], "/api/v1/admin/concerts/{concertId}/dates/{date}/release"),
    (Leader, &["POST"], "/api/v1/admin/concerts/{concertId}/dates/{date}/cancel"),
    (Leader, &["POST"], "/api/v1/admin/concerts/{concertId}/dates/{date}/move"),
    (Leader, &["GET"], "/api/v1/admin/concerts/{concertId}/dates/{date}/seats/{seat}"),
    (Leader, &["GET"], "/api/v1/admin/concerts/{concertId}/dates/{date}/door"),
    // What the operator sells, gives back, lets in and looks up.
    (Leader, &["POST"], "/api/v1/admin/sales"),
    (Leader, &["POST"], "/api/v1/payments/{paymentId}/refund"),
    (Leader, &["POST"], "/api/v1/admin/check-ins"),
    (Leader, &["POST"], "/api/v1/admin/check-ins/batch"),
    (Leader, &["DELETE"], "/api/v1/admin/check-ins/{ticketId}"),
    (Leader, &["GET"], "/api/v1/admin/payments"),
    (Leader, &["GET"], "/api/v1/admin/tickets"),
    (Leader, &["GET"], "/api/v1/admin/users"),
    (Leader, &["GET", "PATCH", "DELETE"], "/api/v1/admin/users/{userId}"),
    (Leader, &["POST"], "/api/v1/admin/users/{userId}/withdraw"),
    (Leader, &["GET"], "/api/v1/admin/users/{userId}/export"),
    (Leader, &["GET"], "/api/v1/admin/reports/till"),
    // Whoever orders the log says who does so with it.
    (Leader, &["POST"], "/api/v1/admin/cluster/members"),
    (Leader, &["DELETE"], "/api/v1/admin/cluster/members/{nodeId}"),
    (Leader, &["GET"], "/api/v1/admin/events"),
    (Leader, &["GET"], "/api/v1/admin/events/stream"),
];

/// Where a route may be answered, and its template.
#[derive(Clone)]
pub(super) struct Known {
    pub reach: Reach,
    pub template: Arc<str>,
}

/// Where every route may be answered.
pub(super) struct Reaches(PerRoute<Known>);

impl Reaches {
    /// Of the route table.
    pub(super) fn of_table() -> Self {
        Self::new(lines())
    }

    /// Of these routes, each a method and a template.
    pub(super) fn new(routes: impl IntoIterator<Item = (Method, &'static str, Reach)>) -> Self {
        let known =
            |(method, path, reach): (_, &str, _)| (method, path.to_owned(), Known { reach, template: path.into() });
        Self(PerRoute::new(routes.into_iter().map(known)))
    }

    /// Where the route of a request may be answered; what no route takes is answered here.
    pub(super) fn of(&self, method: &Method, path: &str) -> Reach {
        self.0.find(method, path).map_or(Here, |known| known.reach)
    }

    /// The template of the route of a request that the leader answers; nothing when it is answered here, as all that no
    /// route takes.
    pub(super) fn led(&self, method: &Method, path: &str) -> Option<&Arc<str>> {
        let Known { reach, template } = self.0.find(method, path)?;
        match reach {
            Here => None,
            Leader => Some(template),
        }
    }
}

/// Every route of the list.
fn lines() -> impl Iterator<Item = (Method, &'static str, Reach)> {
    ROUTES.iter().flat_map(|(reach, methods, path)| {
        let method = |name: &&str| Method::from_bytes(name.as_bytes()).expect("the methods of the list are methods");
        methods.iter().map(move |name| (method(name), *path, *reach))
    })
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::{Reaches, lines};
    use crate::http::openapi::operations::operations;
    use crate::http::routes::table;

    #[test]
    fn every_route_of_the_table_has_a_line_and_no_line_is_of_another() {
        let name = |method: &Method, path: &str| format!("{path} {method}");
        let mut of_table: Vec<String> =
            operations(&table().into_openapi()).iter().map(|(method, path)| name(method, path)).collect();
        let mut listed: Vec<String> = lines().map(|(method, path, _)| name(&method, path)).collect();
        of_table.sort();
        listed.sort();
        assert_eq!(listed, of_table);
    }

    #[test]
    fn a_route_is_found_by_its_path_and_what_is_no_route_is_answered_here() {
        let reaches = Reaches::of_table();
        for (method, path, template) in [
            (Method::POST, "/api/v1/seats/reserve", Some("/api/v1/seats/reserve")),
            (Method::HEAD, "/api/v1/concerts/spring", Some("/api/v1/concerts/{concertId}")),
            (Method::PUT, "/api/v1/concerts/spring", None),
            (Method::GET, "/api/v1/concerts/", None),
            (Method::GET, "/healthz", None),
            (Method::GET, "/metrics", None),
            (Method::GET, "/docs/swagger-ui.css", None),
            (Method::GET, "/", None),
            (Method::OPTIONS, "*", None),
        ] {
            assert_eq!(reaches.led(&method, path).map(AsRef::as_ref), template, "{method} {path}");
        }
    }
}
