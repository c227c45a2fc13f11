//! What `then` lines state: `free=1,3 wallet.kim=5000 waiting=2`. A fact about one date, user or concert has it behind
//! points, in this order: `free.25`, `reservations.kim.autumn`.

use super::words::{date, joined, number, pair, time_text, wall_text};
use super::world::World;
use super::{ticket_steps, till_steps, told};
use crate::domain::{
    BestPlace, CalendarDate, EventData, KeyChange, MemberChange, Owner, PaymentId, ReservationStatus, Sale, SeatKey,
    TicketStatus, TillRow, UserChange, UserStanding,
};

/// Panics unless `word` is true.
pub(super) fn state(world: &World, word: &str) {
    let (name, expected) = pair(word);
    let parts: Vec<&str> = name.split('.').collect();
    assert_eq!(fact(world, &parts), expected, "the fact {name}");
}

fn fact(world: &World, parts: &[&str]) -> String {
    match parts {
        ["wallet", user] => world.rows.wallets.get(&world.user(user)).map_or(0, |it| it.balance).to_string(),
        ["standing", user] => standing(world, user),
        ["ledger", user] => ledger(world, user),
        ["payments", user] => payments(world, user),
        ["tickets", payment] => tickets(world, number(payment)),
        ["cash"] => world.state.totals().cash.to_string(),
        ["card"] => world.state.totals().card.to_string(),
        ["till", movement, means] => till(world, movement, means).to_string(),
        ["reservations", user, concert @ ..] => reservations(world, user, world.concert(concert.first().copied())),
        ["place", user, concert @ ..] => {
            let concert = world.concert(concert.first().copied());
            told::standing(world.told(world.place_ref(concert, world.user(user), None))).replace(' ', "_")
        }
        ["owned", user] => {
            world.rows.buyers.get(&(world.concert(None), world.user(user))).map_or(0, |it| it.owned).to_string()
        }
        ["mine", user] => joined(world.sale(world.concert(None)).seats_of(world.user(user), date("24"), world.now)),
        ["blocked_since", seat] => {
            let key = SeatKey { date: date("24"), seat: number(seat) };
            wall_text(world.rows.blocked[&(world.concert(None), key)].since)
        }
        ["guarded", user] => guarded(world, user),
        ["ticket", number] => ticket_steps::status(world, number),
        ["has", user] => ticket_steps::held_by(world, world.user(user)),
        ["received", user] => ticket_steps::received_by(world, world.user(user)),
        ["door"] => ticket_steps::door(world, world.concert(None)),
        ["events"] => joined(world.step_events.iter().map(|event| kind(&event.data))),
        ["moved"] => joined(world.step_events.iter().filter_map(|event| moved(&event.data))),
        ["feed"] => format!("{}..{}", world.state.totals().first_event.max(1), world.state.totals().last_event),
        ["answers"] => world.rows.idempotency_records.len().to_string(),
        ["due"] => world.state.next_deadline().map_or("never".to_owned(), |(at, _)| time_text(at)),
        ["only_open"] => {
            world.state.only_open(world.now).map_or("none".to_owned(), |no| world.sale(no).id().to_string())
        }
        ["listed"] => joined(world.state.sales().filter(|sale| sale.is_listed(world.now)).map(Sale::id)),
        ["concerts"] => joined(world.state.sales().filter(|sale| sale.is_public()).map(Sale::id)),
        [of_sale, rest @ ..] => fact_of_sale(world, of_sale, rest),
        [] => panic!("a fact has a name"),
    }
}

fn fact_of_sale(world: &World, name: &str, rest: &[&str]) -> String {
    let now = world.now;
    let (days, concert) = match rest {
        [day, concert] => (Some(*day), Some(*concert)),
        [one] if one.bytes().all(|byte| byte.is_ascii_digit()) => (Some(*one), None),
        [one] => (None, Some(*one)),
        _ => (None, None),
    };
    let sale = world.sale(world.concert(concert));
    let day = date(days.unwrap_or("24"));
    match name {
        "free" => joined(seats_with(world, sale, day, |owner| matches!(owner, Owner::Nobody | Owner::LapsedFrom(_)))),
        "held" => joined(seats_with(world, sale, day, |owner| matches!(owner, Owner::Held(_)))),
        "blocked" => joined(seats_with(world, sale, day, |owner| owner == Owner::Blocked)),
        "sold" => joined(seats_with(world, sale, day, |owner| matches!(owner, Owner::Sold))),
        "called_off" => sale.progress_of(day).map_or("no".to_owned(), |progress| {
            let is_over = if progress.finished_at.is_some() { "done" } else { "going_on" };
            format!("{is_over},{},{},{}", progress.payments, progress.seats, progress.amount)
        }),
        "archived" => sale.is_archived().to_string(),
        "waiting" => sale.stats(now).waiting.to_string(),
        "active" => sale.stats(now).active.to_string(),
        "admitted" => sale.stats(now).admitted.to_string(),
        "a_minute" => sale.stats(now).admissions_per_minute.to_string(),
        "revenue" => sale.stats(now).revenue.to_string(),
        "counts" => {
            let stats = sale.stats(now);
            let of_day = stats.dates.iter().find(|it| it.date == day).expect("a date");
            format!("{}/{}/{}", of_day.free, of_day.held, of_day.sold)
        }
        "status" => told::status(sale.status(now)).to_owned(),
        "bookable" => joined(sale.bookable(now).map(|performance| performance.date.day())),
        "free_seats" => sale.free_seats(now).to_string(),
        "available" => joined(sale.available_dates(now).into_iter().map(CalendarDate::day)),
        "seats" => sale.row().definition.performance(day).map_or(0, |it| it.layout.seats()).to_string(),
        "revision" => sale.row().revision.to_string(),
        other => panic!("{other:?} is a fact"),
    }
}

fn seats_with(world: &World, sale: &Sale, day: CalendarDate, is: impl Fn(Owner) -> bool) -> Vec<u32> {
    let found = sale.with_seats(&world.rows, |seats| {
        let table = seats.table(day).expect("a date");
        (1..=table.seats()).filter(|seat| is(table.owner(*seat, world.now))).collect()
    });
    found.expect("rows in memory are always read")
}

fn standing(world: &World, user: &str) -> String {
    let row = &world.rows.users[&world.user(user)];
    match (row.deleted_at, row.standing) {
        (Some(_), _) => "deleted".to_owned(),
        (None, UserStanding::Blocked) => "blocked".to_owned(),
        (None, UserStanding::Welcome) => "welcome".to_owned(),
    }
}

/// What a guard of all endpoints says of a user: `passes`, or `waits:2` with the best position.
fn guarded(world: &World, user: &str) -> String {
    match world.state.best_place(world.user(user), world.now) {
        BestPlace::Active => "passes".to_owned(),
        BestPlace::Waiting { position, .. } => format!("waits:{position}"),
        BestPlace::Nowhere => "waits".to_owned(),
    }
}

/// What operators took or gave by these means.
fn till(world: &World, movement: &str, means: &str) -> u64 {
    let means = till_steps::means(means);
    let lines = world.rows.till.iter().filter(|((_, line), _)| line.means == means).map(|(_, row)| row);
    let amount = |row: &TillRow| match movement {
        "sales" => row.sales.amount,
        "refunds" => row.refunds.amount,
        "charges" => row.charges.amount,
        "withdrawals" => row.withdrawals.amount,
        other => panic!("{other:?} is something that an operator does with money"),
    };
    lines.map(amount).sum()
}

/// A user's entries along their chain, newest first: `Payment5000`.
fn ledger(world: &World, user: &str) -> String {
    let mut next = world.rows.wallets[&world.user(user)].last_entry;
    let mut told = Vec::new();
    while let Some(number) = next {
        let entry = &world.rows.ledger[&number];
        told.push(format!("{:?}{}", entry.kind, entry.amount));
        next = entry.previous;
    }
    joined(told)
}

fn payments(world: &World, user: &str) -> String {
    let mut next = world.rows.wallets[&world.user(user)].last_payment;
    let mut told = Vec::new();
    while let Some(id) = next {
        let payment = &world.rows.payments[&id];
        told.push(id.0);
        next = payment.previous;
    }
    joined(told)
}

/// The tickets of a payment: `1:valid,2:void`.
fn tickets(world: &World, payment: u128) -> String {
    let items = &world.rows.payments[&PaymentId(payment)].items;
    joined(items.iter().map(|item| {
        let status = match world.rows.tickets[&item.ticket].status {
            TicketStatus::Valid => "valid",
            TicketStatus::Used(_) => "used",
            TicketStatus::Void { .. } => "void",
        };
        format!("{}:{status}", item.seat)
    }))
}

/// A user's reservations along their chain, newest first: `2:held,1:expired`.
fn reservations(world: &World, user: &str, concert: crate::domain::ConcertNo) -> String {
    let buyer = world.rows.buyers.get(&(concert, world.user(user))).copied().unwrap_or_default();
    let mut next = buyer.last_reservation;
    let mut told = Vec::new();
    while let Some(number) = next {
        let reservation = &world.rows.reservations[&(concert, number)];
        let status = match reservation.status {
            ReservationStatus::Held if reservation.expires_at <= world.now => "expired",
            ReservationStatus::Held => "held",
            ReservationStatus::Paid(_) => "paid",
            ReservationStatus::Canceled => "canceled",
            ReservationStatus::Expired => "expired",
            ReservationStatus::Refunded(_) => "refunded",
        };
        told.push(format!("{}:{status}", reservation.key.seat));
        next = reservation.previous;
    }
    joined(told)
}

/// From which day to which a date was moved: `24:27`.
fn moved(data: &EventData) -> Option<String> {
    let EventData::DateMoved { from, to, .. } = data else { return None };
    Some(format!("{}:{}", from.day(), to.day()))
}

/// The type of an event as the feed names it.
fn kind(data: &EventData) -> &'static str {
    match data {
        EventData::TokenIssued { .. } => "token.issued",
        EventData::TokenActivated { .. } => "token.activated",
        EventData::TokenEnded { .. } => "token.ended",
        EventData::SeatHeld { .. } => "seat.held",
        EventData::SeatReleased { .. } => "seat.released",
        EventData::SeatSold { .. } => "seat.sold",
        EventData::PaymentPaid { .. } => "payment.paid",
        EventData::PaymentRefunded { .. } => "payment.refunded",
        EventData::WalletCharged { .. } => "wallet.charged",
        EventData::WalletWithdrawn { .. } => "wallet.withdrawn",
        EventData::ConcertChanged { .. } => "concert.changed",
        EventData::ConcertDeleted => "concert.deleted",
        EventData::SeatBlocked { .. } => "seat.blocked",
        EventData::SeatUnblocked { .. } => "seat.unblocked",
        EventData::DateMoved { .. } => "date.moved",
        EventData::DateCalledOff { .. } => "date.called_off",
        EventData::DateRefunding { .. } => "date.refunding",
        EventData::TicketUsed { .. } => "ticket.used",
        EventData::TicketReturned { .. } => "ticket.returned",
        EventData::TicketTransferred { .. } => "ticket.transferred",
        EventData::UserChanged { change: UserChange::Blocked, .. } => "user.blocked",
        EventData::UserChanged { change: UserChange::Unblocked, .. } => "user.unblocked",
        EventData::UserChanged { change: UserChange::Deleted, .. } => "user.deleted",
        EventData::KeyChanged { change: KeyChange::Created { .. }, .. } => "key.created",
        EventData::KeyChanged { change: KeyChange::Removed, .. } => "key.removed",
        EventData::KeyChanged { change: KeyChange::Refused, .. } => "key.refused",
        EventData::MemberChanged { change: MemberChange::Added, .. } => "member.added",
        EventData::MemberChanged { change: MemberChange::Removed, .. } => "member.removed",
    }
}
