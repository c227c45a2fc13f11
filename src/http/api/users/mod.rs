//! Users.

mod body;
mod request;
mod username;

use axum::extract::State;
use axum::response::Response;

use crate::domain::commands::CreateUser;
use crate::domain::{KeyScope, UserId, UserWritten};
use crate::http::app::App;
use crate::http::idempotency::{idempotent, respond};
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::response::created;
use crate::random_ids::random_id;
use body::CreatedUserBody;
use request::NewUserRequest;

pub(crate) use request::{Email, Username};
pub(crate) use username::canonical as canonical_username;

/// Create a user
///
/// The user has an empty wallet. With an `Idempotency-Key` a lost answer can be asked for again: nobody acts yet, so the
/// keys of all who sign up are told apart by nothing but themselves, and ought to be random. `password` does not exist in this version: it may only be `null`.
#[utoipa::path(
    post, path = "/api/v1/users", operation_id = "createUser", tag = "users",
    request_body(content = NewUserRequest, example = json!({"username": "kim", "email": null})),
    responses((status = 201, description = "The user was created.", body = CreatedUserBody, example = json!({
        "userId": "0b8f6f0e-5c1d-4e9a-9d5b-2f7a6c3e8d10", "username": "kim", "email": null,
        "createdAt": "2030-12-01T09:00:00.000Z"
    }))),
    extensions(("x-refusals" = json!([Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::UsernameTaken])))
)]
pub(crate) async fn create_user(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let answer = idempotent(&app, &request, KeyScope::Newcomer, async |caller| {
        let NewUserRequest { username: Username(username), email, .. } = request.read()?;
        let email = email.map(|Email(email)| email);
        // Where nothing else is asked for, the id is what proves the user: nobody is to guess it from another one.
        let user = UserId(random_id());
        Ok(app.node.submit(CreateUser { user, username, email }, caller).await?)
    })
    .await?;
    Ok(respond(answer, |UserWritten { id, user, .. }| created(&CreatedUserBody::of(id, &user))))
}
