//! Members taken in and removed.

use axum::extract::State;
use axum::response::Response;

use super::body::{AddedBody, RemovedBody};
use super::request::{Force, MemberId, MemberIdText, MemberRequest};
use crate::domain::commands::TellMember;
use crate::domain::{MemberChange, NodeId};
use crate::http::access;
use crate::http::app::App;
use crate::http::authentication::Operator;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::response::ok;
use crate::http::values::read_text;
use crate::node::{Caution, Fate, MemberError, MembersError};

/// Take an instance into the cluster
///
/// The instance runs already, with an empty data folder, the cluster key, and `--peers` that name it and the others. It
/// is a learner at first, and has its vote as soon as it has all that the others have: `GET /api/v1/admin/cluster` tells.
/// Asked again, it tells how the member stands.
#[utoipa::path(
    post, path = "/api/v1/admin/cluster/members", operation_id = "addMember", tag = "operator",
    security(("operatorKey" = [])),
    request_body(content = MemberRequest, example = json!({"nodeId": 4, "address": "10.0.0.4:7001"})),
    responses((status = 200, description = "It is a member.", body = AddedBody, example = json!({
        "nodeId": 4, "address": "10.0.0.4:7001", "role": "learner"
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::UnsupportedMediaType, Reason::InvalidRequest, Reason::RunsAlone,
        Reason::MemberExists, Reason::MemberUnreachable
    ])))
)]
pub(crate) async fn add_member(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    request.query_only(&[])?;
    let MemberRequest { node_id, address } = request.read()?;
    let added = app.node.add_member(NodeId(node_id.0), address.0.clone()).await;
    let role = added.map_err(refused)?.into();
    tell(&app, operator, TellMember { node: NodeId(node_id.0), change: MemberChange::Added }).await;
    Ok(ok(&AddedBody { node_id: node_id.0, address: address.0, role }))
}

/// Remove an instance from the cluster
///
/// It has no vote any more, is told so, ends, and does not come back: a new instance takes its place under another id.
/// The instance that leads can be removed, too: another one leads first.
#[utoipa::path(
    delete, path = "/api/v1/admin/cluster/members/{nodeId}", operation_id = "removeMember", tag = "operator",
    params(
        ("nodeId" = MemberId, Path, example = 2),
        ("force" = Option<bool>, Query, description = "`true` removes it although no majority is reached of those that are left.")
    ),
    security(("operatorKey" = [])),
    responses((status = 200, description = "It is no member any more.", body = RemovedBody, example = json!({"nodeId": 2}))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest, Reason::RunsAlone, Reason::MemberNotFound, Reason::NoMajority
    ])))
)]
pub(crate) async fn remove_member(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    request.query_only(&["force"])?;
    let MemberIdText(node) = request.part("nodeId")?;
    let force = request.query("force")?.map(|text| read_text::<Force>("force", &text)).transpose()?;
    let caution = force.map_or(Caution::Majority, |Force(caution)| caution);
    app.node.remove_member(NodeId(node), caution).await.map_err(refused)?;
    tell(&app, operator, TellMember { node: NodeId(node), change: MemberChange::Removed }).await;
    Ok(ok(&RemovedBody { node_id: node }))
}

/// Tells in the feed of what was done. An instance that has removed itself cannot.
async fn tell(app: &App, operator: Operator, told: TellMember) {
    if let Err(error) = app.node.submit(told, operator.caller()).await {
        tracing::warn!(node = %told.node, change = ?told.change, "a change of the members is not in the feed of events: {error:?}");
    }
}

fn refused(error: MembersError) -> Problem {
    let error = match error {
        MembersError::Alone => return Reason::RunsAlone.into(),
        MembersError::Cluster(error) => error,
    };
    let message = format!("{}.", upper(&error.to_string()));
    match error {
        // Whoever leads by then is asked.
        MemberError::NotLeader => Problem::no_leader(Fate::Undone),
        MemberError::Unknown(_) => Problem::from(Reason::MemberNotFound),
        MemberError::Elsewhere { .. } | MemberError::UsedBefore(_) => Problem::because(Reason::MemberExists, message),
        MemberError::Unreached(_) => Problem::because(Reason::MemberUnreachable, message),
        MemberError::NoMajority { .. } => Problem::because(Reason::NoMajority, message),
        // The other change is over soon, so it is tried again within the time of the request.
        MemberError::Busy(_) => Problem::no_leader(Fate::Undone),
        MemberError::Undecided => Problem::no_leader(Fate::Unknown),
    }
}

fn upper(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
