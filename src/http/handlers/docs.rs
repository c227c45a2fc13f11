//! The description of the API and the page to try it out, both out of the executable itself.

use std::sync::{Arc, LazyLock};

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use utoipa_swagger_ui::Config;

use crate::http::{Call, Failure, openapi};

/// The page. Its parts lie under `/docs/`, whether it is asked for with or without the slash.
const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>jari: the API</title>
<base href="/docs/">
<link rel="stylesheet" href="swagger-ui.css">
<link rel="icon" type="image/png" href="favicon-32x32.png" sizes="32x32">
</head>
<body>
<div id="swagger-ui"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="swagger-ui-standalone-preset.js"></script>
<script src="swagger-initializer.js"></script>
</body>
</html>
"#;

/// Where the page finds the description, and how it shows it.
static CONFIG: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::from("/openapi.json").try_it_out_enabled(true).persist_authorization(true)));

/// Read this description
///
/// OpenAPI 3.1.
#[utoipa::path(
    get, path = "/openapi.json", tag = "service",
    responses((status = 200, description = "The description.",
        content(("application/json", example = json!({"openapi": "3.1.0", "info": {"title": "jari"}})))
    ))
)]
pub async fn read_openapi(_: Call) -> Response {
    let headers = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (StatusCode::OK, headers, openapi::document()).into_response()
}

/// Read this description as a page
///
/// Swagger UI, on which every request can be tried out.
#[utoipa::path(
    get, path = "/docs", tag = "service",
    responses((status = 200, description = "The page.", content_type = "text/html", body = String,
        example = json!("<!doctype html>")
    ))
)]
pub async fn read_page(_: Call) -> Html<&'static str> {
    Html(PAGE)
}

/// A part of the page.
pub async fn read_part(call: Call) -> Result<Response, Failure> {
    let part = utoipa_swagger_ui::serve(call.path("part"), CONFIG.clone());
    let part = part.map_err(|error| Failure::internal(error.to_string()))?.ok_or_else(Failure::not_found)?;
    let kind = HeaderValue::try_from(part.content_type).expect("a media type is visible ASCII");
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, HeaderValue::from_static("max-age=3600"))];
    Ok((StatusCode::OK, headers, part.bytes.into_owned()).into_response())
}
