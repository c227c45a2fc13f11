//! Which limit each route of the API has: a line a route, which a test compares with the route table. What is the
//! operator's has none: without the key it is refused for that.

use axum::http::Method;
use serde_json::json;
use utoipa::openapi::OpenApi;

use crate::http::limits::{Limited, LimitedRoute, LimitedRoutes, PathNames, Proof};
use crate::http::openapi::operations::method_of;

use Limited::{Change, Join, Read, SignUp};

/// The limit of each route of the API that is not below `/api/v1/admin/`.
const ROUTES: &[(Option<Limited>, &[&str], &str)] = &[
    (Some(SignUp), &["post"], "/api/v1/users"),
    (Some(Join), &["post"], "/api/v1/token"),
    (Some(Read), &["get"], "/api/v1/token"),
    (Some(Change), &["delete"], "/api/v1/token"),
    (Some(Read), &["get"], "/api/v1/token/events"),
    (Some(Read), &["get"], "/api/v1/site"),
    (Some(Read), &["get"], "/api/v1/concerts"),
    (Some(Read), &["get"], "/api/v1/concerts/{concertId}"),
    (Some(Read), &["get"], "/api/v1/concerts/{concertId}/plan"),
    (Some(Read), &["get"], "/api/v1/concerts/{concertId}/availability"),
    (Some(Read), &["get"], "/api/v1/concerts/{concertId}/reservations"),
    (Some(Read), &["get"], "/api/v1/seats"),
    (Some(Read), &["get"], "/api/v1/seats/dates"),
    (Some(Read), &["get"], "/api/v1/seats/available"),
    (Some(Read), &["get"], "/api/v1/seats/states"),
    (Some(Read), &["get"], "/api/v1/seats/events"),
    (Some(Change), &["post"], "/api/v1/seats/reserve"),
    (Some(Change), &["delete"], "/api/v1/seats/cancel"),
    (Some(Change), &["post"], "/api/v1/seats/payment"),
    (Some(Read), &["get"], "/api/v1/users/{userId}/balance"),
    (Some(Change), &["post"], "/api/v1/users/{userId}/balance/charge"),
    (Some(Read), &["get"], "/api/v1/users/{userId}/ledger"),
    (Some(Read), &["get"], "/api/v1/users/{userId}/payments"),
    (Some(Read), &["get"], "/api/v1/users/{userId}/places"),
    (Some(Read), &["get"], "/api/v1/users/{userId}/tickets"),
    (Some(Read), &["get"], "/api/v1/tickets/key"),
    (Some(Read), &["get"], "/api/v1/tickets/{ticketId}"),
    (Some(Read), &["get"], "/api/v1/tickets/{ticketId}/qr.svg"),
    (Some(Change), &["post", "delete"], "/api/v1/tickets/{ticketId}/transfer"),
    (Some(Change), &["post"], "/api/v1/transfers/accept"),
    // The operator's, though its path does not say so.
    (None, &["post"], "/api/v1/payments/{paymentId}/refund"),
];

/// The limit of every route that has one, with what its description says of it.
pub(super) fn limited_routes(described: &OpenApi) -> LimitedRoutes {
    let described = serde_json::to_value(described).expect("a description can be written as JSON");
    let limited = ROUTES.iter().filter_map(|(kind, methods, path)| Some(((*kind)?, *methods, *path)));
    let routes = limited.flat_map(|(kind, methods, path)| methods.iter().map(move |method| (kind, *method, path)));
    LimitedRoutes::new(routes.map(|(kind, method, path)| {
        let needs_token = described["paths"][path][method]["security"] == json!([{"queueToken": []}]);
        let proof = if needs_token { Proof::Token } else { Proof::None };
        let names = if path.contains("/{userId}/") { PathNames::User } else { PathNames::NoUser };
        (method_of(method), path.to_owned(), LimitedRoute { kind, proof, names })
    }))
}

/// The limit of a route, for its description.
pub(in crate::http) fn limit_of(method: &Method, path: &str) -> Option<Limited> {
    let is_it = |(_, methods, known): &&(Option<Limited>, &[&str], &str)| {
        *known == path && methods.iter().any(|known| method_of(known) == *method)
    };
    ROUTES.iter().find(is_it).and_then(|(kind, ..)| *kind)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::http::Method;

    use super::{Limited, ROUTES, limited_routes, method_of};
    use crate::http::limits::{PathNames, Proof};
    use crate::http::openapi::operations::operations;
    use crate::http::routes::table;

    #[test]
    fn every_route_of_the_api_has_a_line_and_no_other_has() {
        let is_public = |path: &str| path.starts_with("/api/") && !path.starts_with("/api/v1/admin/");
        let routes = operations(&table().into_openapi()).into_iter().filter(|(_, path)| is_public(path));
        let expected: BTreeSet<(String, String)> = routes.map(|(method, path)| (method.to_string(), path)).collect();
        let listed = ROUTES.iter().flat_map(|(_, methods, path)| {
            methods.iter().map(|method| (method_of(method).to_string(), (*path).to_owned()))
        });
        let listed: Vec<_> = listed.collect();
        assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), expected);
        assert_eq!(listed.len(), expected.len(), "a route has one line");
    }

    #[test]
    fn what_reads_is_limited_as_reading_and_a_change_as_no_reading() {
        for (kind, methods, path) in ROUTES {
            for method in *methods {
                let reads = *kind == Some(Limited::Read);
                assert_eq!(reads, method_of(method) == Method::GET, "{method} {path}");
            }
        }
    }

    #[test]
    fn what_a_request_shows_and_names_follows_from_its_route() {
        let routes = limited_routes(&table().into_openapi());
        for (method, path, expected) in [
            (Method::POST, "/api/v1/seats/reserve", Some((Limited::Change, Proof::Token, PathNames::NoUser))),
            (Method::HEAD, "/api/v1/token", Some((Limited::Read, Proof::Token, PathNames::NoUser))),
            (Method::POST, "/api/v1/token", Some((Limited::Join, Proof::None, PathNames::NoUser))),
            (Method::POST, "/api/v1/users/x/balance/charge", Some((Limited::Change, Proof::None, PathNames::User))),
            (Method::POST, "/api/v1/users", Some((Limited::SignUp, Proof::None, PathNames::NoUser))),
            (Method::POST, "/api/v1/payments/x/refund", None),
            (Method::GET, "/api/v1/admin/users", None),
            (Method::GET, "/healthz", None),
            (Method::GET, "/metrics", None),
        ] {
            let found = routes.find(&method, path).map(|(route, _)| (route.kind, route.proof, route.names));
            assert_eq!(found, expected, "{method} {path}");
        }
    }
}
