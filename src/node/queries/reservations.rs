//! What a user held and bought at a concert.

use super::history::{HistoryPart, newest_first};
use crate::domain::{ConcertNo, Reservation, Rows, Timestamp, UserId, WallOffset, tables};
use crate::node::handle::Handle;
use crate::node::submit_error::SubmitError;

/// Reservations, newest first, and the time at which they are told.
pub struct Reservations {
    pub part: HistoryPart<u64, Reservation>,
    pub now: Timestamp,
    pub offset: WallOffset,
}

impl Handle {
    /// At most `limit` reservations of a user at a concert, newest first, from number `from` on; `None` when that is none
    /// of the user's.
    ///
    /// # Errors
    /// A fault.
    pub async fn reservations(
        &self,
        concert: ConcertNo,
        user: UserId,
        from: Option<u64>,
        limit: usize,
    ) -> Result<Option<Reservations>, SubmitError> {
        let now = self.now();
        let offset = self.read(|state| state.clock().anchor.offset);
        self.read_rows(move |handle| {
            let store = handle.store();
            let read = |number| store.get::<tables::Reservations>(&(concert, number));
            let first = match from {
                None => store.get::<tables::Buyers>(&(concert, user))?.unwrap_or_default().last_reservation,
                Some(number) => match read(number)? {
                    Some(reservation) if reservation.user == user => Some(number),
                    Some(_) | None => return Ok(None),
                },
            };
            let part = newest_first(first, limit, read, |reservation| reservation.previous)?;
            let rows = part.rows.into_iter().map(|(_, row)| row).collect();
            Ok(Some(Reservations { part: HistoryPart { rows, next: part.next }, now, offset }))
        })
        .await
    }
}
