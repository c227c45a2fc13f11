//! Where something is kept about one person.

use crate::domain::{ConcertId, ConcertNo, Rows, UserId, tables};
use crate::node::handle::Handle;
use crate::node::submit_error::SubmitError;

impl Handle {
    /// The next concert behind `behind` at which a user has ever held a seat, in order of their creation; `None` when there
    /// is no other.
    ///
    /// # Errors
    /// A fault.
    pub async fn next_concert_of(
        &self,
        user: UserId,
        behind: Option<ConcertNo>,
    ) -> Result<Option<(ConcertNo, ConcertId)>, SubmitError> {
        let concerts: Vec<(ConcertNo, ConcertId)> = self.read(|state| {
            let further = state.sales().filter(|sale| behind.is_none_or(|behind| behind < sale.no));
            further.map(|sale| (sale.no, sale.id().clone())).collect()
        });
        self.read_rows(move |handle| {
            for (no, id) in concerts {
                let buyer = handle.store().get::<tables::Buyers>(&(no, user))?;
                if buyer.is_some_and(|buyer| buyer.last_reservation.is_some()) {
                    return Ok(Some((no, id)));
                }
            }
            Ok(None)
        })
        .await
    }
}
