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
    /// By the instance that is asked, once its copy shows all that was acknowledged before: what is told follows from rows
    /// and state alone, and is of no concert or of many. How one concert stands is told by the instance that leads it, which
    /// may come to an entry some milliseconds behind others: to whoever asks both, time would go back.
    Fresh,
    /// By the instance that is asked: the change is of no concert, so that every instance may propose it.
    Anyone,
    /// By the instance that orders the log.
    Log,
    /// By the instance that leads the concert of the request.
    Concert(Source),
}

/// What tells which concert a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The first variable part of its path, the concert's id.
    Path,
    /// The first variable part of its path, a payment's id.
    PathPayment,
    /// The first variable part of its path, a ticket's id.
    PathTicket,
    /// Its queue token.
    Token,
    /// `concertId` of its body.
    Body,
    /// `concertId` of its body; without it the only concert that is open.
    BodyOrOpen,
    /// `concertId` of its body; without it the concert is given an id by the instance that makes it.
    BodyOrNew,
    /// `ticketId` or `code` of its body, the code of a ticket.
    BodyTicket,
    /// The same of each of the scans in its body.
    BodyScans,
    /// `code` of its body, that of an offer.
    BodyOffer,
}

use Reach::{Anyone, Concert, Fresh, Here, Log};
use Source::{Body, BodyOffer, BodyOrNew, BodyOrOpen, BodyScans, BodyTicket, Path, PathPayment, PathTicket, Token};

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
    // They follow from settings and keys.
    (Here, &["GET"], "/api/v1/site"),
    (Here, &["GET"], "/api/v1/tickets/key"),
    // The box office as anybody sees it.
    (Fresh, &["GET"], "/api/v1/concerts"),
    (Fresh, &["GET"], "/api/v1/concerts/{concertId}"),
    (Fresh, &["GET"], "/api/v1/concerts/{concertId}/plan"),
    // Users and what is theirs.
    (Anyone, &["POST"], "/api/v1/users"),
    (Fresh, &["GET"], "/api/v1/users/{userId}/balance"),
    (Anyone, &["POST"], "/api/v1/users/{userId}/balance/charge"),
    (Fresh, &["GET"], "/api/v1/users/{userId}/ledger"),
    (Fresh, &["GET"], "/api/v1/users/{userId}/payments"),
    (Fresh, &["GET"], "/api/v1/users/{userId}/places"),
    (Fresh, &["GET"], "/api/v1/users/{userId}/tickets"),
    // Rows of one concert, behind a guard that may ask for a place at any.
    (Concert(Path), &["GET"], "/api/v1/concerts/{concertId}/reservations"),
    (Fresh, &["GET"], "/api/v1/tickets/{ticketId}"),
    (Fresh, &["GET"], "/api/v1/tickets/{ticketId}/qr.svg"),
    (Concert(PathTicket), &["POST", "DELETE"], "/api/v1/tickets/{ticketId}/transfer"),
    (Concert(BodyOffer), &["POST"], "/api/v1/transfers/accept"),
    // Queue places, and what their tokens are for: each use of one is seen by the instance that leads the concert.
    (Concert(BodyOrOpen), &["POST"], "/api/v1/token"),
    (Concert(Token), &["GET", "DELETE"], "/api/v1/token"),
    (Concert(Token), &["GET"], "/api/v1/token/events"),
    (Concert(Token), &["GET"], "/api/v1/concerts/{concertId}/availability"),
    (Concert(Token), &["GET"], "/api/v1/seats"),
    (Concert(Token), &["GET"], "/api/v1/seats/dates"),
    (Concert(Token), &["GET"], "/api/v1/seats/available"),
    (Concert(Token), &["GET"], "/api/v1/seats/states"),
    (Concert(Token), &["GET"], "/api/v1/seats/events"),
    (Concert(Token), &["POST"], "/api/v1/seats/reserve"),
    (Concert(Token), &["DELETE"], "/api/v1/seats/cancel"),
    (Concert(Token), &["POST"], "/api/v1/seats/payment"),
    // What the operator does with concerts.
    (Fresh, &["GET"], "/api/v1/admin/concerts"),
    (Concert(BodyOrNew), &["POST"], "/api/v1/admin/concerts"),
    (Concert(Path), &["GET", "PATCH", "DELETE"], "/api/v1/admin/concerts/{concertId}"),
    (Concert(Path), &["GET", "PUT"], "/api/v1/admin/concerts/{concertId}/queue"),
    (Concert(Path), &["GET"], "/api/v1/admin/concerts/{concertId}/stats"),
    (Concert(Path), &["GET"], "/api/v1/admin/concerts/{concertId}/stats/series"),
    (Concert(Path), &["GET"], "/api/v1/admin/concerts/{concertId}/stats/stream"),
    (Concert(Path), &["POST"], "/api/v1/admin/concerts/{concertId}/dates/{date}/block"),
    (Concert(Path), &["POST"], "/api/v1/admin/concerts/{concertId}/dates/{date}/release"),
    (Concert(Path), &["POST"], "/api/v1/admin/concerts/{concertId}/dates/{date}/cancel"),
    (Concert(Path), &["POST"], "/api/v1/admin/concerts/{concertId}/dates/{date}/move"),
    (Concert(Path), &["GET"], "/api/v1/admin/concerts/{concertId}/dates/{date}/seats/{seat}"),
    (Concert(Path), &["GET"], "/api/v1/admin/concerts/{concertId}/dates/{date}/door"),
    // What the operator sells, gives back, lets in and looks up.
    (Concert(Body), &["POST"], "/api/v1/admin/sales"),
    (Concert(PathPayment), &["POST"], "/api/v1/payments/{paymentId}/refund"),
    (Concert(BodyTicket), &["POST"], "/api/v1/admin/check-ins"),
    (Concert(BodyScans), &["POST"], "/api/v1/admin/check-ins/batch"),
    (Concert(PathTicket), &["DELETE"], "/api/v1/admin/check-ins/{ticketId}"),
    (Fresh, &["GET"], "/api/v1/admin/payments"),
    (Fresh, &["GET"], "/api/v1/admin/tickets"),
    (Fresh, &["GET"], "/api/v1/admin/users"),
    (Fresh, &["GET"], "/api/v1/admin/users/{userId}"),
    (Anyone, &["PATCH", "DELETE"], "/api/v1/admin/users/{userId}"),
    (Anyone, &["POST"], "/api/v1/admin/users/{userId}/withdraw"),
    (Fresh, &["GET"], "/api/v1/admin/users/{userId}/export"),
    (Fresh, &["GET"], "/api/v1/admin/reports/till"),
    // The keys of operators, and what operators did.
    (Fresh, &["GET"], "/api/v1/admin/keys"),
    (Anyone, &["POST"], "/api/v1/admin/keys"),
    (Anyone, &["DELETE"], "/api/v1/admin/keys/{keyId}"),
    (Fresh, &["GET"], "/api/v1/admin/audit"),
    // Who belongs to the cluster.
    (Log, &["POST"], "/api/v1/admin/cluster/members"),
    (Log, &["DELETE"], "/api/v1/admin/cluster/members/{nodeId}"),
    // Every instance has every event.
    (Fresh, &["GET"], "/api/v1/admin/events"),
    (Fresh, &["GET"], "/api/v1/admin/events/stream"),
];

/// What is known of a route.
#[derive(Clone)]
struct Known {
    reach: Reach,
    template: Arc<str>,
}

/// The route of a request.
pub(super) struct Found<'a> {
    pub reach: Reach,
    pub template: &'a Arc<str>,
    /// The first variable part of its path, as it stands there; empty where there is none.
    pub part: &'a str,
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

    /// The route that takes a request, if any does.
    pub(super) fn find<'a>(&'a self, method: &Method, path: &'a str) -> Option<Found<'a>> {
        let (Known { reach, template }, part) = self.0.find_with_part(method, path)?;
        Some(Found { reach: *reach, template, part })
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

    use super::{Reach, Reaches, Source, lines};
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
    fn what_changes_something_is_never_answered_from_a_copy_alone() {
        for (method, path, reach) in lines() {
            let is_read = matches!(reach, Reach::Here | Reach::Fresh);
            assert!(!is_read || method == Method::GET, "{method} {path}");
        }
    }

    #[test]
    fn a_concert_that_the_path_names_is_its_first_variable_part() {
        for (_, path, reach) in lines() {
            let first = path.split('{').nth(1).and_then(|rest| rest.split('}').next());
            let named = match reach {
                Reach::Concert(Source::Path) => "concertId",
                Reach::Concert(Source::PathPayment) => "paymentId",
                Reach::Concert(Source::PathTicket) => "ticketId",
                Reach::Concert(_) | Reach::Here | Reach::Fresh | Reach::Anyone | Reach::Log => continue,
            };
            assert_eq!(first, Some(named), "{path}");
        }
    }

    #[test]
    fn a_route_is_found_by_its_path_and_what_is_no_route_is_answered_here() {
        let reaches = Reaches::of_table();
        for (method, path, template, part) in [
            (Method::POST, "/api/v1/seats/reserve", Some("/api/v1/seats/reserve"), ""),
            (Method::HEAD, "/api/v1/concerts/spring", Some("/api/v1/concerts/{concertId}"), "spring"),
            (
                Method::PUT,
                "/api/v1/admin/concerts/a%2Db/queue",
                Some("/api/v1/admin/concerts/{concertId}/queue"),
                "a%2Db",
            ),
            (Method::GET, "/healthz", Some("/healthz"), ""),
            (Method::PUT, "/api/v1/concerts/spring", None, ""),
            (Method::GET, "/api/v1/concerts/", None, ""),
            (Method::GET, "/docs/swagger-ui.css", None, ""),
            (Method::GET, "/", None, ""),
            (Method::OPTIONS, "*", None, ""),
        ] {
            let found = reaches.find(&method, path);
            assert_eq!(found.as_ref().map(|found| found.template.as_ref()), template, "{method} {path}");
            assert_eq!(found.map_or("", |found| found.part), part, "{method} {path}");
            assert!(template.is_some() || reaches.of(&method, path) == Reach::Here, "{method} {path}");
        }
    }
}
