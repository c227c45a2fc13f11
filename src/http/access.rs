//! Who may do what, in the order in which the contract has it checked: the signature first; then, once the body was
//! read, whether the place lives, whether it is ACTIVE, whether it is of this concert and of this user.

use std::sync::Arc;

use crate::config::{Charging, Guard};
use crate::domain::{BestPlace, ConcertId, ConcertNo, KeyScope, LivePlace, PlaceRef, PlaceView, Rejection, UserId};
use crate::http::app::App;
use crate::http::authentication::Operator;
use crate::http::idempotency::Scope;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::values;
use crate::identity::{Expiry, Verified};

/// A genuine queue token. Nothing is known yet of its place.
pub(super) struct Token {
    pub place_ref: PlaceRef,
    verified: Arc<Verified>,
}

/// The queue token of a request.
///
/// # Errors
/// 401 `TOKEN_INVALID` when there is none, or it is malformed, forged or of another kind.
pub(super) fn token(app: &App, request: &Request) -> Result<Token, Problem> {
    let verified = app.keys.verify_token(request.bearer()?, &request.connection)?;
    let concert = app.node.concert_no(&verified.concert_id).ok_or(Reason::TokenInvalid)?;
    let place_ref = PlaceRef { concert, sequence: verified.sequence, user: verified.user };
    Ok(Token { place_ref, verified })
}

/// The operator of a request, who may do what its route is for.
///
/// # Errors
/// 401 `TOKEN_INVALID` when there is no key, or it is none of an operator; 403 `NOT_ALLOWED` when their role is for
/// something else.
pub(super) fn operator(app: &App, request: &Request) -> Result<Operator, Problem> {
    let operator = app.keys.verify_operator(request.bearer()?)?;
    request.route.note_operator();
    let needed = app.rights.of(&request.method, request.uri.path());
    if needed.has(operator.role) { Ok(operator) } else { Err(Problem::not_allowed(needed)) }
}

/// Who charges a wallet: the operator whose key a request carries, or, where everybody may, the user whom the path names.
///
/// # Errors
/// 400 when the path names no user; where only operators may, 401 `TOKEN_INVALID` when there is no key of one; 403
/// `NOT_ALLOWED` when the operator's role is for something else.
pub(super) fn charger(app: &App, request: &Request) -> Result<KeyScope, Problem> {
    match app.config.wallet.charge {
        // A key that is none any more is refused, and not taken for nothing.
        Charging::Open if !app.keys.is_key_shown(&request.headers) => {
            request.part("userId").map(|values::UserId(user)| KeyScope::User(user))
        }
        Charging::Open | Charging::Operator => operator(app, request).map(Operator::scope),
    }
}

impl Token {
    pub(super) fn concert(&self) -> &ConcertId {
        &self.verified.concert_id
    }

    /// What an idempotency key that comes with the token stands in.
    pub(super) fn scope(&self) -> Scope<'_> {
        Scope { keys: KeyScope::User(self.place_ref.user), concert: Some(self.concert()) }
    }

    /// That the token's outer bound is still ahead.
    ///
    /// # Errors
    /// 401 `TOKEN_EXPIRED`.
    pub(super) fn within_bound(&self, app: &App) -> Result<(), Problem> {
        match self.verified.expiry(app.node.now()) {
            Expiry::Ahead => Ok(()),
            Expiry::Past => Err(self.outlived(app)),
        }
    }

    /// How the place stands whose client asks after it, which counts as being seen.
    ///
    /// # Errors
    /// 401 `TOKEN_EXPIRED` with `why` when it has ended.
    pub(super) async fn asked_after(&self, app: &App) -> Result<LivePlace, Problem> {
        self.within_bound(app)?;
        Ok(app.node.ask_after(self.place_ref).await?)
    }

    /// What a token past its outer bound is refused with: the end of the token is not that of the place.
    fn outlived(&self, app: &App) -> Problem {
        match app.node.standing(self.place_ref) {
            Ok(_) => Problem::token_stale(),
            Err(error) => error.into(),
        }
    }

    /// That the place is ACTIVE.
    ///
    /// # Errors
    /// 401 `TOKEN_EXPIRED` with `why` when it has ended; 403 `QUEUE_WAITING`.
    pub(super) fn active(&self, app: &App) -> Result<(), Problem> {
        self.within_bound(app)?;
        match app.node.standing(self.place_ref)? {
            PlaceView::Active { .. } => Ok(()),
            PlaceView::Waiting { position, poll_after_seconds, .. } => {
                Err(Problem::queue_waiting_for(position, poll_after_seconds))
            }
        }
    }

    /// That a path names the concert of the token.
    ///
    /// # Errors
    /// 403 `WRONG_CONCERT`.
    pub(super) fn is_of_concert(&self, named: &ConcertId) -> Result<(), Problem> {
        if self.verified.concert_id == *named { Ok(()) } else { Err(Reason::WrongConcert.into()) }
    }
}

/// That `user` may use wallet and history: where the guard is for all, only with an ACTIVE place at some concert.
///
/// # Errors
/// 403 `QUEUE_WAITING` with the best position among the user's places; 0 when there is none.
pub(super) fn guarded(app: &App, user: UserId) -> Result<(), Problem> {
    match app.config.queue.guard {
        Guard::Booking => return Ok(()),
        Guard::All => {}
    }
    match app.node.best_place(user) {
        BestPlace::Active => Ok(()),
        BestPlace::Waiting { position, poll_after_seconds } => {
            Err(Problem::queue_waiting_for(position, poll_after_seconds))
        }
        BestPlace::Nowhere => Err(Problem::queue_waiting(0)),
    }
}

/// The concert that a path names, if everybody may know of it.
///
/// # Errors
/// 404 `CONCERT_NOT_FOUND` for an unknown one and for a draft.
pub(super) fn public_concert(app: &App, id: &ConcertId) -> Result<ConcertNo, Problem> {
    app.node.public_concert_no(id).ok_or_else(|| Rejection::ConcertNotFound.into())
}

/// The concert that the operator names, drafts included.
///
/// # Errors
/// 404 `CONCERT_NOT_FOUND`.
pub(super) fn any_concert(app: &App, id: &ConcertId) -> Result<ConcertNo, Problem> {
    app.node.concert_no(id).ok_or_else(|| Rejection::ConcertNotFound.into())
}

/// The concert that a path of the operator names, drafts included.
///
/// # Errors
/// 400 when it is no concert id, 404 `CONCERT_NOT_FOUND`.
pub(super) fn named_concert(app: &App, request: &Request) -> Result<ConcertNo, Problem> {
    any_concert(app, &request.part::<values::ConcertId>("concertId")?.0)
}
