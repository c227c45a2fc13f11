//! The house that sells here, as every page of it needs to know.

mod body;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;

use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::request::Request;
use crate::http::response::ok;
use body::SiteBody;

/// Read what this box office is
///
/// Its name, how to reach it, and in what its amounts and times are told.
#[utoipa::path(
    get, path = "/api/v1/site", operation_id = "readSite", tag = "service",
    responses((status = 200, description = "The box office.", body = SiteBody, example = json!({
        "name": "Demo Hall", "currency": "KRW", "exponent": 0, "timeZone": "Asia/Seoul", "languages": ["ko", "en"],
        "mode": "open", "version": "0.1.0", "contact": "tickets@example.com"
    })))
)]
pub(crate) async fn read_site(State(app): State<App>, _: Request) -> Result<Response, Problem> {
    let mut response = ok(&SiteBody::of(&app));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}
