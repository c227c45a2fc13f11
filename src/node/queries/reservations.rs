//! What a user held and bought at a concert.

use super::history::newest_first;
use crate::domain::{ConcertNo, Reservation, Rows, Timestamp, UserId, WallOffset, tables};
use crate::node::handle::Handle;
use crate::node::submit_error::SubmitError;

/// Reservations, newest first, and the time at which they are told.
pub struct Reservations {
    pub rows: Vec<Reservation>,
    pub now: Timestamp,
    pub offset: WallOffset,
}

impl Handle {
    /// At most `limit` reservations of a user at a concert.
    ///
    /// # Errors
    /// A fault.
    pub async fn reservations(
        &self,
        concert: ConcertNo,
        user: UserId,
        limit: usize,
    ) -> Result<Reservations, SubmitError> {
        let now = self.now();
        let offset = self.read(|state| state.clock().anchor.offset);
        self.read_rows(move |handle| {
            let store = handle.store();
            let newest = store.get::<tables::Buyers>(&(concert, user))?.unwrap_or_default().last_reservation;
            let read = |number| store.get::<tables::Reservations>(&(concert, number));
            let part = newest_first(newest, limit, read, |reservation| reservation.previous)?;
            Ok(Reservations { rows: part.rows.into_iter().map(|(_, row)| row).collect(), now, offset })
        })
        .await
    }
}
