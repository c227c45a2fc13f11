//! Queue places that users were given while everyone came at once, and how these stood whenever they asked.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// The place of each user who got one, shared by all virtual users.
pub(crate) struct AcknowledgedPlaces {
    places: Vec<OnceLock<AcknowledgedPlace>>,
    unanswered: AtomicU64,
    worsened: AtomicU64,
}

/// What was acknowledged of a user's place.
pub(crate) struct AcknowledgedPlace {
    pub token: String,
    /// When the user asked for it, and when it was there.
    pub asked: Instant,
    pub answered: Instant,
    /// The last position that was seen; 0 is ACTIVE.
    position: AtomicU64,
}

impl AcknowledgedPlaces {
    /// None yet, of so many users.
    pub(crate) fn new(users: u64) -> Self {
        Self {
            places: (0..users).map(|_| OnceLock::new()).collect(),
            unanswered: AtomicU64::new(0),
            worsened: AtomicU64::new(0),
        }
    }

    /// Notes the place of a user, who gets one only once.
    pub(crate) fn note(&self, user: usize, place: AcknowledgedPlace) {
        let is_first = self.places[user].set(place).is_ok();
        assert!(is_first, "a user joins once");
    }

    /// Notes a request for a place that was not answered.
    pub(crate) fn note_unanswered(&self) {
        self.unanswered.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes how a place stands now; it was acknowledged before.
    pub(crate) fn note_position(&self, user: usize, position: u64) {
        let place = self.of(user).expect("a place is acknowledged before it is asked after");
        if position > place.position() {
            self.worsened.fetch_add(1, Ordering::Relaxed);
        }
        place.position.store(position, Ordering::Relaxed);
    }

    /// The place of a user, where it was acknowledged.
    pub(crate) fn of(&self, user: usize) -> Option<&AcknowledgedPlace> {
        self.places.get(user)?.get()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &AcknowledgedPlace> {
        self.places.iter().filter_map(OnceLock::get)
    }

    /// Requests for a place that were not answered.
    pub(crate) fn unanswered(&self) -> u64 {
        self.unanswered.load(Ordering::Relaxed)
    }

    /// Responses by which a place got worse.
    pub(crate) fn worsened(&self) -> u64 {
        self.worsened.load(Ordering::Relaxed)
    }
}

impl AcknowledgedPlace {
    pub(crate) fn new(token: String, asked: Instant, position: u64) -> Self {
        Self { token, asked, answered: Instant::now(), position: AtomicU64::new(position) }
    }

    /// The last position that was seen; 0 is ACTIVE.
    pub(crate) fn position(&self) -> u64 {
        self.position.load(Ordering::Relaxed)
    }
}
