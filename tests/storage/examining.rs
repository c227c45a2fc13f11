//! `jari verify` finds every broken rule and names the row.

use jari::domain::{
    Archive, ArchivedDate, Blocked, Buyer, CalendarDate, Change, Charger, ClockRow, Command, ConcertNo, Counters, Done,
    EarlyEnds, EmailKey, EndReason, EndedPlace, Event, EventData, Idempotency, IdempotencyKey, IdempotencyRecord,
    KeyScope, LedgerEntry, LineOrder, Minute, PaymentId, PaymentStatus, PlaceRef, PlaceRow, Reply, Reservation,
    ReservationStatus, Rows, SeatKey, SeatRow, Selection, Sequence, SeriesRow, Stamped, Table, TicketId, TicketRow,
    TicketStatus, Timestamp, Totals, User, UserId, Username, WallTime, Wallet, commands, tables,
};
use jari::replica::Recovered;
use jari::simulation::{Machine, SimulatedDisk};
use jari::verify::{Report, verify_with};

use crate::office::{Callers, Model, commit, date, open};

const CONCERT: ConcertNo = ConcertNo(1);
const PAYER: UserId = UserId(1);
const HOLDER: UserId = UserId(2);
const REFUNDED: UserId = UserId(3);

fn key(seat: u32) -> SeatKey {
    SeatKey { date: date(), seat }
}

/// A box office where user 1 has paid seat 1, user 2 holds seat 2, user 3 got the money for seat 3 back, users 4 and 5
/// have places, and user 6 waits; all of it in the tables, but for the last entries.
fn scene() -> (Machine, Recovered<SimulatedDisk>) {
    let machine = Machine::new(1);
    let mut opened = open(&machine).expect("a new machine");
    let mut model = Model::new();
    let opening = Callers::new(1).opening();
    let mut now = opening[0].now.0 + 20_000;
    assert!(commit(&mut opened, opening, &mut model));
    let mut run = |command: Command, idempotency: Option<Idempotency>| {
        now += 10;
        let batch = vec![Stamped { now: Timestamp(now), idempotency, command }];
        assert!(commit(&mut opened, batch, &mut model));
    };
    for user in (1..=6).map(UserId) {
        run(
            Command::CreateUser(commands::CreateUser {
                user,
                username: Username::plain(format!("user-{}", user.0)),
                email: None,
            }),
            None,
        );
        run(Command::Charge(commands::Charge { user, amount: 20_000, charger: Charger::Public }), None);
    }
    let pay = |sequence: u64, user: UserId, seat: u32| {
        let place_ref = PlaceRef { concert: CONCERT, sequence: Sequence(sequence), user };
        let reserve = Command::Reserve(commands::Reserve {
            place_ref,
            date: date(),
            selection: Selection::Seats(vec![seat]),
            user: place_ref.user,
        });
        let (payment, tickets) = (PaymentId(u128::from(seat)), vec![TicketId(u128::from(seat))]);
        [
            Command::Join(commands::Join { concert: CONCERT, user, early_ends: EarlyEnds::default() }),
            reserve,
            Command::Pay(commands::Pay {
                place_ref,
                seats: SeatKey::of_date(date(), &[seat]),
                payment,
                tickets,
                user: place_ref.user,
            }),
        ]
    };
    for command in pay(1, PAYER, 1).into_iter().chain(pay(2, REFUNDED, 3)) {
        run(command, None);
    }
    run(
        Command::Refund(commands::Refund {
            payment: PaymentId(3),
            part: commands::RefundPart::Whole,
            to: commands::RefundTo::Origin,
            reason: "rain".to_owned(),
        }),
        None,
    );
    for user in [HOLDER, UserId(4), UserId(5), UserId(6)] {
        run(Command::Join(commands::Join { concert: CONCERT, user, early_ends: EarlyEnds::default() }), None);
    }
    let place_ref = PlaceRef { concert: CONCERT, sequence: Sequence(3), user: HOLDER };
    let idempotency =
        Idempotency { key: IdempotencyKey { scope: KeyScope::User(HOLDER), key: "hold".to_owned() }, fingerprint: 1 };
    run(
        Command::Reserve(commands::Reserve {
            place_ref,
            date: date(),
            selection: Selection::Seats(vec![2]),
            user: place_ref.user,
        }),
        Some(idempotency),
    );
    opened.replica.store().checkpoint().expect("written");
    (machine, opened)
}

/// Examines the scene after changes that no command made.
fn tampered(changes: Vec<Change>) -> Report {
    let (machine, opened) = scene();
    opened.replica.store().put_all(changes);
    opened.replica.store().applied(opened.log.position());
    opened.replica.store().checkpoint().expect("written");
    drop(opened);
    verify_with(|| machine.database(), machine.disk()).expect("examined")
}

#[track_caller]
pub(crate) fn check(changes: Vec<Change>, expected: &[&str]) {
    let report = tampered(changes);
    let found: Vec<String> = report.broken.iter().map(|b| format!("{} {}: {}", b.table, b.key, b.what)).collect();
    assert_eq!(found, expected);
    assert!(report.to_string().contains("BROKEN"), "{report}");
}

/// A row of the scene.
pub(crate) fn rows<T>(read: impl Fn(&Recovered<SimulatedDisk>) -> T) -> T {
    read(&scene().1)
}

fn counters(opened: &Recovered<SimulatedDisk>) -> Counters {
    opened.replica.store().get::<tables::Counters>(&CONCERT).expect("read").expect("a concert has counters")
}

#[test]
fn a_sound_instance_is_clean_and_counted() {
    let report = tampered(Vec::new());
    assert!(report.is_clean(), "{report}");
    let count = |name: &str| report.tables.iter().find(|(table, _)| *table == name).map(|(_, rows)| *rows);
    assert_eq!(count("users"), Some(6));
    assert_eq!(count("seats"), Some(2));
    assert_eq!(count("payments"), Some(2));
    assert_eq!(count("ledger"), Some(9));
    assert_eq!(count("places"), Some(4));
    assert_eq!(count("ended_places"), Some(2));
    let text = report.to_string();
    assert!(text.contains("money: wallets 115000 + revenue 5000 + funding -120000 + cash 0 + card 0 = 0"), "{text}");
    assert!(text.ends_with("clean: every rule holds"), "{text}");
}

#[test]
fn money_that_does_not_add_up_is_found() {
    let wallet =
        rows(|opened| opened.replica.store().get::<tables::Wallets>(&UserId(4)).expect("read").expect("there"));
    check(
        vec![tables::Wallets::change(UserId(4), Some(Wallet { balance: wallet.balance + 1, ..wallet }))],
        &[
            "totals sum of all accounts: wallets 115001 + revenue 5000 + funding -120000 + cash 0 + card 0 is not 0",
            "wallets 00000000-0000-0000-0000-000000000004: its entries add up to 20000, but it holds 20001",
        ],
    );
    let entry = rows(|opened| opened.replica.store().get::<tables::Ledger>(&5).expect("read").expect("there"));
    check(
        vec![tables::Ledger::change(5, Some(LedgerEntry { previous: Some(1), ..entry }))],
        &["ledger 5: the wallet's entry before it is None, not Some(1)"],
    );
    check(
        vec![tables::Wallets::change(UserId(5), Some(Wallet::default()))],
        &[
            "totals sum of all accounts: wallets 95000 + revenue 5000 + funding -120000 + cash 0 + card 0 is not 0",
            "wallets 00000000-0000-0000-0000-000000000005: its entries add up to 20000, but it holds 0",
            "wallets 00000000-0000-0000-0000-000000000005: its newest entry is Some(5), but it says None",
        ],
    );
}

#[test]
fn a_ticket_that_is_not_that_of_its_payment_is_found() {
    let first = TicketId(1);
    let ticket = rows(|opened| opened.replica.store().get::<tables::Tickets>(&first).expect("read").expect("there"));
    let paid = "payments 00000000-0000-0000-0000-000000000001";
    let unlisted = "date_tickets concert 1 date 2040-12-24 change 1: it is not the last change of ticket \
                    00000000-0000-0000-0000-000000000001";
    check(
        vec![tables::Tickets::change(first, None)],
        &[&format!("{paid}: the ticket of seat 1 does not exist"), unlisted],
    );
    let void = TicketRow { status: TicketStatus::Void { at: WallTime(0), reason: String::new() }, ..ticket.clone() };
    check(
        vec![tables::Tickets::change(first, Some(void))],
        &[&format!("{paid}: the ticket of seat 1 is void, but the seat is sold by it")],
    );
    let moved = TicketRow { key: key(4), ..ticket.clone() };
    check(
        vec![tables::Tickets::change(first, Some(moved))],
        &[&format!("{paid}: the ticket of seat 1 is that of another payment or seat")],
    );
    check(
        vec![tables::Tickets::change(TicketId(77), Some(ticket))],
        &[
            "tickets rows: 1 of them are listed by no payment",
            "tickets 00000000-0000-0000-0000-00000000004d: the list of its door does not have its change 1",
        ],
    );
}

#[test]
fn tickets_that_no_door_knows_of_and_hand_overs_that_nobody_made_are_found() {
    let first = TicketId(1);
    let ticket = rows(|opened| opened.replica.store().get::<tables::Tickets>(&first).expect("read").expect("there"));
    let of_date = |change: u64| (CONCERT, (date(), change));
    let name = "00000000-0000-0000-0000-000000000001";
    check(
        vec![tables::DateTickets::change(of_date(ticket.change), None)],
        &[&format!("tickets {name}: the list of its door does not have its change 1")],
    );
    check(
        vec![tables::DateTickets::change(of_date(99), Some(first))],
        &[&format!("date_tickets concert 1 date 2040-12-24 change 99: it is not the last change of ticket {name}")],
    );
    let received = format!("received_tickets user 00000000-0000-0000-0000-000000000002 ticket {name}");
    let handed = TicketRow { holder: Some(HOLDER), ..ticket };
    check(
        vec![tables::Tickets::change(first, Some(handed))],
        &[&format!("{received}: the user has it, and no row says so")],
    );
    check(
        vec![tables::ReceivedTickets::change((HOLDER, first), Some(()))],
        &[&format!("{received}: the user does not have it, or paid for it")],
    );
    let totals = rows(|opened| opened.replica.store().totals().expect("read"));
    check(
        vec![tables::Totals::change((), Some(Totals { last_ticket_change: 2, ..totals }))],
        &["totals last_ticket_change: the newest change of a ticket is 3"],
    );
}

#[test]
fn a_payment_without_its_booking_or_its_seat_is_found() {
    let payment =
        rows(|opened| opened.replica.store().get::<tables::Payments>(&PaymentId(1)).expect("read").expect("there"));
    let paid = "payments 00000000-0000-0000-0000-000000000001";
    let mut dearer = payment.clone();
    dearer.amount = 1;
    check(
        vec![tables::Payments::change(PaymentId(1), Some(dearer))],
        &[
            &format!("{paid}: 5000 was booked for it, but it says 1, or another user"),
            &format!("{paid}: its seats cost 5000, but it took 1"),
        ],
    );
    let mut refunded = payment.clone();
    refunded.status = PaymentStatus::Refunded { at: WallTime(0), reason: String::new() };
    check(
        vec![tables::Payments::change(PaymentId(1), Some(refunded))],
        &[
            "seats concert 1 date 2040-12-24 seat 1: it is sold by payment 00000000-0000-0000-0000-000000000001, which \
             is refunded or does not list it",
            &format!("{paid}: 0 of its 1 tickets are void, but it is Refunded {{ at: WallTime(0), reason: \"\" }}"),
        ],
    );
    check(
        vec![tables::Payments::change(PaymentId(9), Some(payment))],
        &[
            "payments 00000000-0000-0000-0000-000000000009: it was never booked",
            "wallets 00000000-0000-0000-0000-000000000001: the user has 2 payments, but 1 follow from its newest",
            "payments 00000000-0000-0000-0000-000000000009: the ticket of seat 1 is that of another payment or seat",
            "payments 00000000-0000-0000-0000-000000000009: the index of its concert does not lead to it",
            "payments 00000000-0000-0000-0000-000000000009: the index of date 2040-12-24 does not lead to it",
        ],
    );
}

#[test]
fn a_seat_that_nobody_paid_or_holds_is_found() {
    let seat = |seat: u32| format!("concert 1 date 2040-12-24 seat {seat}");
    check(
        vec![tables::Seats::change((CONCERT, key(1)), None)],
        &[
            "payments 00000000-0000-0000-0000-000000000001: the ticket of seat 1 is not void, but the seat is not sold by \
             it",
            "reservations concert 1 number 1: it is paid, but its seat is not sold",
            "buyers concert 1 user 00000000-0000-0000-0000-000000000001: the user owns 0 seats, but it says 1",
        ],
    );
    let sold = SeatRow::Sold { user: Some(UserId(4)), payment: PaymentId(1), reservation: Some(1), amount: 5_000 };
    check(
        vec![tables::Seats::change((CONCERT, key(5)), Some(sold))],
        &[
            &format!(
                "seats {}: it is sold by payment 00000000-0000-0000-0000-000000000001, which is refunded or does not \
                 list it",
                seat(5)
            ),
            "buyers concert 1 user 00000000-0000-0000-0000-000000000004: the user has seats or reservations, but no \
             row",
        ],
    );
    let held = SeatRow::Held {
        user: UserId(6),
        sequence: Sequence(6),
        reservation: 3,
        previous: None,
        reserved_at: WallTime(0),
        expires_at: Timestamp(0),
        amount: 5_000,
    };
    check(
        vec![tables::Seats::change((CONCERT, key(5)), Some(held))],
        &[&format!("seats {}: it is held by place 6, which is no ACTIVE place of the user", seat(5))],
    );
    check(
        vec![tables::Seats::change((CONCERT, key(2)), Some(held))],
        &[
            &format!("seats {}: it is held by place 6, which is no ACTIVE place of the user", seat(2)),
            "reservations concert 1 number 3: its seat is held otherwise",
        ],
    );
}

#[test]
fn reservations_and_buyers_that_disagree_are_found() {
    let row =
        rows(|opened| opened.replica.store().get::<tables::Reservations>(&(CONCERT, 3)).expect("read").expect("there"));
    check(
        vec![tables::Reservations::change(
            (CONCERT, 3),
            Some(Reservation { status: ReservationStatus::Canceled, ..row }),
        )],
        &[
            "seats concert 1 date 2040-12-24 seat 2: it is held by reservation 3, which holds nothing",
            "reservations concert 1 number 3: it is over, but holds its seat",
        ],
    );
    check(
        vec![tables::Reservations::change(
            (CONCERT, 5),
            Some(Reservation { status: ReservationStatus::Expired, ..row }),
        )],
        &[
            "reservations concert 1 number 5: it follows number 3, so some are missing",
            "reservations concert 1 number 5: the user's one before it is Some(3), but it says None",
            "counters concert 1: the newest reservation is 5, but they say 3",
            "buyers concert 1 user 00000000-0000-0000-0000-000000000002: the newest reservation is Some(5), but it \
             says Some(3)",
        ],
    );
    check(
        vec![tables::Buyers::change((CONCERT, PAYER), Some(Buyer { owned: 2, last_reservation: None }))],
        &[
            "buyers concert 1 user 00000000-0000-0000-0000-000000000001: the user owns 1 seats, but it says 2",
            "buyers concert 1 user 00000000-0000-0000-0000-000000000001: the newest reservation is Some(1), but it \
             says None",
        ],
    );
}

fn live_place(opened: &Recovered<SimulatedDisk>, sequence: u64) -> PlaceRow {
    opened.replica.store().get::<tables::Places>(&(CONCERT, Sequence(sequence))).expect("read").expect("it lives")
}

#[test]
fn queue_places_out_of_order_are_found() {
    let waiting = PlaceRow { user: UserId(4), issued_at: Timestamp(i64::MAX), order: LineOrder(8), active: None };
    check(
        vec![tables::Places::change((CONCERT, Sequence(8)), Some(waiting))],
        &[
            "places concert 1 place 8: place 7 is due here",
            "places concert 1 place 8: its user has another live place",
            "counters concert 1: the last place is 8 and 5 were admitted, but they say 6 and 5",
        ],
    );
    let ended = EndedPlace { place: waiting, reason: EndReason::Left, ended_at: Timestamp(i64::MAX) };
    check(
        vec![tables::EndedPlaces::change((CONCERT, Sequence(6)), Some(ended))],
        &["places concert 1 place 6: it is live and over at once"],
    );
    check(
        vec![tables::Places::change((CONCERT, Sequence(4)), None)],
        &[
            "places concert 1 place 5: place 4 is due here",
            "places concert 1 place 6: place 5 is due here",
            "counters concert 1: the last place is 6 and 4 were admitted, but they say 6 and 5",
            "admissions concert 1: they count 5 admissions, but 4 to 4 places were admitted in their time",
        ],
    );
    let overtaken = PlaceRow { active: None, ..waiting };
    check(
        vec![tables::Places::change(
            (CONCERT, Sequence(4)),
            Some(PlaceRow { issued_at: Timestamp(1_900_000_020_300), order: LineOrder(4), ..overtaken }),
        )],
        &[
            "places concert 1 place 4: it was issued before the one in front of it",
            "places concert 1 place 5: it was admitted while place 4 still waits",
            "counters concert 1: the last place is 6 and 4 were admitted, but they say 6 and 5",
            "admissions concert 1: they count 5 admissions, but 4 to 4 places were admitted in their time",
        ],
    );
    let beside = PlaceRow { order: LineOrder(5), ..rows(|opened| live_place(opened, 6)) };
    check(
        vec![tables::Places::change((CONCERT, Sequence(6)), Some(beside))],
        &["places concert 1 place 6: another place is number 5 in line, too"],
    );
    let ahead = PlaceRow { order: LineOrder(9), ..rows(|opened| live_place(opened, 6)) };
    check(
        vec![tables::Places::change((CONCERT, Sequence(6)), Some(ahead))],
        &["places concert 1 place 6: it is number 9 in line, of 6 that ever were"],
    );
    let counters = Counters { last_sequence: 6, last_reservation: 3, admitted: 9, ..rows(counters) };
    check(
        vec![tables::Counters::change(CONCERT, Some(counters))],
        &["counters concert 1: the last place is 6 and 5 were admitted, but they say 6 and 9"],
    );
}

#[test]
fn more_active_places_than_the_policy_allowed_are_found() {
    // Given a policy of 3 ACTIVE places, when the fourth is ACTIVE with the others.
    let at = Timestamp(1_900_000_100_000);
    let active = PlaceRow { user: UserId(6), issued_at: at, order: LineOrder(6), active: Some((at, at)) };
    let counters = Counters { last_sequence: 6, last_reservation: 3, admitted: 6, ..rows(counters) };
    check(
        vec![
            tables::Places::change((CONCERT, Sequence(6)), Some(active)),
            tables::Counters::change(CONCERT, Some(counters)),
            tables::Admissions::change((CONCERT, at), Some(1)),
        ],
        &["places concert 1: more than 3 ACTIVE places at 1900000100000"],
    );
}

#[test]
fn index_rows_that_lead_astray_and_payments_without_them_are_found() {
    let (first, third) = (PaymentId(1), PaymentId(3));
    let [first_id, third_id] = ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000003"];
    check(
        vec![tables::ConcertPayments::change((CONCERT, first), None)],
        &[&format!("payments {first_id}: the index of its concert does not lead to it")],
    );
    check(
        vec![tables::DatePayments::change((CONCERT, (date(), third)), None)],
        &[&format!("payments {third_id}: the index of date {} does not lead to it", date())],
    );
    check(
        vec![tables::Series::change((CONCERT, Minute(1)), Some(SeriesRow::default()))],
        &["series ConcertNo(1), Minute(1): its concert knows of no such minute"],
    );
    let other = CalendarDate::new(2000, 1, 1).expect("a date");
    check(
        vec![
            tables::ConcertPayments::change((ConcertNo(2), first), Some(())),
            tables::DatePayments::change((CONCERT, (other, first)), Some(())),
        ],
        &[
            &format!("concert_payments ConcertNo(2), {first_id}: it leads to a payment of another concert, or to none"),
            &format!(
                "date_payments ConcertNo(1), date 2000-01-01, {first_id}: it leads to a payment without a seat of the \
                 date, or to none"
            ),
        ],
    );
}

fn user_4() -> User {
    rows(|opened| opened.replica.store().get::<tables::Users>(&UserId(4)).expect("read").expect("a user"))
}

#[test]
fn users_whom_no_index_leads_to_and_index_rows_that_lead_astray_are_found() {
    let user = user_4();
    let last_user = rows(|opened| opened.replica.store().totals().expect("read")).last_user;
    let number = user.number;
    check(
        vec![tables::Users::change(UserId(4), Some(User { email: Some("a@b".to_owned()), ..user }))],
        &["users 00000000-0000-0000-0000-000000000004: its e-mail address does not lead to it"],
    );
    check(
        vec![tables::Emails::change(EmailKey::of("A@b", UserId(4)), Some(()))],
        &[
            "emails \"a@b\" of 00000000-0000-0000-0000-000000000004: it leads to a user with another address, or to none",
        ],
    );
    check(
        vec![tables::UserNumbers::change(number, None)],
        &[
            &format!("users 00000000-0000-0000-0000-000000000004: number {number} does not lead to it"),
            &format!("user_numbers {}: users are missing before it, or it leads to another user or none", number + 1),
        ],
    );
    check(
        vec![tables::UserNumbers::change(last_user + 1, Some(UserId(4)))],
        &[
            &format!(
                "user_numbers {}: users are missing before it, or it leads to another user or none",
                last_user + 1
            ),
            &format!("totals last_user: the newest user is {}, but they say {last_user}", last_user + 1),
        ],
    );
}

#[test]
fn users_events_and_kept_answers_with_gaps_are_found() {
    let user = user_4();
    let user = User { username: Username::plain("other"), ..user };
    check(
        vec![tables::Users::change(UserId(4), Some(user))],
        &[
            "users 00000000-0000-0000-0000-000000000004: the username \"other\" does not lead to it",
            "usernames \"user-4\": it leads to a user of another name, or to none",
        ],
    );
    let totals = rows(|opened| opened.replica.store().totals().expect("read"));
    let event = Event {
        at: WallTime(0),
        logged_at: totals.now,
        concert: None,
        data: EventData::ConcertChanged { revision: 1 },
    };
    check(
        vec![tables::Events::change(3, None), tables::Events::change(totals.last_event + 1, Some(Box::new(event)))],
        &[
            "events 4: event 3 is due here",
            &format!("totals last_event: the newest event is {}, but they say {0}", totals.last_event + 1)
                .replace(&format!("say {}", totals.last_event + 1), &format!("say {}", totals.last_event)),
        ],
    );
    let stray = IdempotencyKey { scope: KeyScope::Operator, key: "stray".to_owned() };
    let record = IdempotencyRecord { number: 9, fingerprint: 1, at: Timestamp(0), reply: Reply::Done(Done) };
    check(
        vec![tables::IdempotencyRecords::change(stray, Some(Box::new(record)))],
        &["idempotency_records operator key \"stray\": number 9 of the order is not its own"],
    );
    check(vec![tables::Times::change(CONCERT, None)], &["times concert 1: the concert has no time"]);
    check(
        vec![tables::Times::change(ConcertNo(9), Some(Timestamp(1)))],
        &["times concert 9: the concert does not exist"],
    );
    let latest = rows(|opened| opened.replica.look().latest());
    let late = ClockRow { at: Timestamp(latest.0 + 1), ..ClockRow::default() };
    check(
        vec![tables::Clock::change((), Some(late))],
        &["clock at: it was set later than the latest command, or corrected later than it was set"],
    );
    check(
        vec![tables::Totals::change((), Some(Totals { last_answer: totals.last_answer + 1, ..totals }))],
        &[&format!(
            "totals last_answer: the newest record is {}, but they say {}",
            totals.last_answer,
            totals.last_answer + 1
        )],
    );
}

/// The scene with one byte of its database changed, where `pattern` stands last.
fn damaged(pattern: &[u8]) -> Vec<String> {
    let (machine, opened) = scene();
    opened.replica.store().stop().expect("stopped");
    drop(opened);
    machine.damage_database(|bytes| {
        let at = bytes.windows(pattern.len()).rposition(|window| window == pattern).expect("in the file");
        bytes[at + pattern.len() - 1] ^= 1;
    });
    let report = verify_with(|| machine.database(), machine.disk()).expect("examined");
    report.broken.iter().map(|b| format!("{} {}: {}", b.table, b.key, b.what)).collect()
}

#[test]
fn a_damaged_value_or_key_is_found_in_its_row() {
    let pages = "pages jari.redb: DB corrupted: Primary is corrupted despite 2-phase commit";
    // The row of a user begins with the version of the encoding, the user's number and the length of the name.
    let row = [&[1, user_4().number as u8, 6], b"user-4".as_slice()].concat();
    let value = "row 00000000-0000-0000-0000-000000000004 of table users: its checksum does not match, so the bytes \
                 are damaged";
    assert_eq!(damaged(&row), [pages, &format!("users unreadable: {value}")]);
    let key = "row \"user-5\" of table usernames: its checksum does not match, so the bytes are damaged";
    assert_eq!(damaged(b"user-4"), [pages, &format!("usernames unreadable: {key}")]);
}

#[test]
fn a_blocked_seat_is_nobodys_and_one_of_the_date() {
    let blocked = |seat: u32| {
        let row = Blocked { reason: "camera".to_owned(), since: WallTime(0) };
        vec![tables::Blocked::change((CONCERT, key(seat)), Some(row))]
    };
    let seat = |seat: u32| format!("blocked concert 1 date 2040-12-24 seat {seat}");
    check(blocked(1), &[&format!("{}: it is sold", seat(1))]);
    check(blocked(2), &[&format!("{}: it is held", seat(2))]);
    check(blocked(50_000), &[&format!("{}: the concert has no such seat", seat(50_000))]);
}

#[test]
fn an_archived_sale_is_over_and_counts_its_seats() {
    let wrong = ArchivedDate { date: date(), sold: 2, blocked: 0, revenue: 5_000 };
    check(
        vec![tables::Archives::change(CONCERT, Some(Archive { dates: vec![wrong] }))],
        &[
            "archives concert 1: the concert is not closed",
            "archives concert 1: place 3 lives",
            "archives concert 1: place 4 lives",
            "archives concert 1: place 5 lives",
            "archives concert 1: place 6 lives",
            "archives concert 1: seat 2 of 2040-12-24 is held",
            "archives concert 1: its seats count 1 sold of 2040-12-24 for 5000, but it says 2 sold of 2040-12-24 for 5000",
        ],
    );
}
