//! Queue places: take one, ask after it, give it up.

mod body;
pub(crate) mod events;
mod request;

use axum::extract::State;
use axum::response::Response;

use crate::domain::commands::Leave;
use crate::domain::{ConcertNo, IssuedPlace, Joined, KeyScope, Left, PlaceRef, Rejection, UserId};
use crate::http::access;
use crate::http::app::App;
use crate::http::idempotency::{idempotent, respond};
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::response::{created, ok};
use crate::http::values;
use crate::identity::Signing;
use crate::node::{Answer, Origin, SubmitError};
use body::{IssuedBody, LeftBody, LeftWord, PlaceBody, PlacesBody};
use request::JoinRequest;

/// Take a queue place
///
/// A user has one place a concert: asking again gives the same one, with a token that may be signed anew, and counts
/// as being seen. A token past its `exp` (a day, and a day past the opening) whose place lives is refused with
/// `token_stale`: ask here for a fresh one. `concertId` may be left out while exactly one concert is on sale.
#[utoipa::path(
    post, path = "/api/v1/token", operation_id = "takeQueuePlace", tag = "queue",
    request_body(content = JoinRequest, example = json!({
        "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "concertId": "demo"
    })),
    responses(
        (status = 201, description = "A new place.", body = IssuedBody, example = json!({
            "token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl", "concertId": "demo",
            "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "status": "WAITING", "queuePosition": 12,
            "estimatedWaitTime": 120, "pollAfter": 3, "expiresAt": null, "expiresIn": null,
            "now": "2030-12-01T09:00:00.000Z", "ahead": 11, "freeSeats": 80, "soldOut": false,
            "paused": false
        })),
        (status = 200, description = "The place that the user has already.", body = IssuedBody, example = json!({
            "token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl", "concertId": "demo",
            "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "status": "ACTIVE", "queuePosition": 0,
            "estimatedWaitTime": 0, "pollAfter": 1, "expiresAt": "2030-12-01T09:10:00.000Z",
            "expiresIn": 600, "now": "2030-12-01T09:00:00.000Z", "ahead": 0, "freeSeats": 80, "soldOut": false,
            "paused": false
        }))
    ),
    extensions(("x-refusals" = json!([
        Reason::InvalidRequest, Reason::IdempotencyKeyReused, Reason::UserBlocked, Reason::UserNotFound,
        Reason::ConcertRequired, Reason::ConcertNotFound, Reason::NotOnSale
    ])))
)]
pub(crate) async fn join(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let JoinRequest { user_id: values::UserId(user), concert_id } = request.read()?;
    let answer = idempotent(&app, &request, KeyScope::User(user), async |caller| {
        let concert = match concert_id.map_or_else(|| only_open_concert(&app), |id| access::public_concert(&app, &id.0))
        {
            Ok(concert) => concert,
            Err(problem) => {
                // Who asks is judged before what is asked for.
                app.node.user(user)?;
                return Err(problem);
            }
        };
        // Who was blocked or deleted has no live place, so the user's row is not needed for one; the writer judges the
        // rest, and keeps the answer to a request with a key.
        match place_of(&app, concert, user).await? {
            Some(place) if caller.key.is_none() => Ok(Answer { reply: Joined::Already(place), origin: Origin::Fresh }),
            Some(_) | None => Ok(app.node.join(concert, user, caller).await?),
        }
    })
    .await?;
    let place = *answer.reply.place();
    // Whoever asks is there. That the place has ended since, while this answer was kept or made, is told by its token.
    let _ = app.node.ask_after(PlaceRef { concert: place.concert, sequence: place.sequence, user }).await;
    let body = issued(&app, user, place)?;
    Ok(respond(answer, |joined| match joined {
        Joined::New(_) => created(&body),
        Joined::Already(_) => ok(&body),
    }))
}

/// The one concert that is open, when the request names none.
fn only_open_concert(app: &App) -> Result<ConcertNo, Problem> {
    app.node.only_open_concert().ok_or_else(Problem::concert_required)
}

/// The live place of a user, who asks after it by asking for one.
async fn place_of(app: &App, concert: ConcertNo, user: UserId) -> Result<Option<IssuedPlace>, Problem> {
    let Some(place_ref) = app.node.live_place(concert, user) else { return Ok(None) };
    match app.node.ask_after(place_ref).await {
        Ok(_) => Ok(app.node.issued_place(place_ref)),
        Err(SubmitError::Rejected(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn issued(app: &App, user: UserId, place: IssuedPlace) -> Result<IssuedBody, Problem> {
    let IssuedPlace { concert, sequence, place, at: now, opens_at, offset } = place;
    let id = app.node.concert_id(concert).ok_or(Rejection::ConcertNotFound)?;
    let token = app.keys.tokens.sign(PlaceRef { concert, sequence, user }, &id, Signing { now, opens_at, offset });
    Ok(IssuedBody { token, place: PlaceBody::of(&id, user, &place) })
}

/// Ask after a queue place
///
/// The polling endpoint: ask again after `pollAfter` seconds. It counts as being seen.
#[utoipa::path(
    get, path = "/api/v1/token", operation_id = "readQueuePlace", tag = "queue",
    security(("queueToken" = [])),
    responses((status = 200, description = "How the place stands.", body = PlaceBody, example = json!({
        "concertId": "demo", "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "status": "WAITING",
        "queuePosition": 12, "estimatedWaitTime": 120, "pollAfter": 3, "expiresAt": null, "expiresIn": null,
            "now": "2030-12-01T09:00:00.000Z", "ahead": 11, "freeSeats": 80, "soldOut": false,
            "paused": false
    }))),
    extensions(("x-refusals" = json!([Reason::TokenInvalid, Reason::TokenExpired])))
)]
pub(crate) async fn standing(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let token = access::token(&app, &request)?;
    let place = token.asked_after(&app).await?;
    Ok(ok(&PlaceBody::of(token.concert(), token.place_ref.user, &place)))
}

/// List a user's live queue places
///
/// A look: it joins nothing and does not count as being seen.
#[utoipa::path(
    get, path = "/api/v1/users/{userId}/places", operation_id = "listQueuePlaces", tag = "queue",
    params(("userId" = values::UserId, Path, example = "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e")),
    responses((status = 200, description = "The places.", body = PlacesBody, example = json!({
        "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e",
        "places": [{
            "concertId": "demo", "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "status": "WAITING",
            "queuePosition": 12, "estimatedWaitTime": 120, "pollAfter": 3, "expiresAt": null, "expiresIn": null,
            "now": "2030-12-01T09:00:00.000Z", "ahead": 11, "freeSeats": 80, "soldOut": false, "paused": false
        }]
    }))),
    extensions(("x-refusals" = json!([Reason::InvalidRequest, Reason::UserBlocked, Reason::UserNotFound])))
)]
pub(crate) async fn list_places(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let values::UserId(user) = request.part("userId")?;
    app.node.user(user)?;
    let places = app.node.live_places(user);
    let places = places.iter().map(|(concert, place)| PlaceBody::of(concert, user, place)).collect();
    Ok(ok(&PlacesBody { user_id: values::UserId(user), places }))
}

/// Give a queue place up
///
/// Its holds are released at the same moment.
#[utoipa::path(
    delete, path = "/api/v1/token", operation_id = "giveUpQueuePlace", tag = "queue",
    security(("queueToken" = [])),
    responses((status = 200, description = "The place has ended.", body = LeftBody, example = json!({
        "status": "left"
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::TokenExpired
    ])))
)]
pub(crate) async fn leave(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let token = access::token(&app, &request)?;
    let answer = idempotent(&app, &request, token.scope(), async |caller| {
        token.within_bound(&app)?;
        Ok(app.node.submit_of_place(token.place_ref, Leave { place_ref: token.place_ref }, caller).await?)
    })
    .await?;
    Ok(respond(answer, |Left| ok(&LeftBody { status: LeftWord::Left })))
}
