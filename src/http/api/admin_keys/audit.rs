//! The audit: what operators did, each act with whose key it was done.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::access;
use crate::http::api::admin_events::EventBody;
use crate::http::app::App;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::request::page::number;
use crate::http::response::ok;
use crate::http::values::{self, read_text};
use crate::node::HistoryPart;

const ACTS_DEFAULT: u32 = 20;
const ACTS_MAX: u32 = 100;

/// What operators did.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditBody {
    /// The newest first.
    pub events: Vec<EventBody>,
    /// What to send as `after` next; `null` at the end. A page may have fewer acts than it could and more behind it.
    pub next: Option<u64>,
}

/// Read what operators did
///
/// Every change that was asked for with an operator's key is an event with `by`; here they are, newest first, for as long
/// as events are kept (`events.keep_days`). Reading is no event.
#[utoipa::path(
    get, path = "/api/v1/admin/audit", operation_id = "readAudit", tag = "operator",
    params(
        ("by" = Option<values::KeyId>, Query, description = "The acts of one key: its `keyId`, or `owner`."),
        ("after" = Option<u64>, Query, description = "The `next` of the page before."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Acts at most; 20 by default.")
    ),
    security(("operatorKey" = [])),
    responses((status = 200, description = "Acts, newest first.", body = AuditBody, example = json!({
        "events": [{
            "seq": 12, "type": "seat.blocked", "at": "2030-12-01T09:00:00.000Z", "concertId": "spring",
            "by": {"keyId": "0193a4c5-7e1a-4c3e-8d2b-5f6a7b8c9d0e", "name": "Kim, box office", "role": "box_office"},
            "data": {"date": "2030-12-24", "seat": 5, "rowLabel": "B", "label": "B-7", "reason": "camera"}
        }],
        "next": null
    }))),
    extensions(("x-refusals" = json!([Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest])))
)]
pub(crate) async fn read_audit(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    request.query_only(&["by", "after", "limit"])?;
    let by = request.query("by")?.map(|text| read_text::<values::KeyId>("by", &text)).transpose()?;
    let after = number(&request, "after", 1..=u64::MAX)?;
    let limit = number(&request, "limit", 1..=ACTS_MAX)?.unwrap_or(ACTS_DEFAULT);
    let HistoryPart { rows, next } = app.node.acts(by.map(|by| by.0), after, limit as usize).await?;
    Ok(ok(&AuditBody { events: rows.iter().map(EventBody::of).collect(), next }))
}
