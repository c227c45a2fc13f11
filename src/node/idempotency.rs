//! Requests with an idempotency key that are under way: a retry waits for the first to end before it looks for the
//! kept answer.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{self, OwnedMutexGuard};

use crate::domain::{Idempotency, IdempotencyKey};

/// A lock a key.
type KeyLocks = Arc<Mutex<HashMap<IdempotencyKey, Arc<sync::Mutex<()>>>>>;

/// The keys that are in use now; as many as there are requests under way.
#[derive(Default)]
pub(super) struct InFlight {
    locks: KeyLocks,
}

/// The right to be the one request with its key; the next one gets it when this is dropped. It goes with the command
/// to the writer, so that a retry waits for the command even when the caller of the first has gone away.
pub struct KeyGuard {
    locks: KeyLocks,
    idempotency: Idempotency,
    lock: Arc<sync::Mutex<()>>,
    held: Option<OwnedMutexGuard<()>>,
}

impl InFlight {
    /// Waits until no other request with the same key is under way.
    pub(super) async fn take(&self, idempotency: Idempotency) -> KeyGuard {
        let lock = Arc::clone(self.locks.lock().entry(idempotency.key.clone()).or_default());
        // The guard is made first, so that a caller that goes away while waiting leaves nothing behind.
        let mut guard = KeyGuard { locks: Arc::clone(&self.locks), idempotency, lock, held: None };
        guard.held = Some(Arc::clone(&guard.lock).lock_owned().await);
        guard
    }
}

impl KeyGuard {
    /// The key, and the request that it is for.
    pub fn idempotency(&self) -> &Idempotency {
        &self.idempotency
    }
}

impl Drop for KeyGuard {
    fn drop(&mut self) {
        let mut locks = self.locks.lock();
        drop(self.held.take());
        // The table and this guard: nobody else waits for the key.
        if Arc::strong_count(&self.lock) == 2 {
            locks.remove(&self.idempotency.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::InFlight;
    use crate::domain::{Idempotency, IdempotencyKey, KeyId, KeyScope};

    fn idempotency() -> Idempotency {
        Idempotency { key: IdempotencyKey { scope: KeyScope::Operator(KeyId::OWNER), key: "k".into() }, fingerprint: 1 }
    }

    #[tokio::test]
    async fn the_second_waits_for_the_first_and_nothing_is_left_behind() {
        let in_flight = InFlight::default();
        let idempotency = idempotency();
        let first = in_flight.take(idempotency.clone()).await;
        let second = in_flight.take(idempotency.clone());
        tokio::pin!(second);
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        drop(second.await);
        assert!(in_flight.locks.lock().is_empty());
    }

    #[tokio::test]
    async fn one_that_gives_up_waiting_leaves_nothing_behind() {
        let in_flight = InFlight::default();
        let idempotency = idempotency();
        let first = in_flight.take(idempotency.clone()).await;
        {
            let second = in_flight.take(idempotency.clone());
            tokio::pin!(second);
            assert!(futures_util::poll!(&mut second).is_pending());
        }
        drop(first);
        assert!(in_flight.locks.lock().is_empty());
    }
}
