//! Rows in the middle of a command: what it has changed so far lies over what is stored.

use crate::domain::{
    Answered, Change, ConcertNo, EndedPlace, Event, OnceKey, Patron, Payment, PaymentId, Reservation, RowFault, Rows,
    SeatKey, SeatRow, Sequence, User, UserId, Wallet,
};

/// What was due before a command is judged may have ended its place or lapsed its hold. The judge sees these two kinds
/// of rows as they became; nothing that is due changes one of another kind that is read.
pub struct Pending<'a, R> {
    pub rows: &'a R,
    pub changes: &'a [Change],
}

impl<R> Pending<'_, R> {
    fn newest<T>(&self, of: impl Fn(&Change) -> Option<T>) -> Option<T> {
        self.changes.iter().rev().find_map(of)
    }
}

impl<R: Rows> Rows for Pending<'_, R> {
    fn user(&self, user: UserId) -> Result<Option<User>, RowFault> {
        self.rows.user(user)
    }

    fn user_named(&self, username: &str) -> Result<Option<UserId>, RowFault> {
        self.rows.user_named(username)
    }

    fn wallet(&self, user: UserId) -> Result<Wallet, RowFault> {
        self.rows.wallet(user)
    }

    fn patron(&self, concert: ConcertNo, user: UserId) -> Result<Patron, RowFault> {
        self.rows.patron(concert, user)
    }

    fn ended_place(&self, concert: ConcertNo, sequence: Sequence) -> Result<Option<EndedPlace>, RowFault> {
        let ended = |change: &Change| {
            let Change::EndedPlace(no, of, row) = change else { return None };
            ((*no, *of) == (concert, sequence)).then_some(*row)
        };
        self.newest(ended).map_or_else(|| self.rows.ended_place(concert, sequence), |row| Ok(Some(row)))
    }

    fn seat(&self, concert: ConcertNo, key: SeatKey) -> Result<Option<SeatRow>, RowFault> {
        self.rows.seat(concert, key)
    }

    fn each_seat(&self, concert: ConcertNo, visit: impl FnMut(SeatKey, SeatRow)) -> Result<(), RowFault> {
        self.rows.each_seat(concert, visit)
    }

    fn reservation(&self, concert: ConcertNo, number: u64) -> Result<Option<Reservation>, RowFault> {
        let written = |change: &Change| {
            let Change::Reservation(no, of, row) = change else { return None };
            ((*no, *of) == (concert, number)).then_some(*row)
        };
        self.newest(written).map_or_else(|| self.rows.reservation(concert, number), |row| Ok(Some(row)))
    }

    fn payment(&self, payment: PaymentId) -> Result<Option<Payment>, RowFault> {
        self.rows.payment(payment)
    }

    fn answered(&self, key: &OnceKey) -> Result<Option<Answered>, RowFault> {
        self.rows.answered(key)
    }

    fn answered_order(&self, number: u64) -> Result<Option<OnceKey>, RowFault> {
        self.rows.answered_order(number)
    }

    fn event(&self, number: u64) -> Result<Option<Event>, RowFault> {
        self.rows.event(number)
    }
}
