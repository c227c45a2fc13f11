//! One seat, as the operator looks at it: who has it and since when.

use super::history::required;
use crate::domain::{
    CalendarDate, ConcertNo, PaymentId, Rejection, Rows, SeatKey, SeatRow, SeatWords, Spot, TicketId, UserId, Username,
    WallTime, tables,
};
use crate::node::handle::Handle;
use crate::node::submit_error::SubmitError;

/// A seat in the words of the plan, and in whose hands it is.
pub struct SeatNow {
    pub words: SeatWords,
    pub hands: SeatHands,
}

/// In whose hands a seat is.
pub enum SeatHands {
    Free,
    /// The operator keeps it back.
    Blocked {
        since: WallTime,
        reason: String,
    },
    Held {
        user: UserId,
        username: Username,
        since: WallTime,
        expires_at: WallTime,
        amount: u32,
    },
    Sold {
        /// A guest where there is none.
        buyer: Option<(UserId, Username)>,
        guest: Option<String>,
        since: WallTime,
        amount: u32,
        payment: PaymentId,
        ticket: TicketId,
    },
}

impl Handle {
    /// One seat of a concert, drafts included.
    ///
    /// # Errors
    /// There is no such date or seat; a fault.
    pub async fn seat_now(&self, concert: ConcertNo, date: CalendarDate, seat: u32) -> Result<SeatNow, SubmitError> {
        self.read_rows(move |handle| {
            let date = handle.first_date(concert, date);
            let key = SeatKey { date, seat };
            let row = handle.store().get::<tables::Seats>(&(concert, key))?;
            let now = handle.now();
            let blocked = handle.store().get::<tables::Blocked>(&(concert, key))?;
            let (words, clock) = handle.read(|state| {
                let sale = state.sale(concert).ok_or(Rejection::ConcertNotFound)?;
                let performance = sale.row().definition.performance(date).ok_or(Rejection::DateNotFound)?;
                let spot = Spot::find(&performance.layout, seat).ok_or(Rejection::SeatNotFound { seat })?;
                Ok::<_, Rejection>((spot.words(), *state.clock()))
            })?;
            let hands = match row {
                Some(SeatRow::Held { user, reserved_at, expires_at, amount, .. }) if now < expires_at => {
                    let (since, expires_at) = (reserved_at, clock.wall(expires_at));
                    SeatHands::Held { user, username: handle.username(user)?, since, expires_at, amount }
                }
                Some(SeatRow::Sold { user, payment, amount, .. }) => {
                    let paid = required(handle.store().get::<tables::Payments>(&payment))?;
                    let item = paid.items.iter().find(|item| item.key() == key);
                    let ticket = item.expect("a sold seat is among those of its payment").ticket;
                    let buyer = user.map(|user| Ok::<_, SubmitError>((user, handle.username(user)?))).transpose()?;
                    SeatHands::Sold { buyer, guest: paid.guest, since: paid.paid_at, amount, payment, ticket }
                }
                Some(SeatRow::Held { .. }) | None => blocked.map_or(SeatHands::Free, |blocked| SeatHands::Blocked {
                    since: blocked.since,
                    reason: blocked.reason,
                }),
            };
            Ok(SeatNow { words, hands })
        })
        .await
    }

    fn username(&self, user: UserId) -> Result<Username, SubmitError> {
        Ok(required(self.store().get::<tables::Users>(&user))?.username)
    }
}
