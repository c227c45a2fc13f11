//! A short sale in which every command, every kind of row and every kept answer occurs.

use std::collections::BTreeMap;

use jari::domain::commands::{
    Abandon, AcceptTicket, Assign, BlockSeats, CallOff, Cancel, Charge, CheckIn, Configure, CountRefusals,
    CreateConcert, CreateKey, CreateUser, DeleteConcert, DeleteUser, EndUnclaimed, Enrol, Form, Join, Leave,
    NoteKeyUse, OfferTicket, Pay, Refund, RemoveKey, Reserve, ReturnTicket, ReviseConcert, Scan, Sell, SetClock,
    SetQueuePolicy, SetUserStanding, Settle, Sweep, TellMember, Tick, UnblockSeats, Withdraw, WithdrawOffer,
};
use jari::domain::{
    Anchor, CalendarDate, CalledOff, Charger, ClusterRow, Command, ConcertId, ConcertNo, Counterpart, Definition,
    EarlyEnds, Epoch, Idempotency, IdempotencyKey, KeyId, KeyScope, KeyUse, Layout, Limit, Means, MemberChange,
    NamedRow, NodeId, Numbering, PaymentId, Performance, PlaceRef, PlanPlace, QueuePolicy, RefundPart, RefundTo, Role,
    SaleStatus, SeatKey, Section, SectionRows, Selection, Sequence, Settings, Slot, Stamped, StockDisplay, TicketId,
    Timestamp, Transfers, Translation, UserId, UserStanding, Username, WallOffset, WallTime,
};

const BEGIN: Timestamp = Timestamp(1_900_000_000_000);
const SPRING: ConcertNo = ConcertNo(1);
const AUTUMN: ConcertNo = ConcertNo(2);

pub(crate) fn date() -> CalendarDate {
    CalendarDate::new(2040, 12, 24).expect("a date")
}

fn definition(status: SaleStatus) -> Definition {
    let row = |label: &str, seats, first_number| NamedRow { label: label.to_owned(), seats, first_number };
    let at = PlanPlace { x: 0, y: 2_500, angle: -15_000, curve: 200 };
    let named = Section {
        rows: SectionRows::Named(vec![row("AA", 2, 1), row("BB", 1, 11)]),
        numbering: Numbering::OddEven,
        at: Some(at),
        accessible: vec![9],
        restricted_view: vec![10, 11],
        ..Section::of_equal_rows("C", 1, 1, 2_000)
    };
    let sections = vec![Section::of_equal_rows("A", 2, 3, 5_000), Section::of_equal_rows("B", 1, 2, 3_000), named];
    Definition {
        title: "A concert".to_owned(),
        description: Some("With strings".to_owned()),
        venue: None,
        time_zone: "Asia/Seoul".to_owned(),
        on_sale_at: None,
        closes_at: Some(WallTime(2_200_000_000_000)),
        status,
        seat_limit: Some(6),
        transfers: Transfers::Allowed,
        stock_display: StockDisplay::Hidden,
        translations: BTreeMap::from([(
            "ko".to_owned(),
            Translation { title: Some("음악회".to_owned()), ..Translation::default() },
        )]),
        performances: vec![Performance {
            date: date(),
            moved_to: None,
            called_off: None,
            starts_at_minutes: Some(19 * 60 + 30),
            bookable_until: WallTime(2_239_000_000_000),
            layout: Layout::Sections(sections),
        }],
        queue: QueuePolicy { max_active: Limit::Set(2), ..QueuePolicy::default() },
    }
}

fn called_off(mut definition: Definition) -> Definition {
    definition.performances[0].called_off = Some(CalledOff { reason: "rain".to_owned(), at: WallTime(0) });
    definition
}

fn place(sequence: u64, user: u128) -> PlaceRef {
    PlaceRef { concert: SPRING, sequence: Sequence(sequence), user: UserId(user) }
}

fn user(number: u128, name: &str) -> Command {
    let email = (number == 1).then(|| "kim@example.com".to_owned());
    CreateUser { user: UserId(number), username: Username::plain(name), email }.into()
}

fn reserve(place_ref: PlaceRef, selection: Selection) -> Command {
    Reserve { place_ref, user: place_ref.user, date: date(), selection }.into()
}

fn pay(place_ref: PlaceRef, seats: &[u32], payment: u128) -> Command {
    let tickets = seats.iter().map(|seat| TicketId(payment * 100 + u128::from(*seat))).collect();
    let payment = PaymentId(payment);
    Pay { place_ref, user: place_ref.user, seats: SeatKey::of_date(date(), seats), payment, tickets }.into()
}

fn sell(seats: &[u32], buyer: Counterpart, payment: u128) -> Command {
    let tickets = seats.iter().map(|seat| TicketId(payment * 100 + u128::from(*seat))).collect();
    let (paid_by, reason) = (Means::Cash, Some("at the door".to_owned()));
    let (seats, payment) = (seats.to_vec(), PaymentId(payment));
    Sell { concert: SPRING, date: date(), seats, buyer, paid_by, price: Some(9), reason, payment, tickets }.into()
}

fn admit(ticket: u128, scan: Scan) -> Command {
    let (gate, device) = (Some("north".to_owned()), Some("scanner-3".to_owned()));
    CheckIn {
        ticket: TicketId(ticket),
        version: Some(1),
        concert: Some(SPRING),
        date: Some(date()),
        gate,
        device,
        scan,
    }
    .into()
}

fn create(id: &str, status: SaleStatus) -> Command {
    let id = ConcertId::parse(id).expect("an id");
    CreateConcert { id, definition: Box::new(definition(status)) }.into()
}

fn join(user: u128, early_ends: EarlyEnds) -> Command {
    Join { concert: SPRING, user: UserId(user), early_ends }.into()
}

/// Users, money in their wallets, and two concerts.
fn opening() -> Vec<Command> {
    let anchor = Anchor { boot: 7, offset: WallOffset(1_500), ..Anchor::default() };
    vec![
        SetClock { anchor }.into(),
        Configure { settings: Settings { hold_seconds: 30, ..Settings::default() } }.into(),
        user(1, "kim"),
        user(2, "lee"),
        user(3, "park"),
        user(4, "choi"),
        user(5, "jung"),
        Charge { user: UserId(1), amount: 50_000, charger: Charger::Public }.into(),
        Charge { user: UserId(2), amount: 20_000, charger: Charger::Operator }.into(),
        create("spring", SaleStatus::OnSale),
        create("autumn", SaleStatus::OnSale),
    ]
}

/// Places, holds, payments, and money that goes back.
fn sale() -> Vec<Command> {
    let mut commands: Vec<Command> = (1..=5).map(|user| join(user, EarlyEnds::default())).collect();
    commands.extend([
        reserve(place(1, 1), Selection::Seats(vec![1, 2, 3])),
        reserve(place(2, 2), Selection::Best { count: 2, section: Some("B".to_owned()), accessible: false }),
        Cancel { place_ref: place(1, 1), user: UserId(1), date: date(), seats: vec![3] }.into(),
        pay(place(1, 1), &[1, 2], 1),
        pay(place(2, 2), &[7], 2),
        Withdraw { user: UserId(2), amount: 1_000, reason: "asked for".to_owned() }.into(),
        Refund { payment: PaymentId(2), part: RefundPart::Whole, to: RefundTo::Origin, reason: "ill".to_owned() }
            .into(),
        sell(&[4, 8], Counterpart::User(UserId(2)), 3),
        sell(&[6], Counterpart::Guest(Some("press".to_owned())), 4),
    ]);
    commands
}

/// Tickets at the gate and in other hands.
fn tickets() -> Vec<Command> {
    let ticket = TicketId(102);
    vec![
        admit(101, Scan::Live(None)),
        ReturnTicket { ticket: TicketId(101), device: None, reason: Some("a slip".to_owned()) }.into(),
        admit(101, Scan::Reported(WallTime(BEGIN.0 + 21_000))),
        OfferTicket { ticket, user: Some(UserId(1)), to: Some(UserId(3)), secret: 7 }.into(),
        WithdrawOffer { ticket, user: Some(UserId(1)) }.into(),
        OfferTicket { ticket, user: None, to: None, secret: 8 }.into(),
        AcceptTicket { ticket, user: UserId(3), secret: 8 }.into(),
    ]
}

/// Places that end in every way.
fn queue() -> Vec<Command> {
    let policy = QueuePolicy { max_active: Limit::Set(3), admit_interval: Limit::Set(5), ..QueuePolicy::default() };
    vec![
        SetQueuePolicy { concert: SPRING, revision: None, policy }.into(),
        EndUnclaimed { concert: SPRING, sequences: vec![Sequence(3)] }.into(),
        join(3, EarlyEnds::default()),
        join(2, EarlyEnds { ends: 3, seconds: 9 }),
        Abandon { concert: SPRING, sequences: vec![Sequence(7)] }.into(),
        Leave { place_ref: place(5, 5) }.into(),
        reserve(place(4, 4), Selection::Seats(vec![5])),
        SetUserStanding { user: UserId(2), standing: UserStanding::Blocked }.into(),
        DeleteUser { user: UserId(5) }.into(),
    ]
}

/// A date that is called off, a concert that is closed, seats that are kept back, and what the server does by itself.
fn ending() -> Vec<Command> {
    let closed = called_off(definition(SaleStatus::Closed));
    vec![
        CallOff { concert: AUTUMN, date: date(), reason: "rain".to_owned() }.into(),
        Tick { concert: AUTUMN, steps: 10 }.into(),
        ReviseConcert { concert: AUTUMN, revision: 2, definition: Box::new(closed) }.into(),
        Tick { concert: AUTUMN, steps: 10 }.into(),
        Settle { concert: SPRING, steps: 10 }.into(),
        BlockSeats { concert: SPRING, date: date(), seats: vec![9, 10], reason: "camera".to_owned() }.into(),
        UnblockSeats { concert: SPRING, date: date(), seats: vec![9] }.into(),
        Sweep.into(),
        CountRefusals { refusals: vec![(SPRING, 3)] }.into(),
        create("winter", SaleStatus::Draft),
        DeleteConcert { concert: ConcertNo(3) }.into(),
        Form { cluster: ClusterRow { id: 7, slots: 2, sealed_keys: vec![1, 2, 3] }, node: NodeId(1) }.into(),
        Assign { slot: Slot(1), from: Epoch(1), to: NodeId(2), term: 1 }.into(),
        Enrol { node: NodeId(2), incarnation: 3 }.into(),
        key(1, None),
        key(2, Some(WallTime(BEGIN.0))),
        NoteKeyUse { key: KeyId(1), key_use: KeyUse::Accepted }.into(),
        NoteKeyUse { key: KeyId(2), key_use: KeyUse::Refused }.into(),
        RemoveKey { key: KeyId(2) }.into(),
        TellMember { node: NodeId(3), change: MemberChange::Added }.into(),
    ]
}

fn key(number: u128, expires_at: Option<WallTime>) -> Command {
    CreateKey { key: KeyId(number), name: format!("key {number}"), role: Role::Door, hash: [7; 32], expires_at }.into()
}

/// The commands a second apart, each with an idempotency key, so that its answer becomes a row.
pub(crate) fn script() -> Vec<Stamped> {
    let commands = [opening(), sale(), tickets(), queue(), ending()].concat();
    let stamp = |(number, command): (u32, Command)| {
        let key = IdempotencyKey { scope: KeyScope::User(UserId(1)), key: format!("key-{number}") };
        let idempotency = Some(Idempotency { key, fingerprint: u128::from(number) });
        // Some are asked for by the owner of the box office.
        let by = number.is_multiple_of(5).then_some(KeyId::OWNER);
        Stamped { now: Timestamp(BEGIN.0 + i64::from(number) * 1_000), idempotency, by, command }
    };
    (0_u32..).zip(commands).map(stamp).collect()
}
