//! For how long this instance may answer for the slots that it owns: whoever orders the log lets it for a moment, again
//! and again, and gives its slots to others only when that moment is over.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::log::Index;

/// For how long a grant lets an instance answer, from when it asked.
pub(super) const GRANT: Duration = Duration::from_millis(600);
/// How long behind its last grant an instance may still answer: the length of a grant, when its clock runs a tenth too
/// slow and the one here a tenth too fast, and some.
pub(super) const OVER_AFTER: Duration = Duration::from_millis(740);
/// Grants that may wait for their entries. They come every 150 ms, and the oldest of more are over.
const WAITING_MAX: usize = 8;

/// For how long this instance may answer for its slots. Cheap to ask.
#[derive(Debug)]
pub struct OwnerTenure {
    base: Instant,
    /// Microseconds behind `base` at which it ends; 0 without.
    until_us: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How far the copy of this instance has come.
    applied: Index,
    /// Grants that count from an entry on, and until when.
    waiting: VecDeque<(Index, Instant)>,
}

impl OwnerTenure {
    /// That of an instance which nobody lets answer yet.
    #[must_use]
    pub fn new() -> Self {
        Self { base: Instant::now(), until_us: AtomicU64::new(0), state: Mutex::default() }
    }

    /// Takes up that this instance, which asked then, may answer, once it has entry `through`: by then it knows which
    /// slots it has lost meanwhile.
    pub fn grant(&self, asked_at: Instant, through: Index) {
        let mut state = self.state.lock();
        if state.waiting.len() == WAITING_MAX {
            state.waiting.pop_front();
        }
        state.waiting.push_back((through, asked_at + GRANT));
        self.renew(&mut state);
    }

    /// Notes how far the copy of this instance has come, which slots it owns by that included.
    pub fn applied(&self, index: Index) {
        let mut state = self.state.lock();
        state.applied = index;
        self.renew(&mut state);
    }

    /// Whether this instance may answer at this moment.
    #[must_use]
    pub fn holds(&self) -> bool {
        let until_us = self.until_us.load(Ordering::Acquire);
        until_us != 0 && self.microseconds(Instant::now()) < until_us
    }

    /// For how long it may from now on.
    #[must_use]
    pub fn left(&self) -> Duration {
        let until_us = self.until_us.load(Ordering::Acquire);
        Duration::from_micros(until_us.saturating_sub(self.microseconds(Instant::now())))
    }

    fn renew(&self, state: &mut State) {
        let applied = state.applied;
        let counting = state.waiting.iter().filter(|(through, _)| *through <= applied).map(|(_, until)| *until).max();
        state.waiting.retain(|(through, _)| *through > applied);
        if let Some(until) = counting {
            self.until_us.fetch_max(self.microseconds(until), Ordering::AcqRel);
        }
    }

    fn microseconds(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.base).as_micros()).unwrap_or(u64::MAX)
    }
}

impl Default for OwnerTenure {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, advance};

    use super::{GRANT, OwnerTenure, WAITING_MAX};
    use crate::log::Index;

    const MOMENT: Duration = Duration::from_millis(1);

    #[tokio::test(start_paused = true)]
    async fn a_grant_counts_from_when_it_was_asked_for() {
        let tenure = OwnerTenure::new();
        advance(MOMENT).await;
        assert!(!tenure.holds());
        let asked_at = Instant::now();
        advance(Duration::from_millis(200)).await;
        tenure.grant(asked_at, Index(0));
        assert_eq!(tenure.left(), GRANT - Duration::from_millis(200));
        advance(GRANT - Duration::from_millis(200) - MOMENT).await;
        assert!(tenure.holds());
        advance(MOMENT).await;
        assert!(!tenure.holds() && tenure.left().is_zero());
        tenure.grant(asked_at, Index(0));
        assert!(!tenure.holds(), "an answer that comes late");
    }

    #[tokio::test(start_paused = true)]
    async fn a_grant_does_not_count_before_its_entry_is_applied() {
        let tenure = OwnerTenure::new();
        tenure.applied(Index(6));
        tenure.grant(Instant::now(), Index(7));
        assert!(!tenure.holds(), "it may have lost a slot by entry 7");
        advance(Duration::from_millis(150)).await;
        tenure.grant(Instant::now(), Index(9));
        tenure.applied(Index(8));
        assert_eq!(tenure.left(), GRANT - Duration::from_millis(150), "the first of both");
        tenure.applied(Index(9));
        assert_eq!(tenure.left(), GRANT);
    }

    #[tokio::test(start_paused = true)]
    async fn of_many_grants_that_wait_the_newest_are_kept() {
        let tenure = OwnerTenure::new();
        for through in 1..=2 * WAITING_MAX as u64 {
            tenure.grant(Instant::now(), Index(through));
        }
        tenure.applied(Index(WAITING_MAX as u64));
        assert!(!tenure.holds());
        tenure.applied(Index(WAITING_MAX as u64 + 1));
        assert!(tenure.holds());
    }
}
