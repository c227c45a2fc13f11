//! Who may prove what: the keys with which the credentials of requests are verified, and the log of wrong operator keys.
//! A credential that proves nothing is answered the same whatever was wrong with it.

mod wrong_keys;

use std::sync::Arc;
use std::time::Instant;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use crate::domain::UserId;
use crate::http::problem::{Problem, Reason};
use crate::http::server::connection::Connection;
use crate::identity::{OperatorKey, TicketCodes, Tokens, Verified};
use wrong_keys::WrongKeys;

/// What stands before a token in `Authorization`, in any case.
const BEARER: &str = "bearer ";

/// The keys of the server; cheap to clone.
#[derive(Clone)]
pub struct Keys {
    pub tokens: Tokens,
    pub tickets: TicketCodes,
    operator: OperatorKey,
    wrong: Arc<WrongKeys>,
}

impl Keys {
    pub fn new(tokens: Tokens, tickets: TicketCodes, operator: OperatorKey) -> Self {
        Self { tokens, tickets, operator, wrong: Arc::new(WrongKeys::new(Instant::now())) }
    }

    /// What a queue token says that came over `connection`.
    ///
    /// # Errors
    /// 401 `TOKEN_INVALID` when `text` is malformed, forged, or of another kind or algorithm.
    pub fn verify_token(&self, text: &str, connection: &Connection) -> Result<Arc<Verified>, Problem> {
        connection.token_cache.verify(&self.tokens, text).ok_or_else(|| Reason::TokenInvalid.into())
    }

    /// Whether `text` is the operator's key; a wrong one is told in the log.
    ///
    /// # Errors
    /// 401 `TOKEN_INVALID` when it is not.
    pub fn verify_operator(&self, text: &str) -> Result<(), Problem> {
        if self.operator.is(text) {
            return Ok(());
        }
        self.wrong.note();
        Err(Reason::TokenInvalid.into())
    }

    /// Whether a request carries the operator's key; nothing is told of a wrong one, which may be meant for something
    /// else.
    pub(super) fn are_operators(&self, headers: &HeaderMap) -> bool {
        bearer(headers).is_ok_and(|text| self.operator.is(text))
    }

    /// Whether a request carries a queue token that we signed, or the key of the operator, who may charge a buyer's
    /// wallet.
    pub(super) fn are_of_purchase(&self, headers: &HeaderMap, connection: &Connection) -> bool {
        let is_token = |text: &str| connection.token_cache.verify(&self.tokens, text).is_some();
        bearer(headers).is_ok_and(|text| is_token(text) || self.operator.is(text))
    }

    /// The user of a queue token that a request carries and that we signed.
    pub(super) fn user_of_token(&self, headers: &HeaderMap, connection: &Connection) -> Option<UserId> {
        let verified = bearer(headers).ok().and_then(|text| connection.token_cache.verify(&self.tokens, text));
        verified.map(|verified| verified.user)
    }

    /// Tells in the log of wrong keys that were not told yet.
    pub(super) fn tell_wrong(&self) {
        self.wrong.tell();
    }
}

/// The credentials of `Authorization: Bearer <…>`.
///
/// # Errors
/// 401 `TOKEN_INVALID` when there is not exactly one such header with one word in it.
pub(super) fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Reason::TokenInvalid.into());
    };
    let text = std::str::from_utf8(value.as_bytes()).map_err(|_| Reason::TokenInvalid)?;
    let token = match text.split_at_checked(BEARER.len()) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(BEARER) => token.trim_matches(' '),
        Some(_) | None => return Err(Reason::TokenInvalid.into()),
    };
    let bytes = token.as_bytes();
    let is_one_word = !bytes.is_empty() && !bytes.contains(&b' ') && !bytes.contains(&b'\t');
    if is_one_word { Ok(token) } else { Err(Reason::TokenInvalid.into()) }
}
