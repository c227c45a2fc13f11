//! Requests with an idempotency key that are under way: a retry waits for the first to end before it looks for the
//! kept answer.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use crate::domain::{Once, OnceKey};

type Turns = Arc<Mutex<HashMap<OnceKey, Arc<Turn<()>>>>>;

/// The keys that are in use now; as many as there are requests under way.
#[derive(Default)]
pub struct InFlight {
    turns: Turns,
}

/// The right to be the one request with its key; the next in line gets it when this is dropped. It goes with the command
/// to the writer, so that a retry waits for the command even when the caller of the first has gone away.
pub struct OnceGuard {
    turns: Turns,
    once: Once,
    turn: Arc<Turn<()>>,
    held: Option<OwnedMutexGuard<()>>,
}

impl InFlight {
    /// Waits until no other request with the key of `once` is under way.
    pub async fn take(&self, once: Once) -> OnceGuard {
        let turn = Arc::clone(self.turns.lock().entry(once.key.clone()).or_default());
        // The guard is made first, so that a caller that goes away while waiting leaves nothing behind.
        let mut guard = OnceGuard { turns: Arc::clone(&self.turns), once, turn, held: None };
        guard.held = Some(Arc::clone(&guard.turn).lock_owned().await);
        guard
    }
}

impl OnceGuard {
    /// What is to be done once.
    pub fn once(&self) -> &Once {
        &self.once
    }
}

impl Drop for OnceGuard {
    fn drop(&mut self) {
        let mut turns = self.turns.lock();
        drop(self.held.take());
        // The table and this guard: nobody else waits for the key.
        if Arc::strong_count(&self.turn) == 2 {
            turns.remove(&self.once.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::InFlight;
    use crate::domain::{Actor, Once, OnceKey};

    fn once() -> Once {
        Once { key: OnceKey { actor: Actor::Operator, key: "k".into() }, fingerprint: 1 }
    }

    #[tokio::test]
    async fn the_second_waits_for_the_first_and_nothing_is_left_behind() {
        let in_flight = InFlight::default();
        let once = once();
        let first = in_flight.take(once.clone()).await;
        let second = in_flight.take(once.clone());
        tokio::pin!(second);
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        drop(second.await);
        assert!(in_flight.turns.lock().is_empty());
    }

    #[tokio::test]
    async fn one_that_gives_up_waiting_leaves_nothing_behind() {
        let in_flight = InFlight::default();
        let once = once();
        let first = in_flight.take(once.clone()).await;
        {
            let second = in_flight.take(once.clone());
            tokio::pin!(second);
            assert!(futures_util::poll!(&mut second).is_pending());
        }
        drop(first);
        assert!(in_flight.turns.lock().is_empty());
    }
}
