//! Requests with an idempotency key: looked up before anything is judged, done once, answered again as they were.

use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use percent_encoding::percent_decode_str;

use crate::domain::{ConcertId, Idempotency, IdempotencyKey, KeyScope, Reply};
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::request::Request;
use crate::http::values::{read_uuid, write_uuid};
use crate::node::{Answer, Caller, KeyState, Origin};

const KEY: &str = "Idempotency-Key";
/// Characters that an idempotency key may have at most.
const IDEMPOTENCY_KEY_LENGTH_MAX: usize = 255;
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// What a key is looked up in.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub keys: KeyScope,
    /// The concert that the token names: it is no part of a path or a body, but of what is asked for.
    pub concert: Option<&'a ConcertId>,
}

impl From<KeyScope> for Scope<'_> {
    fn from(keys: KeyScope) -> Self {
        Self { keys, concert: None }
    }
}

/// Does `work` unless the key of the request was answered before; then the kept reply is the answer. A request with the
/// same key that is under way is waited for.
///
/// # Errors
/// 400 for a malformed key, 422 when it was used for another request, and those of `work`.
pub(super) async fn idempotent<R: TryFrom<Reply, Error = Reply>>(
    app: &App,
    request: &Request,
    scope: impl Into<Scope<'_>>,
    work: impl AsyncFnOnce(Caller) -> Result<Answer<R>, Problem>,
) -> Result<Answer<R>, Problem> {
    let Scope { keys, concert } = scope.into();
    let by = match keys {
        KeyScope::Operator(by) => Some(by),
        KeyScope::User(_) | KeyScope::Newcomer => None,
    };
    let Some(key) = request.idempotency_key()? else {
        return work(Caller { key: None, by }).await;
    };
    let idempotency = Idempotency {
        key: IdempotencyKey { scope: keys, key: key.to_owned() },
        fingerprint: request.fingerprint(concert),
    };
    match app.node.claim_key(idempotency).await? {
        KeyState::Kept(reply) => Ok(Answer { reply, origin: Origin::Replayed }.typed()?),
        KeyState::First(guard) => work(Caller { key: Some(guard), by }).await,
    }
}

/// The response that `respond` makes of the reply, marked when it was given before.
pub(super) fn respond<R>(answer: Answer<R>, respond: impl FnOnce(R) -> Response) -> Response {
    let mut response = respond(answer.reply);
    match answer.origin {
        Origin::Fresh => {}
        Origin::Replayed => {
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        }
    }
    response
}

impl Request {
    /// The idempotency key, if the client sent one.
    ///
    /// # Errors
    /// 400 unless it is one header of 1 to 255 visible ASCII characters.
    fn idempotency_key(&self) -> Result<Option<&str>, Problem> {
        let invalid = || Problem::invalid(KEY, "one header of 1 to 255 visible ASCII characters");
        let mut values = self.headers.get_all(KEY).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        let text = value.to_str().map_err(|_| invalid())?;
        let sane =
            (1..=IDEMPOTENCY_KEY_LENGTH_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if sane && values.next().is_none() { Ok(Some(text)) } else { Err(invalid()) }
    }

    /// What tells this request from another one with the same idempotency key: method, path, query, body, and the
    /// `concert` of its token. Path and query count as they read: however they are escaped, ids in either case of
    /// letters, fields in any order.
    fn fingerprint(&self, concert: Option<&ConcertId>) -> u128 {
        let concert = concert.map(ConcertId::to_string).unwrap_or_default();
        let path = self.uri.path().split('/').map(|part| canonical(&percent_decode_str(part).decode_utf8_lossy()));
        let path: Vec<String> = path.collect();
        let mut fields: Vec<(String, String)> =
            self.query_pairs().map(|(name, value)| (name.into_owned(), canonical(&value))).collect();
        fields.sort();
        let mut hasher = blake3::Hasher::new();
        let mut add = |part: &[u8]| {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        };
        [self.method.as_str().as_bytes(), concert.as_bytes(), &self.body].into_iter().for_each(&mut add);
        add(&(path.len() as u64).to_le_bytes());
        path.iter().for_each(|part| add(part.as_bytes()));
        fields.iter().flat_map(|(name, value)| [name, value]).for_each(|part| add(part.as_bytes()));
        let mut head = [0; 16];
        hasher.finalize_xof().fill(&mut head);
        u128::from_le_bytes(head)
    }
}

/// One way of writing `text` of a path or a query: a UUID in lower case, everything else as it stands.
fn canonical(text: &str) -> String {
    read_uuid(text).map_or_else(|| text.to_owned(), write_uuid)
}

#[cfg(test)]
mod tests;
