//! The numbers of a sale as the operator reads them.

mod body;

use axum::extract::State;
use axum::response::Response;

use crate::domain::Rejection;
use crate::http::access;
use crate::http::app::App;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::response::ok;
use crate::http::values;
use body::StatsBody;

/// Read the numbers of a sale
#[utoipa::path(
    get, path = "/api/v1/admin/concerts/{concertId}/stats", operation_id = "readStats", tag = "operator",
    params(("concertId" = values::ConcertId, Path, example = "demo")),
    security(("operatorKey" = [])),
    responses((status = 200, description = "The numbers.", body = StatsBody, example = json!({
        "waiting": 120, "active": 100, "admitted": 340,
        "dates": [{"date": "2030-12-24", "free": 18, "held": 10, "sold": 20, "blocked": 2, "revenue": 100_000}],
        "revenue": 100_000, "admissionsPerMinute": 12
    }))),
    extensions(("x-refusals" = json!([Reason::TokenInvalid, Reason::InvalidRequest, Reason::ConcertNotFound])))
)]
pub(crate) async fn read_stats(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    request.query_only(&[])?;
    let concert = access::named_concert(&app, &request)?;
    let stats = app.node.stats(concert).ok_or(Rejection::ConcertNotFound)?;
    Ok(ok(&StatsBody::from(stats)))
}
