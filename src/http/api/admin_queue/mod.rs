//! The queue policy of a concert as the operator reads and replaces it.

pub(super) mod body;
pub(crate) mod limits;
pub(super) mod request;

use axum::extract::State;
use axum::response::Response;

use crate::domain::Rejection;
use crate::http::access;
use crate::http::api::admin_concerts::shown::Shown;
use crate::http::app::App;
use crate::http::conditions;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::response::ok;
use crate::http::values;
use crate::node::PolicyBase;
use body::QueueBody;
use request::QueueRequest;

/// Read a queue policy
///
/// What is in force, the server's settings filled in.
#[utoipa::path(
    get, path = "/api/v1/admin/concerts/{concertId}/queue", operation_id = "readQueuePolicy", tag = "operator",
    params(
        ("concertId" = values::ConcertId, Path, example = "demo"),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of what the client has.")
    ),
    security(("operatorKey" = [])),
    responses(
        (status = 200, description = "The policy.", body = QueueBody,
         headers(("ETag" = String)),
         example = json!({
        "maxActive": 100, "admitCount": null, "admitInterval": 10, "activeSeconds": 600, "abandonSeconds": 300,
        "order": "arrival", "paused": false
    })),
        (status = 304, description = "What the client has is still right.")
    ),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest, Reason::ConcertNotFound, Reason::PreconditionFailed
    ])))
)]
pub(crate) async fn read_queue(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    request.query_only(&[])?;
    let now = app.node.concert(access::named_concert(&app, &request)?).ok_or(Rejection::ConcertNotFound)?;
    let shown = Shown::of(&now);
    conditions::show(&request.headers, &shown.queue_tag(), &shown.queue())
}

/// Replace a queue policy
///
/// Takes effect at once, also while on sale. The body is the policy, whole: an absent field means the server's setting,
/// `null` means off. Lowering `maxActive` ends nobody, it only stops admission. With `If-Match` a policy that somebody
/// else replaced meanwhile stays; other changes of the concert do not count.
#[utoipa::path(
    put, path = "/api/v1/admin/concerts/{concertId}/queue", operation_id = "replaceQueuePolicy", tag = "operator",
    params(
        ("concertId" = values::ConcertId, Path, example = "demo"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of what is changed; without it nothing is compared.")
    ),
    security(("operatorKey" = [])),
    request_body(content = QueueRequest, example = json!({
        "maxActive": 50, "admitCount": 10, "admitInterval": 5, "activeSeconds": 600, "abandonSeconds": null,
        "order": "arrival", "paused": false
    })),
    responses((status = 200, description = "The policy in force.", body = QueueBody,
        headers(("ETag" = String)),
        example = json!({
        "maxActive": 50, "admitCount": 10, "admitInterval": 5, "activeSeconds": 600, "abandonSeconds": null,
        "order": "arrival", "paused": false
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest, Reason::ConcertNotFound, Reason::PreconditionFailed
    ])))
)]
pub(crate) async fn replace_queue(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    let values::ConcertId(id) = request.part("concertId")?;
    request.query_only(&[])?;
    let policy = request.read::<QueueRequest>()?.policy("", &app.node.settings())?;
    let concert = access::any_concert(&app, &id)?;
    let written = app.node.set_queue_policy(operator.key, concert, &policy, |now| {
        conditions::allow_change(&request.headers, &Shown::of(now).queue_tag())?;
        let is_conditional = conditions::is_conditional(&request.headers);
        Ok::<_, Problem>(if is_conditional { PolicyBase::AsShown } else { PolicyBase::Any })
    });
    let written = written.await?;
    let shown = Shown::written(&written);
    Ok(conditions::tagged(ok(&shown.queue()), &shown.queue_tag()))
}
