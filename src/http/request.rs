//! What a handler gets of a request: the head as it came, the whole body, and readers that refuse with the right
//! problem only when a handler asks, so that each handler keeps the contract's order of refusals. It knows no route but
//! notes which one took the request.

mod given;
mod nearest;
pub(super) mod object;
pub(super) mod page;
mod read;

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::http::authentication::bearer;
use crate::http::problem::{Problem, Reason};
use crate::http::server::connection::Connection;
use crate::http::server::pipeline::{BODY_BYTES_MAX, Received, Route, receive};
use crate::http::values::{TextKind, read_text};
use object::read_object;

pub(crate) use given::Given;
pub(crate) use nearest::nearest;
pub(crate) use read::read;

/// What a request says whose body has no field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoFields {}

/// One request, its body read.
#[derive(Debug)]
pub struct Request {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The variable parts of the path, percent-decoded; nothing when one of them is not UTF-8 then.
    path: Option<RawPathParams>,
    pub connection: Arc<Connection>,
    /// Where it is noted that it is the operator's.
    pub route: Route,
}

impl<S: Send + Sync> FromRequest<S> for Request {
    type Rejection = Problem;

    async fn from_request(mut request: axum::extract::Request, state: &S) -> Result<Self, Problem> {
        // The pipeline has read the body already; a router without one has not.
        let connection: Arc<Connection> = request.extensions_mut().remove().unwrap_or_default();
        let received = match request.extensions_mut().remove() {
            Some(received) => received,
            None => receive(&mut request, &connection, BODY_BYTES_MAX).await.0,
        };
        let (mut parts, _) = request.into_parts();
        let route = Route::note(&mut parts.extensions);
        let path = RawPathParams::from_request_parts(&mut parts, state).await.ok();
        let body = Received::into_bytes(received)?;
        let Parts { method, uri, headers, .. } = parts;
        Ok(Self { method, uri, headers, body, path, connection, route })
    }
}

impl Request {
    /// The percent-decoded part of the path that the route calls `name`; a part that is not UTF-8 reads as U+FFFD,
    /// which no id allows.
    pub fn path(&self, name: &str) -> &str {
        let Some(parameters) = &self.path else { return "\u{fffd}" };
        let found = parameters.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value).expect("a handler asks only for parts that its route names")
    }

    /// The value that the part `name` of the path writes.
    ///
    /// # Errors
    /// 400 when it writes none.
    pub fn part<K: TextKind>(&self, name: &str) -> Result<K, Problem> {
        read_text(name, self.path(name))
    }

    /// The value that `name` of the query writes, which must be there.
    ///
    /// # Errors
    /// 400 when it is missing, given more than once, or writes none.
    pub fn query_part<K: TextKind>(&self, name: &str) -> Result<K, Problem> {
        read_text(name, &self.query(name)?.unwrap_or_default())
    }

    /// The value that `name` of the query writes, if it is there.
    ///
    /// # Errors
    /// 400 when it is given more than once or writes none.
    pub fn optional<K: TextKind>(&self, name: &str) -> Result<Option<K>, Problem> {
        self.query(name)?.map(|text| read_text(name, &text)).transpose()
    }

    /// The value of `name` in the query, decoded.
    ///
    /// # Errors
    /// 400 when it is given more than once.
    pub fn query(&self, name: &str) -> Result<Option<String>, Problem> {
        let mut values = self.query_pairs().filter(|(known, _)| known == name).map(|(_, value)| value);
        let first = values.next();
        match values.next() {
            Some(_) => Err(Problem::invalid(name, "given once")),
            None => Ok(first.map(Cow::into_owned)),
        }
    }

    /// Names and values, decoded; what is not UTF-8 then reads as U+FFFD.
    pub(super) fn query_pairs(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        form_urlencoded::parse(self.uri.query().unwrap_or_default().as_bytes())
    }

    /// The credentials of `Authorization: Bearer <…>`.
    ///
    /// # Errors
    /// 401 `TOKEN_INVALID` when there is not exactly one such header with one word in it.
    pub fn bearer(&self) -> Result<&str, Problem> {
        bearer(&self.headers)
    }

    /// That the query has no other names than `known`. What an operator sends means something, or it is refused.
    ///
    /// # Errors
    /// 400 naming the first other one.
    pub fn query_only(&self, known: &[&str]) -> Result<(), Problem> {
        match self.query_pairs().find(|(name, _)| !known.contains(&name.as_ref())) {
            Some((name, _)) => Err(Problem::unknown_field(&name, nearest(&name, known))),
            None => Ok(()),
        }
    }

    /// The body as a JSON object.
    ///
    /// # Errors
    /// 415 unless it is declared as `application/json` (in UTF-8), then 400 when it is no JSON object or gives a field
    /// twice.
    pub fn json(&self) -> Result<Map<String, Value>, Problem> {
        if self.is_declared_as_json() { read_object(&self.body) } else { Err(Reason::UnsupportedMediaType.into()) }
    }

    /// The request that the body writes.
    ///
    /// # Errors
    /// 415 and 400 as [`Self::json`], and 400 naming the first field that is missing, wrong or unknown.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        read(&self.json()?)
    }

    fn is_declared_as_json(&self) -> bool {
        let Some(Ok(declared)) = self.headers.get(CONTENT_TYPE).map(|value| value.to_str()) else {
            return false;
        };
        let mut parts = declared.split(';').map(str::trim);
        let essence_fits = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
        essence_fits
            && parts.filter(|parameter| !parameter.is_empty()).all(|parameter| match parameter.split_once('=') {
                Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
                    value.trim_matches('"').eq_ignore_ascii_case("utf-8")
                }
                Some(_) | None => true,
            })
    }

    /// The fields of a DELETE: those of the body or, when it has none, those of the query, where a plain integer
    /// stands for a number and the fields named in `lists` are separated by commas. A JSON `null` or an empty object, which
    /// some clients send where they have no body, has none.
    ///
    /// # Errors
    /// Those of [`Self::json`], and 400 when the query gives a field more than once, or one that the body gives, too.
    pub fn fields(&self, lists: &[&str]) -> Result<Map<String, Value>, Problem> {
        let is_null = self.is_declared_as_json() && self.body.trim_ascii() == b"null";
        if !self.body.is_empty() && !is_null {
            let fields = self.json()?;
            if let Some((name, _)) = self.query_pairs().find(|(name, _)| fields.contains_key(name.as_ref())) {
                return Err(Problem::invalid(&name, "given once: in the body or in the query"));
            }
            if !fields.is_empty() {
                return Ok(fields);
            }
        }
        let mut fields = Map::new();
        for (name, text) in self.query_pairs() {
            let value = if lists.contains(&name.as_ref()) {
                Value::Array(text.split(',').map(plain_value).collect())
            } else {
                plain_value(&text)
            };
            if fields.insert(name.clone().into_owned(), value).is_some() {
                return Err(Problem::invalid(&name, "given once"));
            }
        }
        Ok(fields)
    }

    /// The value of a header that is given once in ASCII, else nothing.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// The JSON value that `text` of a query stands for: a number when it is written as JSON writes an integer of at
/// most 64 bits, else a text.
fn plain_value(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(Value::Number(number)) if (number.is_i64() || number.is_u64()) && text.trim() == text => {
            Value::Number(number)
        }
        _ => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests;
