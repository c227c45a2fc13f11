//! Requests with an idempotency key: looked up before anything is judged, done once, answered again as they were.

use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;

use crate::domain::{Actor, ConcertId, Once, OnceKey, Reply};
use crate::http::{App, Call, Failure};
use crate::node::{Answer, OnceGuard, OnceState, Origin};

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// What a key is looked up in.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub actor: Actor,
    /// The concert that the token names: it is no part of a path or a body, but of what is asked for.
    pub concert: Option<&'a ConcertId>,
}

impl From<Actor> for Scope<'_> {
    fn from(actor: Actor) -> Self {
        Self { actor, concert: None }
    }
}

/// Does `work` unless the key of the request was answered before; then the kept reply is the answer. A request with the
/// same key that is under way is waited for.
///
/// # Errors
/// 400 for a malformed key, 422 when it was used for another request, and those of `work`.
pub async fn once(
    app: &App,
    call: &Call,
    scope: impl Into<Scope<'_>>,
    work: impl AsyncFnOnce(Option<OnceGuard>) -> Result<Answer, Failure>,
) -> Result<Answer, Failure> {
    let Some(key) = call.idempotency_key()? else {
        return work(None).await;
    };
    let Scope { actor, concert } = scope.into();
    let once = Once { key: OnceKey { actor, key: key.to_owned() }, fingerprint: call.fingerprint(concert) };
    match app.node.begin_once(once).await? {
        OnceState::Kept(reply) => Ok(Answer { reply, origin: Origin::Replayed }),
        OnceState::First(guard) => work(Some(guard)).await,
    }
}

/// The response that `respond` makes of the reply, marked when it was given before.
pub fn respond(answer: Answer, respond: impl FnOnce(Reply) -> Response) -> Response {
    let mut response = respond(answer.reply);
    match answer.origin {
        Origin::Fresh => {}
        Origin::Replayed => {
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        }
    }
    response
}
