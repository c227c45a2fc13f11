//! Users.

use axum::extract::State;
use axum::response::Response;
use uuid::Uuid;

use crate::domain::{Command, Reply, UserId};
use crate::http::json::{CreatedUserBody, Fields, NewUserRequest, created};
use crate::http::{App, Call, Failure};

/// Create a user
///
/// The user has an empty wallet. `password` does not exist in this version: it may only be `null`.
#[utoipa::path(
    post, path = "/api/v1/users", tag = "users",
    request_body(content = NewUserRequest, example = json!({"username": "kim", "email": null, "password": null})),
    responses((status = 201, description = "The user was created.", body = CreatedUserBody, example = json!({
        "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "username": "kim", "email": null,
        "createdAt": "2030-12-01T09:00:00.000Z"
    }))),
    extensions(("x-refusals" = json!(["INVALID_REQUEST", "USERNAME_TAKEN"])))
)]
pub async fn create_user(State(app): State<App>, call: Call) -> Result<Response, Failure> {
    let body = call.json()?;
    let NewUserRequest { username, email } = NewUserRequest::read(&Fields::of(&body))?;
    let user = UserId(Uuid::now_v7().as_u128());
    let answer = app.node.submit(Command::CreateUser { user, username, email }, None).await?;
    let Reply::User { id, user, .. } = answer.reply else { unreachable!("creating a user answers the user") };
    Ok(created(&CreatedUserBody::of(id, &user)))
}
