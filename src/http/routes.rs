//! The one route table: every path of the service, its handlers, and what it is for under overload; beside it, which
//! limit each has.

mod limits;

use axum::{Router, routing};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::api::{
    admin_check_ins, admin_cluster, admin_concerts, admin_dates, admin_door_list, admin_events, admin_exports,
    admin_keys, admin_lists, admin_queue, admin_reports, admin_sales, admin_seats, admin_stats, admin_users, concerts,
    docs, payments, reservations, seats, service, site, tickets, token, transfers, users, wallet,
};
use crate::http::app::App;
use crate::http::limits::LimitedRoutes;
use crate::http::openapi::operations::operations;
use crate::http::rights::{Right, Rights};
use crate::http::server::pipeline::{Purpose, Purposes, method_not_allowed, not_found};

pub(super) use limits::limit_of;

/// The service with its routes.
pub fn router(app: App) -> Router {
    let (router, _) = table().split_for_parts();
    router
        .route("/", routing::get(docs::lead_to_page))
        .route("/docs/", routing::get(docs::read_page))
        .route("/docs/{part}", routing::get(docs::read_part))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(app)
}

/// What a listener for the metrics alone serves, open to all who reach it.
pub fn metrics_router(app: App) -> Router {
    Router::new()
        .route("/metrics", routing::get(service::read_metrics))
        .route("/healthz", routing::get(service::healthz))
        .route("/readyz", routing::get(service::readyz))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(app)
}

/// What every route is for under overload.
pub fn purposes() -> Purposes {
    let groups = [
        (arrivals(), Purpose::Arrival),
        (purchases(), Purpose::Purchase),
        (health(), Purpose::Health),
        (metrics(), Purpose::Metrics),
    ];
    let of_operators = operators().map(|(right, routes)| (routes, Purpose::Operator(right)));
    Purposes::new(groups.into_iter().chain(of_operators).flat_map(|(routes, purpose)| {
        let routes = operations(&routes.into_openapi());
        routes.into_iter().map(move |(method, path)| (method, path, purpose))
    }))
}

/// What limits every route that has a limit.
pub fn limited_routes() -> LimitedRoutes {
    limits::limited_routes(&table().into_openapi())
}

/// The routes that are described: everything but the parts of the page that shows the description.
pub(super) fn table() -> OpenApiRouter<App> {
    arrivals().merge(purchases()).merge(operator()).merge(health()).merge(metrics())
}

/// Coming in, asking, looking around: refused first when there are too many.
fn arrivals() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(users::create_user))
        .routes(routes!(wallet::balance))
        .routes(routes!(wallet::ledger))
        .routes(routes!(payments::list_payments))
        .routes(routes!(token::join, token::standing, token::leave))
        .routes(routes!(token::list_places))
        .routes(routes!(token::events::follow))
        .routes(routes!(site::read_site))
        .routes(routes!(concerts::list_concerts))
        .routes(routes!(concerts::read_concert))
        .routes(routes!(concerts::plan::read_plan))
        .routes(routes!(reservations::list_reservations))
        .routes(routes!(tickets::list_tickets))
        .routes(routes!(tickets::read_key))
        .routes(routes!(tickets::read_ticket))
        .routes(routes!(tickets::read_qr))
        .routes(routes!(docs::read_openapi))
        .routes(routes!(docs::read_page))
}

/// What somebody does who was let in: there is room for it when arrivals are refused.
fn purchases() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(wallet::charge))
        .routes(routes!(concerts::availability))
        .routes(routes!(seats::list_dates))
        .routes(routes!(seats::list_available))
        .routes(routes!(seats::read_map))
        .routes(routes!(seats::states::read_states))
        .routes(routes!(seats::states::follow_seats))
        .routes(routes!(seats::reserve))
        .routes(routes!(seats::cancel))
        .routes(routes!(seats::pay))
        .routes(routes!(transfers::offer, transfers::withdraw))
        .routes(routes!(transfers::accept))
}

/// Running the box office, which must be possible whatever the crowd does.
fn operator() -> OpenApiRouter<App> {
    operators().into_iter().fold(OpenApiRouter::new(), |all, (_, routes)| all.merge(routes))
}

/// The routes of operators, by what they need.
fn operators() -> [(Right, OpenApiRouter<App>); 6] {
    [
        (Right::Read, reading()),
        (Right::ReadTickets, reading_tickets()),
        (Right::CheckIn, checking_in()),
        (Right::Sell, selling()),
        (Right::Manage, managing()),
        (Right::Own, owning()),
    ]
}

/// What every route that an operator's key opens needs of the role: those of operators, and those that others use, too.
pub(super) fn rights() -> Rights {
    let shared = [(Right::Sell, OpenApiRouter::new().routes(routes!(wallet::charge))), (Right::Read, metrics())];
    Rights::new(operators().into_iter().chain(shared).flat_map(|(right, routes)| {
        let routes = operations(&routes.into_openapi());
        routes.into_iter().map(move |(method, path)| (method, path, right))
    }))
}

fn reading() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(admin_reports::report_till))
        .routes(routes!(admin_concerts::list_all_concerts))
        .routes(routes!(admin_concerts::read_any_concert))
        .routes(routes!(admin_queue::read_queue))
        .routes(routes!(admin_stats::read_stats))
        .routes(routes!(admin_stats::read_series))
        .routes(routes!(admin_stats::follow_stats))
        .routes(routes!(admin_exports::export_user))
        .routes(routes!(admin_lists::list_all_payments))
        .routes(routes!(admin_lists::read_seat))
        .routes(routes!(admin_users::find_users))
        .routes(routes!(admin_users::read_user))
        .routes(routes!(admin_events::list_events))
        .routes(routes!(admin_events::follow_events))
        .routes(routes!(admin_keys::audit::read_audit))
        .routes(routes!(admin_cluster::read_cluster))
}

fn reading_tickets() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(admin_lists::list_all_tickets)).routes(routes!(admin_door_list::read_door))
}

fn checking_in() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(admin_check_ins::check_in))
        .routes(routes!(admin_check_ins::report))
        .routes(routes!(admin_check_ins::undo))
}

fn selling() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(payments::refund))
        .routes(routes!(admin_sales::sell_seats))
        .routes(routes!(admin_seats::block))
        .routes(routes!(admin_seats::release))
        .routes(routes!(admin_users::withdraw))
}

fn managing() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(admin_dates::call_off))
        .routes(routes!(admin_dates::move_date))
        .routes(routes!(admin_concerts::create_concert))
        .routes(routes!(admin_concerts::change_concert, admin_concerts::delete_concert))
        .routes(routes!(admin_queue::replace_queue))
        .routes(routes!(admin_users::change_user, admin_users::delete_user))
}

fn owning() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(admin_keys::list_keys, admin_keys::create_key))
        .routes(routes!(admin_keys::delete_key))
        .routes(routes!(admin_cluster::members::add_member))
        .routes(routes!(admin_cluster::members::remove_member))
}

/// Whether the server is alive and ready.
fn health() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(service::healthz)).routes(routes!(service::readyz))
}

/// How the server fares.
fn metrics() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(service::metrics))
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::{Purpose, Right, purposes, rights, table};
    use crate::http::openapi::operations::operations;

    #[test]
    fn every_route_is_for_what_its_group_says_and_nothing_else_is() {
        let purposes = purposes();
        let user = "/api/v1/users/11111111-2222-4333-8444-555555555555";
        for (method, path, purpose) in [
            (Method::POST, "/api/v1/seats/reserve", Purpose::Purchase),
            (Method::DELETE, "/api/v1/seats/cancel", Purpose::Purchase),
            (Method::HEAD, "/api/v1/seats", Purpose::Purchase),
            (Method::GET, "/api/v1/concerts/x/availability", Purpose::Purchase),
            (Method::POST, &format!("{user}/balance/charge"), Purpose::Purchase),
            (Method::POST, "/api/v1/payments/x/refund", Purpose::Operator(Right::Sell)),
            (Method::PATCH, "/api/v1/admin/concerts/x", Purpose::Operator(Right::Manage)),
            (Method::GET, "/healthz", Purpose::Health),
            (Method::GET, "/metrics", Purpose::Metrics),
            (Method::POST, "/api/v1/token", Purpose::Arrival),
            (Method::GET, "/api/v1/seats/reserve", Purpose::Arrival),
            (Method::GET, "/api/v1/seatsXYZ", Purpose::Arrival),
            (Method::GET, "/api/v1/seats/", Purpose::Arrival),
            (Method::GET, "/x/availability", Purpose::Arrival),
            (Method::GET, "/api/v1/admin/", Purpose::Arrival),
            (Method::OPTIONS, "*", Purpose::Arrival),
            (Method::GET, "", Purpose::Arrival),
        ] {
            assert_eq!(purposes.of(&method, path), purpose, "{method} {path}");
        }
    }

    #[test]
    fn every_route_of_operators_says_what_it_needs() {
        let rights = rights();
        let of_operators = operations(&table().into_openapi()).into_iter();
        let of_operators =
            of_operators.filter(|(_, path)| path.starts_with("/api/v1/admin/") || path.ends_with("/refund"));
        let missing: Vec<_> = of_operators.filter(|(method, path)| !rights.has(method, path)).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(!rights.has(&Method::GET, "/api/v1/concerts"));
        assert_eq!(rights.of(&Method::GET, "/api/v1/admin/none"), Right::Own, "what nobody thought of is the owner's");
    }
}
