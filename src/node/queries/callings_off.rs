//! How far the seats and the money of dates that are called off have gone back.

use std::collections::BTreeSet;

use crate::domain::{CalendarDate, CallingOff, ConcertNo, PaymentId, Rows, Sale, SeatKey, SeatRow, SeatTable, tables};
use crate::node::handle::Handle;
use crate::node::submit_error::SubmitError;

/// How far a date has come.
pub struct DateProgress {
    pub date: CalendarDate,
    pub progress: CallingOff,
    pub payments_left: u64,
    /// Held ones included.
    pub seats_left: u64,
    pub amount_left: u64,
}

impl Handle {
    /// The dates of a concert that are called off, ascending. What is left of one takes as long as it has seats that are
    /// still sold.
    ///
    /// # Errors
    /// A fault.
    pub async fn callings_off(&self, concert: ConcertNo) -> Result<Vec<DateProgress>, SubmitError> {
        let now = self.now();
        let begun: Vec<(DateProgress, Vec<u32>)> = self.read(|state| {
            let Some(sale) = state.sale(concert) else { return Vec::new() };
            let dates = sale.stats(now).dates.into_iter();
            let of_date = dates.filter_map(|stats| {
                let progress = *sale.progress_of(stats.date)?;
                let seats_left = u64::from(stats.held) + u64::from(stats.sold);
                let (date, amount_left) = (stats.date, stats.revenue);
                let sold = sold_seats(sale, date);
                Some((DateProgress { date, progress, payments_left: 0, seats_left, amount_left }, sold))
            });
            of_date.collect()
        });
        if begun.iter().all(|(_, sold)| sold.is_empty()) {
            return Ok(begun.into_iter().map(|(progress, _)| progress).collect());
        }
        self.read_rows(move |handle| {
            let with_payments = begun.into_iter().map(|(progress, sold)| {
                let mut payments: BTreeSet<PaymentId> = BTreeSet::new();
                for seat in sold {
                    let key = SeatKey { date: progress.date, seat };
                    if let Some(SeatRow::Sold { payment, .. }) = handle.store().get::<tables::Seats>(&(concert, key))? {
                        payments.insert(payment);
                    }
                }
                Ok(DateProgress { payments_left: payments.len() as u64, ..progress })
            });
            with_payments.collect()
        })
        .await
    }
}

fn sold_seats(sale: &Sale, date: CalendarDate) -> Vec<u32> {
    sale.seat_table(date).into_iter().flat_map(SeatTable::sold).collect()
}
