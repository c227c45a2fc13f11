//! What must hold after every step of every scenario, whatever it is about.

use std::collections::BTreeMap;

use super::world::{Told, World, restored, told};
use crate::domain::sale::Due;
use crate::domain::{
    Account, Command, ConcertNo, EmailKey, EndReason, MemoryRows, Owner, Payment, PaymentStatus, ReservationStatus,
    STEP_MAX, Sale, SeatKey, SeatRow, SeatTables, Sequence, SeriesRow, SoldSeat, Stamped, State, TicketRow, Timestamp,
    commands, violations,
};

/// Everything that can be seen of a world at rest.
pub(super) fn all(world: &World) {
    assert_eq!(violations(&world.state), Vec::<String>::new());
    books_are_right(&world.rows, &world.state);
    doors_are_told(&world.rows, &world.state);
    addresses_lead_to_their_users(&world.rows);
    feed_has_no_gaps(&world.rows, &world.state);
    world.state.sales().for_each(|sale| seats_have_their_rows(sale, &world.rows));
    world.state.sales().for_each(|sale| the_minutes_add_up(sale, world));
    a_restart_changes_nothing(world);
}

fn books_are_right(rows: &MemoryRows, state: &State) {
    let totals = state.totals();
    assert_eq!(rows.balance_of_all(totals), 0, "the sum of all accounts");
    assert_eq!(rows.sum_of_entries(Account::Funding), totals.funding);
    assert_eq!(rows.sum_of_entries(Account::Revenue), totals.revenue);
    assert_eq!(rows.sum_of_entries(Account::Cash), totals.cash);
    assert_eq!(rows.sum_of_entries(Account::Card), totals.card);
    let kept = |payment: &Payment| i128::from(payment.amount) - i128::from(payment.refunded);
    assert_eq!(rows.payments.values().map(|payment| kept(payment)).sum::<i128>(), totals.revenue);
    rows.payments.values().for_each(|payment| parts_add_up(payment, rows));
    let mut last = BTreeMap::new();
    for (number, entry) in &rows.ledger {
        assert_eq!(entry.user.is_some(), entry.kind.moves_wallet(), "entry {number}");
        let before = entry.user.and_then(|user| last.insert(user, *number));
        assert_eq!(before, entry.previous, "the chain of entry {number}");
    }
    for (user, wallet) in &rows.wallets {
        assert_eq!(i128::from(wallet.balance), rows.sum_of_entries(Account::Wallet(*user)), "the wallet of {user:?}");
        assert_eq!(last.get(user).copied(), wallet.last_entry, "the newest entry of {user:?}");
        let told = wallet.last_entry.map_or(0, |number| rows.ledger[&number].balance);
        assert_eq!(told, wallet.balance, "the balance after the newest entry of {user:?}");
    }
    let numbers: Vec<u64> = rows.ledger.keys().copied().collect();
    assert_eq!(numbers, (1..=totals.last_entry).collect::<Vec<u64>>(), "entries are counted without gaps");
}

/// The seats of a payment make up its amount, those with void tickets what was given back.
fn parts_add_up(payment: &Payment, rows: &MemoryRows) {
    let sum = |items: &mut dyn Iterator<Item = &SoldSeat>| items.map(|item| u64::from(item.amount)).sum::<u64>();
    let (void, standing): (Vec<&SoldSeat>, Vec<&SoldSeat>) =
        payment.items.iter().partition(|item| !rows.tickets[&item.ticket].status.stands());
    assert!(payment.items.is_sorted_by_key(SoldSeat::key), "{payment:?}");
    assert_eq!(sum(&mut payment.items.iter()), payment.amount, "{payment:?}");
    assert_eq!(sum(&mut void.iter().copied()), payment.refunded, "{payment:?}");
    let agrees = match payment.status {
        PaymentStatus::Paid => void.is_empty(),
        PaymentStatus::PartlyRefunded { .. } => !void.is_empty() && !standing.is_empty(),
        PaymentStatus::Refunded { .. } => standing.is_empty(),
    };
    assert!(agrees, "the tickets of {payment:?}");
}

fn feed_has_no_gaps(rows: &MemoryRows, state: &State) {
    let numbers: Vec<u64> = rows.events.keys().copied().collect();
    let kept = state.totals().first_event.max(1)..=state.totals().last_event;
    assert_eq!(numbers, kept.collect::<Vec<u64>>(), "events are counted without gaps");
    assert!(rows.events.values().map(|event| event.logged_at).is_sorted(), "events are in the order of time");
}

/// What is counted by the minute is what is counted at all, as long as nothing of it was swept.
fn the_minutes_add_up(sale: &Sale, world: &World) {
    let mut sum = SeriesRow::default();
    let of_sale = world.rows.series.iter().filter(|((concert, _), _)| *concert == sale.no);
    of_sale.for_each(|(_, row)| sum.add(row));
    let counters = sale.counters();
    assert_eq!(u64::from(sum.joined), counters.last_sequence, "places that were taken, by the minute");
    assert_eq!(u64::from(sum.admitted), counters.admitted, "places that were admitted, by the minute");
    let ended = |reason| {
        let of_sale = world.rows.ended_places.range((sale.no, Sequence(0))..=(sale.no, Sequence(u64::MAX)));
        of_sale.filter(|(_, ended)| ended.reason == reason).count()
    };
    assert_eq!(sum.left as usize, ended(EndReason::Left), "places that were left, by the minute");
    assert_eq!(sum.abandoned as usize, ended(EndReason::Abandoned), "places that were abandoned, by the minute");
    let reservations = world.rows.reservations.range((sale.no, 0)..=(sale.no, u64::MAX));
    let lapsed = reservations.filter(|(_, it)| it.status == ReservationStatus::Expired).count();
    assert_eq!(sum.lapses as usize, lapsed, "holds that lapsed, by the minute");
    let tickets = || world.rows.tickets.values().filter(|it| it.concert == sale.no);
    assert_eq!(sum.sold_seats as usize, tickets().count(), "seats that were sold, by the minute");
    let void = tickets().filter(|it| !it.status.stands()).count();
    assert_eq!(sum.refunded_seats as usize, void, "seats that were refunded, by the minute");
    let revenue = sale.stats(world.now).revenue;
    assert_eq!(sum.revenue - sum.refunded, revenue, "what was taken and not given back, by the minute");
}

/// Every ticket is in the list of its door once, by its last change, and whoever it was handed over to has theirs.
fn doors_are_told(rows: &MemoryRows, state: &State) {
    let by_change = rows.tickets.iter().map(|(id, row)| ((row.concert, (row.key.date, row.change)), *id));
    assert_eq!(rows.date_tickets, by_change.collect(), "the lists of doors");
    assert!(rows.tickets.values().all(|row| row.change <= state.totals().last_ticket_change));
    let of_others = |row: &TicketRow| row.holder.filter(|holder| rows.payments[&row.payment].user != Some(*holder));
    let received = rows.tickets.iter().filter_map(|(id, row)| Some(((of_others(row)?, *id), ())));
    assert_eq!(rows.received_tickets, received.collect(), "tickets that were handed over");
}

/// Users are found by their e-mail, and deleted ones, who have none, by nothing.
fn addresses_lead_to_their_users(rows: &MemoryRows) {
    let addresses = rows.users.iter().filter_map(|(id, row)| Some((EmailKey::of(row.email.as_ref()?, *id), ())));
    assert_eq!(rows.emails, addresses.collect(), "users by e-mail");
    assert!(rows.users.values().all(|row| row.deleted_at.is_none() || row.email.is_none()), "deleted users");
}

/// Every taken seat has the reservation and the payment that it names, and the other way round.
fn seats_have_their_rows(sale: &Sale, rows: &MemoryRows) {
    let of_sale = (sale.no, 0)..=(sale.no, u64::MAX);
    let (mut held, mut sold) = (0, 0);
    let mut owned = BTreeMap::new();
    let read = sale.is_archived().then(|| seats_of(sale, rows));
    let seats = read.as_ref().unwrap_or_else(|| sale.tables());
    for (date, table) in seats.iter() {
        for seat in table.taken() {
            let key = SeatKey { date, seat };
            if table.is_blocked(seat) {
                assert!(rows.blocked.contains_key(&(sale.no, key)), "a blocked seat has a row");
                assert!(!rows.seats.contains_key(&(sale.no, key)), "a blocked seat is neither held nor sold");
                continue;
            }
            let row = rows.seats.get(&(sale.no, key)).expect("a taken seat has a row");
            assert_eq!(table.hold_of(seat).is_some_and(|held| held == row), !table.is_sold(seat), "the row of {key:?}");
            match row {
                SeatRow::Held { user, reservation, amount, expires_at, previous, .. } => {
                    held += 1;
                    let written = rows.reservations[&(sale.no, *reservation)];
                    assert_eq!((written.user, written.key, written.amount), (*user, key, *amount), "{key:?}");
                    assert_eq!(written.status, ReservationStatus::Held);
                    assert_eq!((written.expires_at, written.previous), (*expires_at, *previous));
                }
                SeatRow::Sold { user, payment, reservation, amount } => {
                    sold += 1;
                    assert!(table.is_sold(seat), "{key:?}");
                    assert_eq!(user.is_some(), reservation.is_some(), "the reservation of {key:?}");
                    if let Some((user, reservation)) = user.zip(*reservation) {
                        *owned.entry(user).or_insert(0) += 1;
                        assert!(seats.owned().contains(user, key), "the owner of {key:?}");
                        let written = rows.reservations[&(sale.no, reservation)];
                        assert_eq!((written.user, written.key, written.amount), (user, key, *amount), "{key:?}");
                        assert_eq!(written.status, ReservationStatus::Paid(*payment));
                    }
                    let row = &rows.payments[payment];
                    assert_eq!((row.user, row.concert), (*user, sale.no));
                    let item = row.items.iter().find(|item| item.key() == key).expect("it lists the seat");
                    let ticket = &rows.tickets[&item.ticket];
                    assert_eq!(item.amount, *amount, "what {key:?} cost");
                    assert_eq!((ticket.payment, ticket.concert, ticket.key), (*payment, sale.no, key));
                    assert!(ticket.status.stands(), "the ticket of {key:?}");
                }
            }
        }
    }
    let live = rows.reservations.range(of_sale).filter(|(_, it)| it.status == ReservationStatus::Held).count();
    assert_eq!(live, held, "reservations that are held, and held seats");
    for ((_, user), buyer) in rows.buyers.iter().filter(|((no, _), _)| *no == sale.no) {
        let owns = owned.get(user).copied().unwrap_or(0);
        assert_eq!((buyer.owned, seats.owned().count(*user)), (owns, owns as usize), "what {user:?} owns");
    }
    let standing = rows.tickets.values().filter(|it| it.concert == sale.no && it.status.stands()).count();
    assert_eq!(standing, sold, "tickets that are not void, and sold seats");
}

/// A state restored from the rows stands as the one that wrote them.
fn a_restart_changes_nothing(world: &World) {
    let again = restored(&world.rows);
    assert_eq!(violations(&again), Vec::<String>::new(), "after a restart");
    assert_eq!(again.settings(), world.state.settings());
    assert_eq!((again.totals(), again.latest()), (world.state.totals(), world.state.latest()));
    assert_eq!(again.digest(), world.state.digest());
    assert_eq!(again.sales().count(), world.state.sales().count());
    for (sale, other) in world.state.sales().zip(again.sales()) {
        assert_eq!((sale.no, sale.row(), sale.counters()), (other.no, other.row(), other.counters()));
        assert_eq!(sale.queue().waiting(), other.queue().waiting());
        assert_eq!(sale.queue().active(), other.queue().active());
        for (_, place) in sale.queue().waiting().iter() {
            assert_eq!(sale.queue().position(place.sequence), other.queue().position(place.sequence));
        }
        assert_eq!(sale.now(), other.now());
        deadlines_are_kept(sale, other, sale.now());
        assert_eq!(sale.stats(world.now), other.stats(world.now));
        assert_eq!(sale.seats.archive_row(), other.seats.archive_row());
        let (seats, others) = (sale.seats.whole(), other.seats.whole());
        assert_eq!(seats.map(SeatTables::owned), others.map(SeatTables::owned), "owned seats");
        let dates = seats.into_iter().flat_map(SeatTables::iter);
        for (table, again) in dates.map(|(date, table)| (table, other.table(date))) {
            assert!(table.held().eq(again.held()), "held seats");
            assert!(table.sold().eq(again.sold()), "sold seats");
            assert!(table.blocked().eq(again.blocked()), "blocked seats");
            assert!(table.free(world.now).eq(again.free(world.now)), "free seats");
        }
        for span_ms in [1_000, 10_000, 60_000, 600_000, 3_600_000] {
            let counts = [sale, other].map(|sale| sale.admissions.within(world.now, span_ms));
            assert_eq!(counts[0], counts[1], "admissions in a window of {span_ms} ms");
        }
    }
    for place_ref in &world.place_refs {
        assert_eq!(told(&again, &world.rows, *place_ref, world.now), world.told(*place_ref));
    }
}

/// Expiries and openings; what is only to be gone on with is due at once after a restart, and what was done already may
/// be due once more, to no effect.
fn deadlines_are_kept(sale: &Sale, again: &Sale, now: Timestamp) {
    let lasting = |due: &Due| !matches!(due, Due::Admission | Due::CloseOut);
    let before = sale.deadlines().iter().filter(|(_, due)| lasting(due));
    let lost: Vec<_> = before.filter(|due| !again.deadlines().contains(due)).collect();
    assert!(lost.is_empty(), "a restart loses what is due: {lost:?}");
    let after = again.deadlines().iter().filter(|(at, due)| now < *at && lasting(due));
    let new: Vec<_> = after.filter(|due| !sale.deadlines().contains(due)).collect();
    assert!(new.is_empty(), "a restart makes up what is due: {new:?}");
}

/// What can be read before a tick is what can be read after it; only admission waits for one.
pub(super) fn truth_needs_no_tick(world: &World) {
    let mut later = restored(&world.rows);
    let mut rows = world.rows.clone();
    let concerts: Vec<ConcertNo> = world.state.sales().map(|sale| sale.no).collect();
    for concert in concerts {
        let tick = Stamped {
            now: world.now,
            idempotency: None,
            by: None,
            command: Command::Tick(commands::Tick { concert, steps: STEP_MAX }),
        };
        drop(rows.commit(&mut later, &tick));
    }
    // Seats of a date that is called off go back by ticks alone, one step after the other.
    let is_going_back = |concert: ConcertNo| world.sale(concert).calling_off().is_some();
    for place_ref in world.place_refs.iter().filter(|place_ref| !is_going_back(place_ref.concert)) {
        match (world.told(*place_ref), told(&later, &rows, *place_ref, world.now)) {
            (Told::Waiting(before), Told::Waiting(after)) => assert!(after <= before, "nobody falls back"),
            (Told::Waiting(_), Told::Active(..)) => {}
            (before, after) => assert_eq!(before, after, "{place_ref:?} before and after a tick"),
        }
    }
    for (sale, ticked) in world.state.sales().zip(later.sales()) {
        if is_going_back(sale.no) {
            continue;
        }
        assert_eq!(sale.status(world.now), ticked.status(world.now));
        for performance in &sale.row().definition.performances {
            let date = performance.date;
            for seat in 1..=performance.layout.seats() {
                let owner = |seats: &SeatTables| seats.table(date).expect("a table").owner(seat, world.now);
                let has = [(sale, &world.rows), (ticked, &rows)]
                    .map(|(sale, rows)| has_it(sale.with_seats(rows, owner).expect("rows in memory are always read")));
                assert_eq!(has[0], has[1], "seat {seat} before and after a tick");
            }
        }
    }
}

/// The seats as their rows tell.
fn seats_of(sale: &Sale, rows: &MemoryRows) -> SeatTables {
    SeatTables::read(rows, sale.no, &sale.row().definition).expect("rows in memory are always read")
}

fn has_it(owner: Owner) -> Owner {
    match owner {
        Owner::LapsedFrom(_) | Owner::Nobody => Owner::Nobody,
        owner @ (Owner::Held(_) | Owner::Sold | Owner::Blocked) => owner,
    }
}
