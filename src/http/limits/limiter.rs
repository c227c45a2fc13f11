//! One limit: whom it counts, by GCRA, and how each stands. It knows no request.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::StateInformationMiddleware;
use governor::{Quota, RateLimiter};

use super::routes::Limited;
use super::standing::{Standing, Verdict, whole_seconds};
use super::states::{SHARDS, States};
use crate::config::Rate;
use crate::domain::UserId;
use crate::http::client::Client;

/// Keys of sign-ups that are kept: a state is of use for minutes there, and there may be a million clients.
const SIGN_UP_KEYS: usize = SHARDS * 28_672;
/// Keys of any other limit: there a state is of use for some seconds, since what was used is soon there again.
const KEYS: usize = SHARDS * 3_584;

/// Whom a limit counts.
#[derive(Debug, Hash)]
pub(super) enum Subject {
    Client(Client),
    User(UserId),
}

/// One limit.
pub(super) struct Limiter<C: Clock> {
    kind: Limited,
    rate: Rate,
    by_key: RateLimiter<u64, States<C>, C, StateInformationMiddleware>,
    /// Nobody can find out which keys fall together.
    seed: RandomState,
    /// Requests that were refused and not told of in the log.
    untold: AtomicU64,
}

impl<C: Clock + Clone> Limiter<C> {
    pub(super) fn new(kind: Limited, rate: Rate, clock: C) -> Self {
        let keys_max = match kind {
            Limited::SignUp => SIGN_UP_KEYS,
            Limited::Join | Limited::Change | Limited::Read => KEYS,
        };
        Self::with_room(kind, rate, keys_max, clock)
    }

    pub(super) fn with_room(kind: Limited, rate: Rate, keys_max: usize, clock: C) -> Self {
        let quota = Quota::with_period(interval(rate)).expect("a rate has an interval").allow_burst(rate.most);
        let states = States::new(keys_max, clock.clone());
        let by_key = RateLimiter::new(quota, states, clock);
        Self { kind, rate, by_key, seed: RandomState::new(), untold: AtomicU64::new(0) }
    }
}

impl<C: Clock> Limiter<C> {
    pub(super) fn kind(&self) -> Limited {
        self.kind
    }

    /// Counts a request of `subject`, and judges it.
    pub(super) fn count(&self, subject: &Subject) -> Verdict {
        let (kind, rate) = (self.kind, self.rate);
        match self.by_key.check_key(&self.seed.hash_one(subject)) {
            Ok(state) => {
                let left = state.remaining_burst_capacity();
                let full_seconds = whole_seconds(interval(rate) * (rate.most.get() - left));
                Verdict::Within(Standing { kind, rate, left, full_seconds, retry_seconds: None })
            }
            Err(until) => {
                self.untold.fetch_add(1, Ordering::Relaxed);
                let wait = whole_seconds(until.wait_time_from(self.by_key.clock().now()));
                let full_seconds = whole_seconds(interval(rate) * rate.most.get());
                Verdict::Beyond(Standing { kind, rate, left: 0, full_seconds, retry_seconds: Some(wait) })
            }
        }
    }

    /// Forgets those whose states say nothing any more.
    pub(super) fn sweep(&self) {
        self.by_key.retain_recent();
        self.by_key.shrink_to_fit();
    }

    /// How many requests were refused since this was asked.
    pub(super) fn take_untold(&self) -> u64 {
        self.untold.swap(0, Ordering::Relaxed)
    }

    #[cfg(test)]
    pub(super) fn keys(&self) -> usize {
        self.by_key.len()
    }

    #[cfg(test)]
    pub(super) fn into_states(self) -> States<C> {
        self.by_key.into_state_store()
    }
}

/// The time behind which one more is allowed.
fn interval(rate: Rate) -> Duration {
    rate.per.duration() / rate.most.get()
}
