//! Every row of an index leads to a row that it is of, and every row that is to be found has its row of the index.

use uuid::Uuid;

use super::report::Findings;
use crate::domain::{Payment, RowFault, RowKey, tables};
use crate::storage::RowsAtRest;

pub(super) fn check(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    check_payments(at_rest, findings)?;
    check_series(at_rest, findings)?;
    check_acts(at_rest, findings)?;
    for row in at_rest.all::<tables::ConcertPayments>()? {
        let (key, ()) = row?;
        let payment = at_rest.get::<tables::Payments>(&key.1)?;
        if payment.is_none_or(|payment| payment.concert != key.0) {
            findings.note("concert_payments", key.name(), "it leads to a payment of another concert, or to none");
        }
    }
    for row in at_rest.all::<tables::DatePayments>()? {
        let (key, ()) = row?;
        let (concert, (date, id)) = key;
        let is_its =
            |payment: Box<Payment>| payment.concert == concert && payment.items.iter().any(|item| item.date == date);
        if !at_rest.get::<tables::Payments>(&id)?.is_some_and(is_its) {
            findings.note("date_payments", key.name(), "it leads to a payment without a seat of the date, or to none");
        }
    }
    Ok(())
}

/// Every event that is an operator's act is found among the acts by the key of it, and no other event is.
fn check_acts(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    for row in at_rest.all::<tables::Acts>()? {
        let (number, key) = row?;
        let by = at_rest.get::<tables::Events>(&number)?.and_then(|event| event.by);
        if by.is_none_or(|by| by.key != key) {
            findings.note("acts", number, "it leads to an event that is no act of this key, or to none");
        }
    }
    for row in at_rest.all::<tables::Events>()? {
        let (number, event) = row?;
        if event.by.is_some() && at_rest.get::<tables::Acts>(&number)?.is_none() {
            findings.note("events", number, "it is an act of an operator, and not among them");
        }
    }
    Ok(())
}

/// Every minute lies within those that its concert says there are.
fn check_series(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    for row in at_rest.all::<tables::Series>()? {
        let (key, _) = row?;
        let kept = at_rest.get::<tables::Counters>(&key.0)?.and_then(|counters| counters.series);
        if !kept.is_some_and(|(first, last)| (first..=last).contains(&key.1)) {
            findings.note("series", key.name(), "its concert knows of no such minute");
        }
    }
    Ok(())
}

fn check_payments(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    for row in at_rest.all::<tables::Payments>()? {
        let (id, payment) = row?;
        let key = Uuid::from_u128(id.0);
        if at_rest.get::<tables::ConcertPayments>(&(payment.concert, id))?.is_none() {
            findings.note("payments", key, "the index of its concert does not lead to it");
        }
        for of_date in payment.items.chunk_by(|left, right| left.date == right.date) {
            let date = of_date[0].date;
            if at_rest.get::<tables::DatePayments>(&(payment.concert, (date, id)))?.is_none() {
                findings.note("payments", key, format!("the index of date {date} does not lead to it"));
            }
        }
    }
    Ok(())
}
