//! The description of the API and the page to try it out, both out of the executable itself. They work behind a proxy
//! that serves them below a path of its own: every address in them is relative.

use std::sync::{Arc, LazyLock};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use dashmap::DashMap;
use utoipa_swagger_ui::Config;

use crate::http::app::App;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::server::pipeline::compression::prepared::Prepared;

/// What may be kept, but is asked after before it is used.
const CACHE_ASKED: HeaderValue = HeaderValue::from_static("no-cache");

/// The page. Its parts lie under `/docs/`, whether it is asked for with or without the slash.
const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>jari: the API</title>
<base href="BASE">
<link rel="stylesheet" href="swagger-ui.css">
<link rel="icon" type="image/png" href="favicon-32x32.png" sizes="32x32">
</head>
<body>
<div id="swagger-ui"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="initializer.js"></script>
</body>
</html>
"#;

/// What the page may load, and from where: its own parts, pictures that stand in its style sheet, and the API beside it. It lies in
/// no frame.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'self'; \
     form-action 'none'; frame-ancestors 'none'",
);

/// The part of the page that is ours: no script stands in the page itself, so that it works behind a strict policy of
/// where scripts come from.
const INITIALIZER: (&str, &[u8]) = ("initializer.js", include_bytes!("initializer.js"));
const SCRIPT_TYPE: HeaderValue = HeaderValue::from_static("text/javascript");

/// What the other parts are made with; it goes into a script that the page does not use.
static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| Arc::new(Config::from("../openapi.json")));

/// Read this description
///
/// OpenAPI 3.1.
#[utoipa::path(
    get, path = "/openapi.json", tag = "service",
    responses((status = 200, description = "The description.",
        content(("application/json", example = json!({"openapi": "3.1.0", "info": {"title": "jari"}})))
    ))
)]
pub(crate) async fn read_openapi(State(app): State<App>, request: Request) -> Response {
    let mut response = app.description.answer(&request.headers).await;
    response.headers_mut().insert(CACHE_CONTROL, CACHE_ASKED);
    response
}

/// The way to the page from the front door, until there is a page for buyers. It is relative, so that it holds below
/// whatever path a proxy serves this.
pub(crate) async fn lead_to_page(_: Request) -> Response {
    let headers = [(LOCATION, HeaderValue::from_static("./docs")), (CACHE_CONTROL, CACHE_ASKED)];
    (StatusCode::FOUND, headers).into_response()
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
pub(crate) async fn read_page(request: Request) -> Response {
    let base = if request.uri.path().ends_with('/') { "./" } else { "docs/" };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CACHE_CONTROL, CACHE_ASKED),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, PAGE.replace("BASE", base)).into_response()
}

/// The parts of the page that were asked for: at most those that there are.
static PARTS: LazyLock<DashMap<String, Arc<Prepared>>> = LazyLock::new(DashMap::new);

/// A part of the page.
pub(crate) async fn read_part(request: Request) -> Result<Response, Problem> {
    let name = request.path("part");
    let known = PARTS.get(name).map(|part| Arc::clone(&part));
    let part = match known {
        Some(part) => part,
        None => {
            let part = Arc::new(part_named(name)?);
            Arc::clone(&PARTS.entry(name.to_owned()).or_insert(part))
        }
    };
    let mut response = part.answer(&request.headers).await;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    Ok(response)
}

fn part_named(name: &str) -> Result<Prepared, Problem> {
    let (own, script) = INITIALIZER;
    if name == own {
        return Ok(Prepared::new(Bytes::from_static(script), SCRIPT_TYPE));
    }
    let part = utoipa_swagger_ui::serve(name, CONFIG.clone());
    let part = part.map_err(|error| Problem::internal(error.to_string()))?.ok_or(Reason::NotFound)?;
    let kind = HeaderValue::try_from(part.content_type).expect("a media type is visible ASCII");
    Ok(Prepared::new(part.bytes.into_owned().into(), kind))
}
