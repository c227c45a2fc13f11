//! The cluster as the instance that is asked knows it.

mod body;
pub(crate) mod members;
mod request;

use axum::extract::State;
use axum::response::Response;

use crate::http::access;
use crate::http::app::App;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::response::ok;
use body::ClusterBody;

/// Read what an instance knows of its cluster
///
/// The instance that is asked answers, of itself and of what it knows: ask each for the whole picture, as instances that
/// do not reach each other know different things. Whether one can serve, `/readyz` says.
#[utoipa::path(
    get, path = "/api/v1/admin/cluster", operation_id = "readCluster", tag = "operator",
    security(("operatorKey" = [])),
    responses((status = 200, description = "The cluster.", body = ClusterBody, example = json!({
        "clusterId": "5f0c2d6d1be04e5fa2f7a2c9a1f3b6d4", "nodeId": 1, "incarnation": 3, "leader": 1, "leads": true,
        "term": 4, "tenureMs": 640,
        "log": {"last": 81240, "committed": 81240, "applied": 81240, "durable": 80911, "purged": 60000},
        "members": [
            {"nodeId": 1, "address": "10.0.0.1:7001", "role": "voter", "link": "own", "connectedMs": null, "lag": null,
             "wallOffsetMs": null},
            {"nodeId": 2, "address": "10.0.0.2:7001", "role": "voter", "link": "connected", "connectedMs": 86_400_000,
             "lag": 0, "wallOffsetMs": -3},
            {"nodeId": 3, "address": "10.0.0.3:7001", "role": "voter", "link": "lost", "connectedMs": null, "lag": 1204,
             "wallOffsetMs": null}
        ],
        "slots": [
            {"from": 0, "to": 20, "owner": 1, "epoch": 1}, {"from": 21, "to": 40, "owner": 2, "epoch": 2},
            {"from": 41, "to": 63, "owner": 3, "epoch": 2}
        ],
        "digest": {"index": 81240, "value": "91b3ce0c62a7d015"}
    }))),
    extensions(("x-refusals" = json!([Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest, Reason::RunsAlone])))
)]
pub(crate) async fn read_cluster(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    request.query_only(&[])?;
    let status = app.node.cluster_status().await.ok_or(Reason::RunsAlone)?;
    Ok(ok(&ClusterBody::from(status)))
}
