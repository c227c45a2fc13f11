//! Queue places: take one, ask after it, give it up.

use axum::extract::State;
use axum::response::Response;

use super::access;
use super::once::{once, respond};
use crate::domain::{Bearer, Command, ConcertId, ConcertNo, PlaceView, Reply, Sale, Sequence, UserId};
use crate::http::json::{Fields, IssuedBody, JoinRequest, LeftBody, PlaceBody, created, ok};
use crate::http::{App, Call, Failure, Signing};
use crate::node::Trouble;

/// Take a queue place
///
/// A user has one place a concert: asking again gives the same one, with a token that may be signed anew, and counts
/// as being seen. A token past its `exp` (a day, and a day past the opening) whose place lives is refused with
/// `token_stale`: ask here for a fresh one. `concertId` may be left out while exactly one concert is on sale.
#[utoipa::path(
    post, path = "/api/v1/token", tag = "queue",
    request_body(content = JoinRequest, example = json!({
        "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "concertId": "spring"
    })),
    responses(
        (status = 201, description = "A new place.", body = IssuedBody, example = json!({
            "token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl", "concertId": "spring",
            "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "status": "WAITING", "queuePosition": 12,
            "estimatedWaitTime": 120, "pollAfter": 3, "expiresAt": null
        })),
        (status = 200, description = "The place that the user has already.", body = IssuedBody, example = json!({
            "token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl", "concertId": "spring",
            "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "status": "ACTIVE", "queuePosition": 0,
            "estimatedWaitTime": 0, "pollAfter": 1, "expiresAt": "2030-12-01T09:10:00.000Z"
        }))
    ),
    extensions(("x-refusals" = json!([
        "INVALID_REQUEST", "USER_BLOCKED", "USER_NOT_FOUND", "CONCERT_REQUIRED", "CONCERT_NOT_FOUND", "NOT_ON_SALE"
    ])))
)]
pub async fn join(State(app): State<App>, call: Call) -> Result<Response, Failure> {
    let body = call.json()?;
    let JoinRequest { user_id: user, concert_id } = JoinRequest::read(&Fields::of(&body))?;
    let named = match concert_id {
        Some(id) => access::public_concert(&app, &id).map(|concert| (concert, id)),
        None => only_open_concert(&app),
    };
    let (concert, id) = match named {
        Ok(found) => found,
        Err(failure) => {
            // Who asks is judged before what is asked for.
            app.node.user(user)?;
            return Err(failure);
        }
    };
    // Who was blocked or deleted has no live place, so the user's row is not needed for one; the writer judges the rest.
    if let Some((bearer, view)) = place_of(&app, concert, user).await? {
        return Ok(ok(&issued(&app, bearer, &id, view)));
    }
    let reply = app.node.submit(Command::Join { concert, user }, None).await?.reply;
    let show = |sequence: Sequence| {
        let bearer = Bearer { concert, sequence, user };
        Ok::<_, Failure>(issued(&app, bearer, &id, app.node.standing(bearer)?))
    };
    if let Reply::Joined { sequence } = reply {
        return Ok(created(&show(sequence)?));
    }
    // Another request of the same user came first.
    let Reply::AlreadyQueued { sequence } = reply else { unreachable!("joining a queue answers with a place") };
    Ok(ok(&show(sequence)?))
}

/// The one concert that is open, when the request names none.
fn only_open_concert(app: &App) -> Result<(ConcertNo, ConcertId), Failure> {
    let now = app.node.now();
    app.node.read(|state| {
        let mut open = state.open(now);
        match (open.next(), open.next()) {
            (Some(sale), None) => Ok((sale.no, sale.id().clone())),
            (None, _) | (Some(_), Some(_)) => Err(Failure::concert_required()),
        }
    })
}

/// The live place of a user, who asks after it by asking for one.
async fn place_of(app: &App, concert: ConcertNo, user: UserId) -> Result<Option<(Bearer, PlaceView)>, Failure> {
    let live = app.node.read(|state| state.sale(concert).and_then(|sale| sale.live_place(user)));
    let Some(sequence) = live else { return Ok(None) };
    let bearer = Bearer { concert, sequence, user };
    match app.node.ask_after(bearer).await {
        Ok(view) => Ok(Some((bearer, view))),
        Err(Trouble::Rejected(_)) => Ok(None),
        Err(trouble) => Err(trouble.into()),
    }
}

fn issued(app: &App, bearer: Bearer, concert: &ConcertId, view: PlaceView) -> IssuedBody {
    let opens_at = app.node.read(|state| state.sale(bearer.concert).and_then(Sale::opens_at));
    let when = Signing { now: app.node.now(), opens_at, offset: app.node.clock_state().offset };
    let token = app.tokens.sign(bearer, concert, when);
    IssuedBody { token, place: PlaceBody::of(concert, bearer.user, view) }
}

/// Ask after a queue place
///
/// The polling endpoint: ask again after `pollAfter` seconds. It counts as being seen.
#[utoipa::path(
    get, path = "/api/v1/token", tag = "queue",
    security(("queueToken" = [])),
    responses((status = 200, description = "How the place stands.", body = PlaceBody, example = json!({
        "concertId": "spring", "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "status": "WAITING",
        "queuePosition": 12, "estimatedWaitTime": 120, "pollAfter": 3, "expiresAt": null
    }))),
    extensions(("x-refusals" = json!(["TOKEN_INVALID", "TOKEN_EXPIRED"])))
)]
pub async fn standing(State(app): State<App>, call: Call) -> Result<Response, Failure> {
    let token = access::token(&app, &call)?;
    let view = token.asked_after(&app).await?;
    Ok(ok(&PlaceBody::of(token.concert(), token.bearer.user, view)))
}

/// Give a queue place up
///
/// Its holds are released at the same moment.
#[utoipa::path(
    delete, path = "/api/v1/token", tag = "queue",
    security(("queueToken" = [])),
    responses((status = 200, description = "The place has ended.", body = LeftBody, example = json!({
        "status": "left"
    }))),
    extensions(("x-refusals" = json!([
        "TOKEN_INVALID", "IDEMPOTENCY_KEY_REUSED", "INVALID_REQUEST", "TOKEN_EXPIRED"
    ])))
)]
pub async fn leave(State(app): State<App>, call: Call) -> Result<Response, Failure> {
    let token = access::token(&app, &call)?;
    let answer = once(&app, &call, token.scope(), async |once| {
        token.live(&app)?;
        Ok(app.node.submit(Command::Leave { bearer: token.bearer }, once).await?)
    })
    .await?;
    Ok(respond(answer, |reply| {
        let Reply::Left = reply else { unreachable!("leaving answers that the place was left") };
        ok(&LeftBody { status: "left" })
    }))
}
