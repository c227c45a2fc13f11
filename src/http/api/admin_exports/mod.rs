//! All that is kept about one person, for whoever asks what that is.

mod body;
mod parts;

use axum::extract::State;
use axum::response::Response;

use crate::domain::Rejection;
use crate::http::access;
use crate::http::app::App;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::response::streamed;
use crate::http::values;
use body::ExportBody;
use parts::parts_of;

/// Export a user
///
/// All that is kept about a person: the user, every entry of the wallet, every payment with its tickets, the
/// tickets that others handed over, every reservation, the live queue places. Of a deleted user name and e-mail are gone, and the rest is there.
#[utoipa::path(
    get, path = "/api/v1/admin/users/{userId}/export", operation_id = "exportUser", tag = "operator",
    params(("userId" = values::UserId, Path, example = "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e")),
    security(("operatorKey" = [])),
    responses((status = 200, description = "All of it.", body = ExportBody, example = json!({
        "user": {"userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "username": "kim", "email": null, "blocked": false,
                 "balance": 5000, "currency": "KRW", "createdAt": "2030-12-01T09:00:00.000Z",
                 "updatedAt": "2030-12-01T09:00:00.000Z", "deletedAt": null},
        "ledger": [{"entryId": 1, "kind": "charge", "amount": 5000, "balance": 5000, "at": "2030-12-01T09:00:00.000Z"}],
        "payments": [], "receivedTickets": [], "reservations": [], "places": []
    }))),
    extensions(("x-refusals" = json!([Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest, Reason::UserNotFound])))
)]
pub(crate) async fn export_user(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    request.query_only(&[])?;
    let values::UserId(user) = request.part("userId")?;
    let written = app.node.any_user(user)?.ok_or(Rejection::UserNotFound)?;
    Ok(streamed(parts_of(app, &written)))
}
