//! Ids that nobody can guess, made by this instance: UUIDs of RFC 9562.

use uuid::{NoContext, Timestamp, Uuid};

/// A UUID of version 4: 122 random bits.
pub(crate) fn random_id() -> u128 {
    #[cfg(feature = "simulation")]
    if let Some(bytes) = simulated::draw() {
        return uuid::Builder::from_random_bytes(bytes).into_uuid().as_u128();
    }
    Uuid::new_v4().as_u128()
}

/// A UUID of version 7: so many milliseconds since 1970, and 74 random bits.
pub(crate) fn id_by_time(milliseconds: u64) -> u128 {
    #[cfg(feature = "simulation")]
    if let Some([bytes @ .., _, _, _, _, _, _]) = simulated::draw() {
        return uuid::Builder::from_unix_timestamp_millis(milliseconds, &bytes).into_uuid().as_u128();
    }
    let (seconds, nanoseconds) = (milliseconds / 1_000, (milliseconds % 1_000) as u32 * 1_000_000);
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, nanoseconds)).as_u128()
}

/// Ids that a seed repeats: how tables lie on their pages follows from their keys.
#[cfg(feature = "simulation")]
pub(crate) mod simulated {
    use std::cell::Cell;

    thread_local! {
        static IS_SEEDED: Cell<bool> = const { Cell::new(false) };
    }

    /// Has the ids of this thread follow from `fastrand::seed` from now on.
    pub fn seed_ids() {
        IS_SEEDED.set(true);
    }

    pub(super) fn draw() -> Option<[u8; 16]> {
        IS_SEEDED.get().then(|| fastrand::u128(..).to_le_bytes())
    }
}
