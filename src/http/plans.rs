//! Plans of concerts, written once a revision. It knows nothing of what they say.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use axum::body::Bytes;
use axum::http::HeaderValue;
use dashmap::DashMap;

use super::server::pipeline::compression::prepared::Prepared;
use crate::domain::ConcertNo;

/// Bytes of prepared plans, before compression, beyond which those that were not asked for longest are dropped.
const PREPARED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The plans that were asked for.
pub struct Plans {
    kept: DashMap<ConcertNo, Plan>,
    /// Bytes beyond which the idlest are dropped.
    bytes_max: usize,
    /// Bytes of all of them.
    bytes: AtomicUsize,
    /// Counts the requests.
    asked: AtomicU64,
}

struct Plan {
    revision: u32,
    prepared: Arc<Prepared>,
    bytes: usize,
    /// The request that asked for it last.
    asked: AtomicU64,
}

impl Default for Plans {
    fn default() -> Self {
        Self::new(PREPARED_BYTES_MAX)
    }
}

impl Plans {
    fn new(bytes_max: usize) -> Self {
        Self { kept: DashMap::new(), bytes_max, bytes: AtomicUsize::new(0), asked: AtomicU64::new(0) }
    }

    /// The plan of a concert, if it was written of this revision.
    pub(super) fn kept(&self, concert: ConcertNo, revision: u32) -> Option<Arc<Prepared>> {
        let plan = self.kept.get(&concert).filter(|plan| plan.revision == revision)?;
        plan.asked.store(self.asked.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        Some(Arc::clone(&plan.prepared))
    }

    /// Keeps the answer with the plan of a concert, as JSON.
    pub(super) fn keep(&self, concert: ConcertNo, revision: u32, text: Vec<u8>) -> Arc<Prepared> {
        let bytes = text.len();
        let prepared = Arc::new(Prepared::new(Bytes::from(text), HeaderValue::from_static("application/json")));
        let asked = AtomicU64::new(self.asked.fetch_add(1, Ordering::Relaxed));
        let plan = Plan { revision, prepared: Arc::clone(&prepared), bytes, asked };
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if let Some(before) = self.kept.insert(concert, plan) {
            self.bytes.fetch_sub(before.bytes, Ordering::Relaxed);
        }
        while self.bytes.load(Ordering::Relaxed) > self.bytes_max {
            let idlest = self.kept.iter().map(|plan| (plan.asked.load(Ordering::Relaxed), *plan.key())).min();
            let Some((_, dropped)) = idlest.and_then(|(_, idlest)| self.kept.remove(&idlest)) else { break };
            self.bytes.fetch_sub(dropped.bytes, Ordering::Relaxed);
        }
        prepared
    }
}

#[cfg(test)]
mod tests {
    use super::Plans;
    use crate::domain::ConcertNo;

    #[test]
    fn a_plan_is_kept_for_its_revision_and_the_idlest_gives_way() {
        let plans = Plans::new(25);
        let keep = |concert, revision| drop(plans.keep(ConcertNo(concert), revision, vec![b'x'; 10]));
        keep(1, 1);
        keep(2, 1);
        assert!(plans.kept(ConcertNo(1), 2).is_none(), "another revision");
        assert!(plans.kept(ConcertNo(1), 1).is_some());
        keep(3, 1);
        let kept = [1, 2, 3].map(|concert| plans.kept(ConcertNo(concert), 1).is_some());
        assert_eq!(kept, [true, false, true]);
        keep(1, 2);
        assert!(plans.kept(ConcertNo(3), 1).is_some(), "a new revision takes the room of the old one");
    }
}
