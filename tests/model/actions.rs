//! What can happen at random: requests of users and the operator, time, downtimes and restarts. What is asked for is
//! drawn with a look at the model, so that most of it is about places and seats that are there.

use jari::domain::{
    Anchor, CalendarDate, Charger, Command, ConcertNo, EarlyEnds, Idempotency, IdempotencyKey, KeyId, KeyScope,
    PaymentId, PlaceRef, RefundPart, RefundTo, STEP_MAX, SaleStatus, SeatKey, Selection, Sequence, TicketId, Timestamp,
    UserId, UserStanding, WallOffset, WallTime, commands,
};
use proptest::collection::btree_set;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::beginning::{CONCERTS, USERS, dates, day, policy, settings, time};
use super::naive::{Date, Fate, Model, Standing};

#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// Time passes on a server that does everything when it is due.
    Runs(Timestamp),
    /// Time passes, and nothing is done.
    IsDown(Timestamp),
    /// The state is taken up again from the rows.
    Restart,
    Revise(usize, Revision),
    Ask(Command, Option<Idempotency>),
}

/// A change of what the organiser says.
#[derive(Clone, Debug)]
pub(crate) enum Revision {
    Status(SaleStatus),
    Opens(Option<WallTime>),
    Closes(Option<WallTime>),
    SeatLimit(Option<u32>),
    Dates(Vec<Date>),
}

/// Whether a command concerns more than one concert; then what is due at all of them is done before it, so that the
/// model need not say at which of them it is.
pub(crate) fn comes_after_ticks(command: &Command) -> bool {
    matches!(
        command,
        Command::SetUserStanding(commands::SetUserStanding { .. }) | Command::DeleteUser(commands::DeleteUser { .. })
    )
}

pub(crate) fn action(model: &Model) -> BoxedStrategy<Action> {
    let ask = (command(model), idempotency()).prop_map(|(command, idempotency)| {
        let scope = scope(&command);
        let idempotency = idempotency
            .map(|(key, fingerprint)| Idempotency { key: IdempotencyKey { scope, key: key.to_owned() }, fingerprint });
        Action::Ask(command, idempotency)
    });
    prop_oneof![
        30 => ask,
        5 => later(model).prop_map(Action::Runs),
        3 => later(model).prop_map(Action::IsDown),
        1 => Just(Action::Restart),
        2 => (0..CONCERTS as usize, revision(model.wall())).prop_map(|(concert, it)| Action::Revise(concert, it)),
    ]
    .boxed()
}

fn idempotency() -> impl Strategy<Value = Option<(&'static str, u128)>> {
    option::weighted(0.2, (select(vec!["a", "b"]), 0..2_u128))
}

fn scope(command: &Command) -> KeyScope {
    match command {
        Command::Charge(commands::Charge { user, .. }) | Command::Join(commands::Join { user, .. }) => {
            KeyScope::User(*user)
        }
        Command::Leave(commands::Leave { place_ref })
        | Command::Reserve(commands::Reserve { place_ref, .. })
        | Command::Cancel(commands::Cancel { place_ref, .. })
        | Command::Pay(commands::Pay { place_ref, .. }) => KeyScope::User(place_ref.user),
        Command::SetClock(_)
        | Command::Configure(_)
        | Command::CreateUser(commands::CreateUser { .. })
        | Command::SetUserStanding(commands::SetUserStanding { .. })
        | Command::DeleteUser(commands::DeleteUser { .. })
        | Command::CreateConcert(commands::CreateConcert { .. })
        | Command::ReviseConcert(commands::ReviseConcert { .. })
        | Command::SetQueuePolicy(commands::SetQueuePolicy { .. })
        | Command::Abandon(commands::Abandon { .. })
        | Command::EndUnclaimed(commands::EndUnclaimed { .. })
        | Command::Refund(commands::Refund { .. })
        | Command::Sell(commands::Sell { .. })
        | Command::CallOff(commands::CallOff { .. })
        | Command::Withdraw(commands::Withdraw { .. })
        | Command::Tick(commands::Tick { .. })
        | Command::CheckIn(_)
        | Command::ReturnTicket(_)
        | Command::OfferTicket(_)
        | Command::WithdrawOffer(_)
        | Command::AcceptTicket(_)
        | Command::DeleteConcert(_)
        | Command::Form(_)
        | Command::Assign(_)
        | Command::Enrol(_)
        | Command::Settle(commands::Settle { .. })
        | Command::BlockSeats(_)
        | Command::UnblockSeats(_)
        | Command::Sweep(commands::Sweep)
        | Command::CountRefusals(_)
        | Command::CreateKey(_)
        | Command::RemoveKey(_)
        | Command::NoteKeyUse(_)
        | Command::TellMember(_) => KeyScope::Operator(KeyId::OWNER),
    }
}

/// A later time: often exactly when something happens, or a millisecond beside it.
fn later(model: &Model) -> impl Strategy<Value = Timestamp> + use<> {
    let now = model.now;
    let mut moments: Vec<Timestamp> = model.concerts.iter().flat_map(|it| it.moments(&model.settings)).collect();
    moments.retain(|at| now < *at && at.0 < i64::MAX / 2);
    let days = model.kept.iter().map(|kept| kept.at.plus_seconds(86_400)).filter(|at| now < *at);
    let days: Vec<Timestamp> = days.chain([now.plus_seconds(90_000)]).collect();
    moments.push(now);
    moments.sort_unstable();
    moments.truncate(4);
    let beside = (select(moments), -1..2_i64).prop_map(|(at, ms)| Timestamp(at.0 + ms));
    let after = select(vec![1, 300, 1_000, 1_000, 2_000, 5_000, 20_000]).prop_map(move |ms| Timestamp(now.0 + ms));
    let day = (select(days), -1..1_i64).prop_map(|(at, ms)| Timestamp(at.0 + ms));
    prop_oneof![24 => beside, 24 => after, 1 => day].prop_map(move |at| at.max(now))
}

fn revision(now: WallTime) -> impl Strategy<Value = Revision> {
    let status =
        prop_oneof![6 => Just(SaleStatus::OnSale), 1 => Just(SaleStatus::Closed), 1 => Just(SaleStatus::Draft)];
    prop_oneof![
        4 => status.prop_map(Revision::Status),
        1 => option::weighted(0.3, time(now)).prop_map(Revision::Opens),
        2 => option::weighted(0.3, time(now)).prop_map(Revision::Closes),
        1 => option::of(1..4_u32).prop_map(Revision::SeatLimit),
        2 => dates(now).prop_map(Revision::Dates),
    ]
}

/// Of a payment that there is, of seats that it has or not, or of one that there is not.
fn refund(model: &Model) -> BoxedStrategy<Command> {
    let payments: Vec<PaymentId> = model.payments.iter().map(|it| it.id).chain([PaymentId(u128::MAX)]).collect();
    let seats = btree_set(1..=6_u32, 1..=3)
        .prop_map(|seats| RefundPart::Seats { date: None, seats: seats.into_iter().collect() });
    let part = prop_oneof![2 => Just(RefundPart::Whole), 3 => seats];
    let to = select(vec![RefundTo::Origin, RefundTo::Origin, RefundTo::Cash]);
    let refund = (select(payments), part, to)
        .prop_map(|(payment, part, to)| Command::Refund(commands::Refund { payment, part, to, reason: String::new() }));
    refund.boxed()
}

fn command(model: &Model) -> BoxedStrategy<Command> {
    let user = || (1..=USERS).prop_map(UserId);
    let concert = || (1..=CONCERTS).prop_map(ConcertNo);
    let refunds = if model.payments.is_empty() { 1 } else { 6 };
    let standing = select(vec![UserStanding::Welcome, UserStanding::Welcome, UserStanding::Blocked]);
    let (joins, acts) = if active(model).len() < 3 { (30, 5) } else { (6, 25) };
    prop_oneof![
        joins => (concert(), user()).prop_map(|(concert, user)| Command::Join(commands::Join { concert, user, early_ends: EarlyEnds::default() })),
        acts => reserve(model),
        4 => of_seats(model).prop_map(|(place_ref, date, seats)| Command::Cancel(commands::Cancel { place_ref, date, seats, user: place_ref.user })),
        9 => pay(model),
        8 => (user(), -1..22_i64, select(vec![Charger::Public, Charger::Operator]))
            .prop_map(|(user, amount, charger)| Command::Charge(commands::Charge { user, amount, charger })),
        2 => place_ref(model).prop_map(|place_ref| Command::Leave(commands::Leave { place_ref })),
        refunds => refund(model),
        2 => (user(), standing).prop_map(|(user, standing)| Command::SetUserStanding(commands::SetUserStanding { user, standing })),
        1 => (3..=USERS).prop_map(|user| Command::DeleteUser(commands::DeleteUser { user: UserId(user) })),
        2 => (concert(), policy()).prop_map(|(concert, policy)| Command::SetQueuePolicy(commands::SetQueuePolicy { concert, revision: None, policy })),
        1 => settings().prop_map(|settings| Command::Configure(commands::Configure { settings })),
        1 => select(vec![-30_000, -5_000, 0, 1, 5_000, 30_000]).prop_map(|ms| {
            Command::SetClock(commands::SetClock { anchor: Anchor { offset: WallOffset(ms), ..Anchor::default() } })
        }),
        3 => (concert(), btree_set(1..9_u64, 1..4)).prop_map(|(concert, sequences)| {
            Command::Abandon(commands::Abandon { concert, sequences: sequences.into_iter().map(Sequence).collect() })
        }),
        2 => (concert(), btree_set(1..9_u64, 1..4)).prop_map(|(concert, sequences)| {
            Command::EndUnclaimed(commands::EndUnclaimed { concert, sequences: sequences.into_iter().map(Sequence).collect() })
        }),
        2 => concert().prop_map(|concert| Command::Tick(commands::Tick { concert, steps: STEP_MAX })),
        1 => Just(Command::Sweep(commands::Sweep)),
    ]
    .boxed()
}

/// Every place that was ever given, and how it stands.
fn place_refs(model: &Model) -> Vec<(PlaceRef, Standing)> {
    let mut place_refs = Vec::new();
    for (number, concert) in model.as_told().concerts.iter().enumerate() {
        for (index, place) in concert.places.iter().enumerate() {
            let (concert, sequence) = (ConcertNo(number as u32 + 1), Sequence(index as u64 + 1));
            place_refs.push((PlaceRef { concert, sequence, user: UserId(place.user as u128 + 1) }, place.standing));
        }
    }
    place_refs
}

fn active(model: &Model) -> Vec<PlaceRef> {
    let active = |(_, standing): &(PlaceRef, Standing)| matches!(standing, Standing::Active(_));
    place_refs(model).into_iter().filter(active).map(|(place_ref, _)| place_ref).collect()
}

/// Somebody's place: mostly an ACTIVE one, sometimes an ended one or none at all.
fn place_ref(model: &Model) -> impl Strategy<Value = PlaceRef> + use<> {
    let nobody = PlaceRef { concert: ConcertNo(1), sequence: Sequence(900), user: UserId(1) };
    let any: Vec<PlaceRef> = place_refs(model).into_iter().map(|(place_ref, _)| place_ref).chain([nobody]).collect();
    let mut active = active(model);
    if active.is_empty() {
        active.clone_from(&any);
    }
    prop_oneof![1 => select(any), 12 => select(active)]
}

fn reserve(model: &Model) -> impl Strategy<Value = Command> + use<> {
    let date = prop_oneof![12 => Just(day(24)), 4 => Just(day(25)), 1 => Just(day(26))];
    let section = option::of(select(vec!["A".to_owned(), "B".to_owned(), "C".to_owned()]));
    let seats = prop_oneof![6 => btree_set(1..7_u32, 1..3), 1 => btree_set(0..12_u32, 1..3)];
    let selection = prop_oneof![
        4 => seats.prop_map(|seats| Selection::Seats(seats.into_iter().collect())),
        1 => (1..4_u32, section).prop_map(|(count, section)| Selection::Best { count, section, accessible: false }),
    ];
    (place_ref(model), date, selection).prop_map(|(place_ref, date, selection)| {
        Command::Reserve(commands::Reserve { place_ref, date, selection, user: place_ref.user })
    })
}

fn pay(model: &Model) -> impl Strategy<Value = Command> + use<> {
    let payment = model.asked + 1;
    of_seats(model).prop_map(move |(place_ref, date, seats)| {
        let tickets = (1..=seats.len() as u128).map(|ticket| TicketId(payment * 100 + ticket)).collect();
        Command::Pay(commands::Pay {
            place_ref,
            seats: SeatKey::of_date(date, &seats),
            payment: PaymentId(payment),
            tickets,
            user: place_ref.user,
        })
    })
}

/// Seats of a date and a place: mostly what the place holds, sometimes what its user held or bought before.
fn of_seats(model: &Model) -> BoxedStrategy<(PlaceRef, CalendarDate, Vec<u32>)> {
    let anything = (place_ref(model), select(vec![day(24), day(25), day(26)]), btree_set(0..9_u32, 1..3))
        .prop_map(|(place_ref, date, seats)| (place_ref, date, seats.into_iter().collect()));
    let mut booked = Vec::new();
    for (number, concert) in model.concerts.iter().enumerate() {
        for booking in &concert.bookings {
            let place = concert.live_place(booking.user).unwrap_or(booking.place);
            let (concert, sequence) = (ConcertNo(number as u32 + 1), Sequence(place as u64 + 1));
            let place_ref = PlaceRef { concert, sequence, user: UserId(booking.user as u128 + 1) };
            let chances = if booking.fate == Fate::Held { 8 } else { 1 };
            booked.extend(std::iter::repeat_n((place_ref, booking.date, booking.seat), chances));
        }
    }
    if booked.is_empty() {
        return anything.boxed();
    }
    let of_one_place = select(booked.clone()).prop_flat_map(move |(place_ref, date, first)| {
        let same = booked.iter().filter(|(of, on, seat)| (*of, *on) == (place_ref, date) && *seat != first);
        let mut others: Vec<u32> = same.map(|(_, _, seat)| *seat).collect();
        others.sort_unstable();
        others.dedup();
        let most = others.len();
        subsequence(others, 0..=most).prop_map(move |mut seats| {
            seats.push(first);
            seats.sort_unstable();
            (place_ref, date, seats)
        })
    });
    prop_oneof![1 => anything, 8 => of_one_place].boxed()
}
