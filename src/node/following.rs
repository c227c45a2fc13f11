//! The guard of an open stream: its place counts as seen for as long as somebody follows it.

use super::Handle;
use crate::domain::Bearer;

/// An open stream of a place.
pub struct Following {
    handle: Handle,
    bearer: Bearer,
}

impl Handle {
    /// Follows a place: it counts as seen for as long as the guard lives.
    pub fn follow(&self, bearer: Bearer) -> Following {
        self.shared.presence.follow(bearer.concert, bearer.sequence);
        Following { handle: self.clone(), bearer }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let shared = &self.handle.shared;
        let state = shared.replica.look();
        // The time of the look: taken before the lock, it could be older than that of a look which saw the follower.
        let now = shared.clock.now();
        if let Some(sale) = state.sale(self.bearer.concert) {
            shared.presence.unfollow(sale, self.bearer.sequence, now);
        }
    }
}
