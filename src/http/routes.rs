//! The one route table: every path of the service and its handlers.

use axum::{Router, routing};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::handlers::{
    admin_concerts, admin_events, admin_users, concerts, docs, payments, reservations, seats, service, token,
    token_events, users, wallet,
};
use super::{App, method_not_allowed, not_found};

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

/// The routes that are described: everything but the parts of the page that shows the description.
pub(super) fn table() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(users::create_user))
        .routes(routes!(wallet::charge))
        .routes(routes!(wallet::balance))
        .routes(routes!(wallet::ledger))
        .routes(routes!(payments::list_payments))
        .routes(routes!(token::join, token::standing, token::leave))
        .routes(routes!(token_events::follow))
        .routes(routes!(concerts::list_concerts))
        .routes(routes!(concerts::read_concert))
        .routes(routes!(concerts::availability))
        .routes(routes!(reservations::list_reservations))
        .routes(routes!(seats::list_dates))
        .routes(routes!(seats::list_available))
        .routes(routes!(seats::read_map))
        .routes(routes!(seats::reserve))
        .routes(routes!(seats::cancel))
        .routes(routes!(seats::pay))
        .routes(routes!(payments::refund))
        .routes(routes!(admin_concerts::list_all_concerts, admin_concerts::create_concert))
        .routes(routes!(admin_concerts::read_any_concert, admin_concerts::change_concert))
        .routes(routes!(admin_concerts::read_queue, admin_concerts::replace_queue))
        .routes(routes!(admin_concerts::read_stats))
        .routes(routes!(admin_users::find_user))
        .routes(routes!(admin_users::read_user, admin_users::change_user, admin_users::delete_user))
        .routes(routes!(admin_events::list_events))
        .routes(routes!(admin_events::follow_events))
        .routes(routes!(service::healthz))
        .routes(routes!(service::readyz))
        .routes(routes!(service::metrics))
        .routes(routes!(docs::read_openapi))
        .routes(routes!(docs::read_page))
}
