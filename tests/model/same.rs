//! What must be the same in the core and in the model after every step, and what must hold of the core by itself.

use jari::domain::{
    Account, ConcertNo, Owner, PlaceRef, PlaceView, ReservationStatus, Reserving, Sale, SaleStatus, SeatKey, SeatRow,
    SeatTables, Sequence, Standing, State, Ticket, Timestamp, UserId, violations,
};

use super::naive::{self, Concert, Fate, Model};
use super::server::{Server, restored};

pub(crate) fn everything(server: &Server, model: &Model) {
    assert_eq!(server.now, model.now);
    assert_eq!(violations(&server.state), Vec::<String>::new());
    let told = model.as_told();
    let again = restored(&server.rows);
    for (number, concert) in told.concerts.iter().enumerate() {
        let no = ConcertNo(number as u32 + 1);
        for state in [&server.state, &again] {
            let sale = state.sale(no).expect("one of the concerts");
            places(server, state, sale, &told, concert);
            sale.with_seats(&server.rows, |tables| seats(server, sale, tables, concert, model.now))
                .expect("rows in memory are always read");
            for user in 0..told.users.len() {
                ones_own(state, sale, concert, user, model.now);
            }
        }
        for user in 0..told.users.len() {
            histories(server, no, concert, user);
        }
    }
    books(server, &told);
    feed(server);
}

/// Every place that was ever given, live or ended.
fn places(server: &Server, state: &State, sale: &Sale, told: &Model, concert: &Concert) {
    for (index, place) in concert.places.iter().enumerate() {
        let (concert_no, sequence) = (sale.no, Sequence(index as u64 + 1));
        let place_ref = PlaceRef { concert: concert_no, sequence, user: UserId(place.user as u128 + 1) };
        let expected = match place.standing {
            naive::Standing::Waiting => Standing::Waiting,
            naive::Standing::Ended(reason) => Standing::Ended(reason),
            naive::Standing::Active(until) => active(told, concert, index, until),
        };
        assert_eq!(server.standing(state, place_ref), expected, "place {} of {concert_no:?}", sequence.0);
        if expected == Standing::Waiting {
            assert_eq!(sale.queue().position(sequence), concert.position(index), "the position of {}", sequence.0);
        }
    }
    assert_eq!(sale.counters().last_sequence, concert.places.len() as u64);
    assert_eq!(sale.status(told.now), if concert.is_closed(told.now) { SaleStatus::Closed } else { concert.status });
}

fn active(told: &Model, concert: &Concert, place: usize, until: Timestamp) -> Standing {
    let holds = concert.bookings.iter().filter(|it| it.place == place && it.fate == Fate::Held);
    let last = holds.map(|booking| booking.until).max();
    let expires_at = match last {
        Some(last) if told.settings.end_on_hold_lapse => last,
        Some(last) => last.max(until),
        None => until,
    };
    let reserving = if told.now < until { Reserving::Open } else { Reserving::Over };
    Standing::Active { expires_at, reserving }
}

fn seats(server: &Server, sale: &Sale, seats: &SeatTables, concert: &Concert, now: Timestamp) {
    let (mut bookable, mut available) = (Vec::new(), Vec::new());
    for day in &concert.dates {
        let table = seats.table(day.date).expect("a table for every date");
        assert_eq!(table.seats() as usize, day.seats.len());
        let (mut free, mut counts, mut revenue) = (Vec::new(), [0, 0, 0], 0);
        for seat in 1..=table.seats() {
            let booking = concert.taken(day.date, seat);
            let user = booking.map(|booking| UserId(booking.user as u128 + 1));
            let owner = match table.owner(seat, now) {
                Owner::LapsedFrom(_) | Owner::Nobody | Owner::Blocked => None,
                Owner::Held(user) => Some((user, Fate::Held)),
                Owner::Sold => Some(sold(server, sale.no, seats, SeatKey { date: day.date, seat })),
            };
            assert_eq!(owner, user.zip(booking.map(|booking| booking.fate)), "seat {seat} of {}", day.date);
            match booking.map(|booking| booking.fate) {
                None => free.push(seat),
                Some(Fate::Held) => counts[1] += 1,
                Some(_) => counts[2] += 1,
            }
            revenue += booking.filter(|it| it.fate != Fate::Held).map_or(0, |it| u64::from(it.price));
        }
        counts[0] = free.len() as u32;
        let stats = sale.stats(now);
        let stats = stats.dates.iter().find(|stats| stats.date == day.date).expect("numbers of every date");
        assert_eq!([stats.free, stats.held, stats.sold], counts);
        assert_eq!(stats.revenue, revenue);
        assert_eq!(table.free(now).collect::<Vec<u32>>(), free);
        if now.on_wall(concert.offset) < day.begins {
            bookable.push(day.date);
            available.extend((!free.is_empty()).then_some(day.date));
        }
    }
    assert_eq!(sale.bookable(now).map(|performance| performance.date).collect::<Vec<_>>(), bookable);
    assert_eq!(sale.available_dates(now), available);
}

/// Who owns a sold seat, by which payment.
fn sold(server: &Server, concert: ConcertNo, seats: &SeatTables, key: SeatKey) -> (UserId, Fate) {
    let row = server.rows.seats.get(&(concert, key)).copied();
    let Some(SeatRow::Sold { user, payment, .. }) = row else { panic!("{key:?} is sold, but its row is {row:?}") };
    let user = user.expect("the model knows no guests");
    assert!(seats.owned().contains(user, key), "{user:?} owns {key:?}");
    (user, Fate::Paid(payment))
}

/// Whether a user is ACTIVE, and what the user holds or owns.
fn ones_own(state: &State, sale: &Sale, concert: &Concert, user: usize, now: Timestamp) {
    let id = UserId(user as u128 + 1);
    let place = concert.live_place(user).map(|place| concert.places[place].standing);
    let active = place.is_some_and(|standing| matches!(standing, naive::Standing::Active(_)));
    let place_ref = state.live_place(sale.no, id);
    let view = place_ref.and_then(|place_ref| sale.place_view(place_ref, now, state.settings()));
    assert_eq!(matches!(view, Some(PlaceView::Active { .. })), active);
    if sale.is_archived() {
        return; // Nobody has a place, so nobody can ask.
    }
    for day in &concert.dates {
        let mine = |seat: &u32| concert.taken(day.date, *seat).is_some_and(|booking| booking.user == user);
        let expected: Vec<u32> = (1..=day.seats.len() as u32).filter(mine).collect();
        assert_eq!(sale.seats_of(id, day.date, now), expected);
    }
}

/// A user's reservations at a concert, newest first.
fn histories(server: &Server, concert_no: ConcertNo, concert: &Concert, user: usize) {
    let key = (concert_no, UserId(user as u128 + 1));
    let buyer = server.rows.buyers.get(&key).copied().unwrap_or_default();
    let mut expected = concert.bookings.iter().rev().filter(|booking| booking.user == user);
    let mut next = buyer.last_reservation;
    while let Some(number) = next {
        let row = &server.rows.reservations[&(concert_no, number)];
        let booking = expected.next().expect("a reservation that the model knows");
        let fate = match row.status {
            ReservationStatus::Held if row.expires_at <= server.now => Fate::Expired,
            ReservationStatus::Held => Fate::Held,
            ReservationStatus::Paid(payment) => Fate::Paid(payment),
            ReservationStatus::Canceled => Fate::Canceled,
            ReservationStatus::Expired => Fate::Expired,
            ReservationStatus::Refunded(payment) => Fate::Refunded(payment),
        };
        let told = (row.key.date, row.key.seat, row.expires_at, row.amount, fate);
        assert_eq!(told, (booking.date, booking.seat, booking.until, booking.price, booking.fate));
        next = row.previous;
    }
    assert!(expected.next().is_none(), "a reservation is missing");
    let owned = concert.bookings.iter().filter(|it| it.user == user && matches!(it.fate, Fate::Paid(_)));
    assert_eq!(buyer.owned as usize, owned.count());
}

fn books(server: &Server, told: &Model) {
    let (rows, totals) = (&server.rows, server.state.totals());
    assert_eq!(rows.balance_of_all(totals), 0, "the sum of all accounts");
    assert_eq!(rows.sum_of_entries(Account::Revenue), totals.revenue);
    assert_eq!(rows.ledger.len(), told.entries.len());
    for user in 0..told.users.len() {
        let id = UserId(user as u128 + 1);
        assert_eq!(rows.wallets[&id].balance, told.balance(user), "the wallet of {id:?}");
        assert_eq!(rows.sum_of_entries(Account::Wallet(id)), i128::from(told.balance(user)));
    }
    assert_eq!(rows.payments.len(), told.payments.len());
    for paid in &told.payments {
        let row = &rows.payments[&paid.id];
        let tickets = row.items.iter().map(|item| Ticket::of(item.ticket, &rows.tickets[&item.ticket], item.date));
        assert_eq!(tickets.collect::<Vec<_>>(), paid.tickets);
        assert_eq!((row.amount, row.refunded), (paid.amount, paid.refunded));
    }
}

fn feed(server: &Server) {
    let kept = server.state.totals().first_event.max(1)..=server.state.totals().last_event;
    assert!(server.rows.events.keys().copied().eq(kept), "events are counted without gaps");
}
