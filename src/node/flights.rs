//! Requests with an idempotency key that are under way: a retry waits for the first to end before it looks for the
//! kept answer.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use crate::domain::OnceKey;

type Turns = Arc<Mutex<HashMap<OnceKey, Arc<Turn<()>>>>>;

/// The keys that are in use now; as many as there are requests under way.
#[derive(Default)]
pub struct Flights {
    turns: Turns,
}

/// The right to be the one request with its key; the next in line gets it when this is dropped.
pub struct OnceGuard {
    turns: Turns,
    key: OnceKey,
    turn: Arc<Turn<()>>,
    held: Option<OwnedMutexGuard<()>>,
}

impl Flights {
    /// Waits until no other request with `key` is under way.
    pub async fn take(&self, key: &OnceKey) -> OnceGuard {
        let turn = Arc::clone(self.turns.lock().entry(key.clone()).or_default());
        // The guard is made first, so that a caller that goes away while waiting leaves nothing behind.
        let mut guard = OnceGuard { turns: Arc::clone(&self.turns), key: key.clone(), turn, held: None };
        guard.held = Some(Arc::clone(&guard.turn).lock_owned().await);
        guard
    }
}

impl Drop for OnceGuard {
    fn drop(&mut self) {
        let mut turns = self.turns.lock();
        drop(self.held.take());
        // The table and this guard: nobody else waits for the key.
        if Arc::strong_count(&self.turn) == 2 {
            turns.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Flights;
    use crate::domain::{Actor, OnceKey};

    #[tokio::test]
    async fn the_second_waits_for_the_first_and_nothing_is_left_behind() {
        let flights = Flights::default();
        let key = OnceKey { actor: Actor::Operator, key: "k".into() };
        let first = flights.take(&key).await;
        let second = flights.take(&key);
        tokio::pin!(second);
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        drop(second.await);
        assert!(flights.turns.lock().is_empty());
    }

    #[tokio::test]
    async fn one_that_gives_up_waiting_leaves_nothing_behind() {
        let flights = Flights::default();
        let key = OnceKey { actor: Actor::Operator, key: "k".into() };
        let first = flights.take(&key).await;
        {
            let second = flights.take(&key);
            tokio::pin!(second);
            assert!(futures_util::poll!(&mut second).is_pending());
        }
        drop(first);
        assert!(flights.turns.lock().is_empty());
    }
}
