//! How often a client or a user may ask for something: which requests are counted, for whom, and what is told of it. It
//! answers nothing itself; where the limit stands among the refusals is the pipeline's affair.

mod keep_up;
mod limiter;
mod routes;
mod standing;
mod states;

use axum::extract::Request;
use governor::clock::{Clock, MonotonicClock};
use metrics::counter;

use self::limiter::{Limiter, Subject};
use crate::config::Config;
use crate::domain::UserId;
use crate::http::authentication::Keys;
use crate::http::client::{Client, ClientAddress};
use crate::http::server::connection::Connection;
use crate::http::values::{self, read_text};
use crate::telemetry::metrics::RATE_LIMITED;

pub use self::routes::LimitedRoutes;
pub(super) use self::routes::{Limited, LimitedRoute, PathNames, Proof};
pub(super) use self::standing::Verdict;

/// The limits that are on, and whom they count.
pub(super) struct Limits<C: Clock = MonotonicClock> {
    routes: LimitedRoutes,
    keys: Keys,
    limiters: [Option<Limiter<C>>; Limited::ALL.len()],
}

impl Limits {
    /// The limits of `routes`; nothing when all of them are off.
    pub(super) fn new(config: &Config, routes: LimitedRoutes, keys: Keys) -> Option<Self> {
        Self::with_clock(config, routes, keys, &MonotonicClock)
    }
}

impl<C: Clock + Clone> Limits<C> {
    fn with_clock(config: &Config, routes: LimitedRoutes, keys: Keys, clock: &C) -> Option<Self> {
        let limiter = |kind: Limited| {
            let rate = config.rate(kind.setting(&config.limits))?;
            Some(Limiter::new(kind, rate, clock.clone()))
        };
        let limiters = Limited::ALL.map(limiter);
        limiters.iter().any(Option::is_some).then_some(Self { routes, keys, limiters })
    }
}

impl<C: Clock> Limits<C> {
    /// Counts a request that came over `connection`, and judges it.
    ///
    /// Where a queue token is needed and there is none, nothing is counted: its refusal comes first, and costs no more
    /// than this one would.
    pub(super) fn judge(&self, request: &Request, connection: &Connection) -> Verdict {
        let found = self.routes.find(request.method(), request.uri().path());
        let Some((LimitedRoute { kind, proof, names }, part)) = found else { return Verdict::Unlimited };
        let Some(limiter) = &self.limiters[kind as usize] else { return Verdict::Unlimited };
        let user = self.keys.user_of_token(request.headers(), connection);
        let is_unproven = proof == Proof::Token && user.is_none();
        if is_unproven || (user.is_none() && self.keys.are_operators(request.headers())) {
            return Verdict::Unlimited;
        }
        let client = || {
            let address = request.extensions().get::<ClientAddress>();
            address.map(|ClientAddress(address)| Subject::Client(Client::of(*address)))
        };
        let subject = match kind {
            Limited::Change => user.or_else(|| named_user(names, part)).map(Subject::User).or_else(client),
            Limited::SignUp | Limited::Join | Limited::Read => client(),
        };
        // Without an address there is no connection, and so no client.
        let Some(subject) = subject else { return Verdict::Unlimited };
        let verdict = limiter.count(&subject);
        if let Verdict::Beyond(_) = verdict {
            counter!(RATE_LIMITED.name, "kind" => kind.name()).increment(1);
        }
        verdict
    }
}

/// The user whom a path names.
fn named_user(names: PathNames, part: &str) -> Option<UserId> {
    match names {
        PathNames::User => read_text("userId", part).ok().map(|values::UserId(user)| user),
        PathNames::NoUser => None,
    }
}

#[cfg(test)]
mod tests;
