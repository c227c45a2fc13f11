//! Who may prove what: the keys with which the credentials of requests are verified, and the log of wrong operator keys.
//! A credential that proves nothing is answered the same whatever was wrong with it.

mod wrong_keys;

use std::sync::Arc;
use std::time::Instant;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use crate::domain::{KeyId, KeyScope, Role, UserId};
use crate::http::problem::{Problem, Reason};
use crate::http::rights::Right;
use crate::http::server::connection::Connection;
use crate::identity::{OperatorKey, TicketCodes, Tokens, Verified, access_key_hash};
use crate::node::{Caller, Handle, ShownKey};
use wrong_keys::WrongKeys;

/// What stands before a token in `Authorization`, in any case.
const BEARER: &str = "bearer ";

/// The keys of the server; cheap to clone.
#[derive(Clone)]
pub struct Keys {
    pub tokens: Tokens,
    pub tickets: TicketCodes,
    owner: OperatorKey,
    /// Where the keys of the other operators are; nothing where there is no box office, as in some tests.
    operators: Option<Handle>,
    wrong: Arc<WrongKeys>,
}

/// Whoever runs a part of the box office, by the key that proved it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    pub key: KeyId,
    pub role: Role,
}

impl Operator {
    /// Whoever has the key of the data folder.
    const OWNER: Self = Self { key: KeyId::OWNER, role: Role::Owner };

    /// What an idempotency key of this operator is looked up in.
    pub(super) fn scope(self) -> KeyScope {
        KeyScope::Operator(self.key)
    }

    /// For whom what this operator asks for is done.
    pub(super) fn caller(self) -> Caller {
        Caller::operator(self.key)
    }
}

impl Keys {
    /// With no operator but the owner of the key of the data folder.
    pub fn new(tokens: Tokens, tickets: TicketCodes, owner: OperatorKey) -> Self {
        Self { tokens, tickets, owner, operators: None, wrong: Arc::new(WrongKeys::new(Instant::now())) }
    }

    /// The same with the operators whose keys the box office has.
    #[must_use]
    pub fn with_operators(self, of: Handle) -> Self {
        Self { operators: Some(of), ..self }
    }

    /// What a queue token says that came over `connection`.
    ///
    /// # Errors
    /// 401 `TOKEN_INVALID` when `text` is malformed, forged, or of another kind or algorithm.
    pub fn verify_token(&self, text: &str, connection: &Connection) -> Result<Arc<Verified>, Problem> {
        connection.token_cache.verify(&self.tokens, text).ok_or_else(|| Reason::TokenInvalid.into())
    }

    /// Whose key `text` is; a wrong one is told in the log.
    ///
    /// # Errors
    /// 401 `TOKEN_INVALID` when it is no operator's, or has expired.
    pub fn verify_operator(&self, text: &str) -> Result<Operator, Problem> {
        self.operator(text).ok_or_else(|| {
            self.wrong.note();
            Reason::TokenInvalid.into()
        })
    }

    /// Whose key `text` is, if it is an operator's.
    fn operator(&self, text: &str) -> Option<Operator> {
        if self.owner.is(text) {
            return Some(Operator::OWNER);
        }
        match self.operators.as_ref()?.show_key(&access_key_hash(text)?)? {
            ShownKey::Good { key, role } => Some(Operator { key, role }),
            ShownKey::Expired => None,
        }
    }

    /// Whether a request carries the key of an operator who has this right; nothing is told of a wrong one, which may be meant
    /// for something else.
    pub(super) fn let_operator(&self, headers: &HeaderMap, needed: Right) -> bool {
        let operator = bearer(headers).ok().and_then(|text| self.operator(text));
        operator.is_some_and(|operator| needed.has(operator.role))
    }

    /// Whether a request carries the key of an operator, whatever it is good for.
    pub(super) fn are_operators(&self, headers: &HeaderMap) -> bool {
        bearer(headers).is_ok_and(|text| self.operator(text).is_some())
    }

    /// Whether a request carries what has the form of an operator's key, good or not.
    pub(super) fn is_key_shown(&self, headers: &HeaderMap) -> bool {
        bearer(headers).is_ok_and(|text| self.owner.is(text) || access_key_hash(text).is_some())
    }

    /// Whether a request carries a queue token that we signed, or the key of an operator who may charge a buyer's wallet.
    pub(super) fn are_of_purchase(&self, headers: &HeaderMap, connection: &Connection) -> bool {
        let is_token = |text: &str| connection.token_cache.verify(&self.tokens, text).is_some();
        bearer(headers).is_ok_and(is_token) || self.let_operator(headers, Right::Sell)
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
