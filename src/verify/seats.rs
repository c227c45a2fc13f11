//! A seat has one holder or owner, and everything that tells of it agrees: places, reservations, payments, patrons.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::report::Findings;
use crate::domain::{
    ConcertNo, Payment, PaymentId, PaymentStatus, Reservation, ReservationStatus, RowFault, SeatKey, SeatRow, SoldSeat,
    UserId, tables,
};
use crate::storage::RowsAtRest;

pub(super) fn check(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    let owned = check_seats(at_rest, findings)?;
    check_blocked(at_rest, findings)?;
    check_payments(at_rest, findings)?;
    let newest = check_reservations(at_rest, findings)?;
    check_patrons(at_rest, owned, newest, findings)
}

type Hand = (ConcertNo, UserId);

fn seat_name(concert: ConcertNo, key: SeatKey) -> String {
    format!("concert {} date {} seat {}", concert.0, key.date, key.seat)
}

/// Checks every taken seat; what comes back is how many each user owns.
fn check_seats(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<BTreeMap<Hand, u32>, RowFault> {
    let mut owned = BTreeMap::new();
    for row in at_rest.all::<tables::Seats>()? {
        let ((concert, key), seat) = row?;
        let wrong = match seat {
            SeatRow::Held { .. } => wrong_hold(at_rest, concert, seat)?,
            SeatRow::Sold { user, payment, reservation, amount: _ } => {
                user.into_iter().for_each(|user| *owned.entry((concert, user)).or_default() += 1);
                wrong_sale(at_rest, (concert, key), (user, reservation), payment)?
            }
        };
        let wrong = match wrong {
            None if !exists(at_rest, concert, key)? => Some("the concert has no such seat".to_owned()),
            wrong => wrong,
        };
        if let Some(what) = wrong {
            findings.note("seats", seat_name(concert, key), what);
        }
    }
    Ok(owned)
}

/// Checks that every blocked seat exists and is neither held nor sold.
fn check_blocked(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    for row in at_rest.all::<tables::Blocked>()? {
        let ((concert, key), _) = row?;
        let wrong = match at_rest.get::<tables::Seats>(&(concert, key))? {
            Some(SeatRow::Held { .. }) => Some("it is held"),
            Some(SeatRow::Sold { .. }) => Some("it is sold"),
            None if !exists(at_rest, concert, key)? => Some("the concert has no such seat"),
            None => None,
        };
        if let Some(what) = wrong {
            findings.note("blocked", seat_name(concert, key), what);
        }
    }
    Ok(())
}

/// Whether the concert's definition has the seat.
fn exists(at_rest: &RowsAtRest, concert: ConcertNo, key: SeatKey) -> Result<bool, RowFault> {
    let concert = at_rest.get::<tables::Concerts>(&concert)?;
    let performance = concert.as_ref().and_then(|row| row.definition.performance(key.date));
    Ok(performance.is_some_and(|performance| (1..=performance.layout.seats()).contains(&key.seat)))
}

fn wrong_hold(at_rest: &RowsAtRest, concert: ConcertNo, seat: SeatRow) -> Result<Option<String>, RowFault> {
    let SeatRow::Held { user, sequence, reservation, .. } = seat else {
        unreachable!("the caller has a held seat");
    };
    let place = at_rest.get::<tables::Places>(&(concert, sequence))?;
    if !place.is_some_and(|place| place.user == user && place.active.is_some()) {
        return Ok(Some(format!("it is held by place {}, which is no ACTIVE place of the user", sequence.0)));
    }
    let kept = at_rest.get::<tables::Reservations>(&(concert, reservation))?;
    if kept.is_none_or(|kept| kept.status != ReservationStatus::Held) {
        return Ok(Some(format!("it is held by reservation {reservation}, which holds nothing")));
    }
    Ok(None)
}

fn wrong_sale(
    at_rest: &RowsAtRest,
    (concert, key): (ConcertNo, SeatKey),
    (user, reservation): (Option<UserId>, Option<u64>),
    payment: PaymentId,
) -> Result<Option<String>, RowFault> {
    let id = Uuid::from_u128(payment.0);
    let Some(row) = at_rest.get::<tables::Payments>(&payment)? else {
        return Ok(Some(format!("it is sold by payment {id}, which does not exist")));
    };
    let lists = row.items.iter().filter(|item| item.key() == key).count();
    let is_right = !row.status.is_over() && (row.user, row.concert) == (user, concert);
    if !is_right || lists != 1 {
        return Ok(Some(format!("it is sold by payment {id}, which is refunded or does not list it")));
    }
    if reservation.is_some() != user.is_some() {
        return Ok(Some("its user and its reservation do not go together".to_owned()));
    }
    let Some(number) = reservation else { return Ok(None) };
    let kept = at_rest.get::<tables::Reservations>(&(concert, number))?;
    if kept.is_none_or(|kept| kept.status != ReservationStatus::Paid(payment)) {
        return Ok(Some(format!("it is sold out of reservation {number}, which is not paid by {id}")));
    }
    Ok(None)
}

fn check_payments(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    let mut tickets = 0_u64;
    for row in at_rest.all::<tables::Payments>()? {
        let (id, payment) = row?;
        tickets += payment.items.len() as u64;
        for what in wrong_items(at_rest, id, &payment)? {
            findings.note("payments", Uuid::from_u128(id.0), what);
        }
    }
    let mut written = 0;
    for row in at_rest.all::<tables::Tickets>()? {
        row?;
        written += 1;
    }
    // Each listed one was found to be that of its payment, so those beyond are listed by none.
    if written > tickets {
        findings.note("tickets", "rows", format!("{} of them are listed by no payment", written - tickets));
    }
    Ok(())
}

/// What is wrong with the items of a payment: each has a ticket of its own and is sold by it until that is void, and
/// those with void tickets are what was given back.
fn wrong_items(at_rest: &RowsAtRest, id: PaymentId, payment: &Payment) -> Result<Vec<String>, RowFault> {
    let mut wrong = Vec::new();
    if payment.items.is_empty() {
        wrong.push("it lists no seat".to_owned());
    }
    if !payment.items.is_sorted_by(|left, right| left.key() < right.key()) {
        wrong.push("its seats do not ascend".to_owned());
    }
    let (mut sum, mut refunded, mut void) = (0, 0, 0);
    for item in &payment.items {
        sum += u64::from(item.amount);
        let found = wrong_ticket(at_rest, id, payment, item)?;
        if let Some(false) = found.stands {
            refunded += u64::from(item.amount);
            void += 1;
        }
        wrong.extend(found.wrong);
    }
    if sum != payment.amount {
        wrong.push(format!("its seats cost {sum}, but it took {}", payment.amount));
    }
    if wrong.is_empty() && refunded != payment.refunded {
        wrong.push(format!("its void tickets cost {refunded}, but it gave {} back", payment.refunded));
    }
    let told = match payment.status {
        PaymentStatus::Paid => void == 0,
        PaymentStatus::PartlyRefunded { .. } => 0 < void && void < payment.items.len(),
        PaymentStatus::Refunded { .. } => void == payment.items.len(),
    };
    if wrong.is_empty() && !told {
        wrong.push(format!("{void} of its {} tickets are void, but it is {:?}", payment.items.len(), payment.status));
    }
    Ok(wrong)
}

/// A ticket of a payment, and what is wrong with it.
struct FoundTicket {
    /// Whether it is not void; `None` when it is not there.
    stands: Option<bool>,
    wrong: Option<String>,
}

fn wrong_ticket(
    at_rest: &RowsAtRest,
    id: PaymentId,
    payment: &Payment,
    item: &SoldSeat,
) -> Result<FoundTicket, RowFault> {
    let seat = item.seat;
    let Some(ticket) = at_rest.get::<tables::Tickets>(&item.ticket)? else {
        return Ok(FoundTicket { stands: None, wrong: Some(format!("the ticket of seat {seat} does not exist")) });
    };
    let stands = ticket.status.stands();
    let row = at_rest.get::<tables::Seats>(&(payment.concert, item.key()))?;
    let of = (id, payment.concert, item.key());
    let wrong = match row {
        _ if (ticket.payment, ticket.concert, ticket.key) != of => {
            Some(format!("the ticket of seat {seat} is that of another payment or seat"))
        }
        Some(SeatRow::Sold { payment: by, .. }) if by == id && !stands => {
            Some(format!("the ticket of seat {seat} is void, but the seat is sold by it"))
        }
        Some(SeatRow::Sold { payment: by, user, amount, .. }) if by == id => ((user, amount)
            != (payment.user, item.amount))
            .then(|| format!("seat {seat} is sold by it to another user, or for {amount}")),
        Some(SeatRow::Sold { .. } | SeatRow::Held { .. }) | None if stands => {
            Some(format!("the ticket of seat {seat} is not void, but the seat is not sold by it"))
        }
        Some(SeatRow::Sold { .. } | SeatRow::Held { .. }) | None => None,
    };
    Ok(FoundTicket { stands: Some(stands), wrong })
}

/// Checks every reservation; what comes back is the newest of each user.
fn check_reservations(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<BTreeMap<Hand, u64>, RowFault> {
    let mut newest = BTreeMap::new();
    let mut last_of: BTreeMap<ConcertNo, u64> = BTreeMap::new();
    for row in at_rest.all::<tables::Reservations>()? {
        let ((concert, number), reservation) = row?;
        let name = format!("concert {} number {number}", concert.0);
        let before = last_of.insert(concert, number).unwrap_or_default();
        if number != before + 1 {
            findings.note("reservations", &name, format!("it follows number {before}, so some are missing"));
        }
        let previous = newest.insert((concert, reservation.user), number);
        if reservation.previous != previous {
            let what = format!("the user's one before it is {previous:?}, but it says {:?}", reservation.previous);
            findings.note("reservations", &name, what);
        }
        if let Some(what) = wrong_reservation(at_rest, concert, number, &reservation)? {
            findings.note("reservations", &name, what);
        }
    }
    for row in at_rest.all::<tables::Counters>()? {
        let (concert, counters) = row?;
        let last = last_of.remove(&concert).unwrap_or_default();
        if last != counters.last_reservation {
            let what = format!("the newest reservation is {last}, but they say {}", counters.last_reservation);
            findings.note("counters", format!("concert {}", concert.0), what);
        }
    }
    for concert in last_of.keys() {
        findings.note("counters", format!("concert {}", concert.0), "it has reservations, but no counters");
    }
    Ok(newest)
}

fn wrong_reservation(
    at_rest: &RowsAtRest,
    concert: ConcertNo,
    number: u64,
    reservation: &Reservation,
) -> Result<Option<String>, RowFault> {
    let seat = at_rest.get::<tables::Seats>(&(concert, reservation.key))?;
    let wrong = match (reservation.status, seat) {
        (ReservationStatus::Held, Some(SeatRow::Held { user, reservation: by, previous, expires_at, amount, .. })) => {
            let row = (reservation.user, number, reservation.previous, reservation.expires_at, reservation.amount);
            ((user, by, previous, expires_at, amount) != row).then_some("its seat is held otherwise")
        }
        (ReservationStatus::Held, _) => Some("it is held, but its seat is not"),
        (ReservationStatus::Paid(payment), Some(SeatRow::Sold { user, payment: by, reservation: of, amount })) => {
            let row = (Some(reservation.user), payment, Some(number), reservation.amount);
            ((user, by, of, amount) != row).then_some("its seat is sold otherwise")
        }
        (ReservationStatus::Paid(_), _) => Some("it is paid, but its seat is not sold"),
        (ReservationStatus::Refunded(payment), _) => {
            let row = at_rest.get::<tables::Payments>(&payment)?;
            let is_refunded =
                row.is_some_and(|row| row.status != PaymentStatus::Paid && row.user == Some(reservation.user));
            (!is_refunded).then_some("its payment is not refunded")
        }
        (ReservationStatus::Canceled | ReservationStatus::Expired, Some(SeatRow::Held { reservation: by, .. })) => {
            (by == number).then_some("it is over, but holds its seat")
        }
        (ReservationStatus::Canceled | ReservationStatus::Expired, _) => None,
    };
    Ok(wrong.map(str::to_owned))
}

fn check_patrons(
    at_rest: &RowsAtRest,
    mut owned: BTreeMap<Hand, u32>,
    mut newest: BTreeMap<Hand, u64>,
    findings: &mut Findings,
) -> Result<(), RowFault> {
    let name = |(concert, user): Hand| format!("concert {} user {}", concert.0, Uuid::from_u128(user.0));
    for row in at_rest.all::<tables::Buyers>()? {
        let (hand, buyer) = row?;
        let seats = owned.remove(&hand).unwrap_or_default();
        if buyer.owned != seats {
            findings.note("buyers", name(hand), format!("the user owns {seats} seats, but it says {}", buyer.owned));
        }
        let last = newest.remove(&hand);
        if buyer.last_reservation != last {
            let what = format!("the newest reservation is {last:?}, but it says {:?}", buyer.last_reservation);
            findings.note("buyers", name(hand), what);
        }
    }
    for hand in owned.keys().chain(newest.keys()) {
        findings.note("buyers", name(*hand), "the user has seats or reservations, but no row");
    }
    Ok(())
}
