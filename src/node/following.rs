//! The guard of an open stream: its place counts as seen for as long as somebody follows it.

use super::handle::Handle;
use crate::domain::PlaceRef;

/// An open stream of a place.
pub struct Following {
    handle: Handle,
    place_ref: PlaceRef,
}

impl Handle {
    /// Follows a place: it counts as seen for as long as the guard lives.
    pub fn follow(&self, place_ref: PlaceRef) -> Following {
        self.shared.presence.follow(place_ref.concert, place_ref.sequence);
        Following { handle: self.clone(), place_ref }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let shared = &self.handle.shared;
        let state = shared.replica.look();
        // The time of the look: taken before the lock, it could be older than that of a look which saw the follower.
        let now = shared.clock.now();
        if let Some(sale) = state.sale(self.place_ref.concert) {
            shared.presence.unfollow(sale, self.place_ref.sequence, now);
        }
    }
}
