//! The box office that the benches run on: one concert, its users, and what they ask. It measures nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use jari::domain::{
    Archive, ArchivedDate, CalendarDate, Change, Charger, Command, ConcertId, ConcertNo, ConcertRow, Counters,
    Definition, EarlyEnds, Layout, Limit, MemoryRows, Outcome, PaymentId, Performance, PlaceRef, PlaceRow, QueuePolicy,
    RestoredChange, SaleStatus, SeatKey, SeatRow, Selection, Sequence, Settings, Stamped, State, StateChange,
    StockDisplay, TicketId, Timestamp, Transfers, User, UserId, UserStanding, Username, WallTime, apply, commands,
};

pub(crate) const CONCERT: ConcertNo = ConcertNo(1);
/// Some time in March 2030.
pub(crate) const NOW: Timestamp = Timestamp(1_900_000_000_000);
/// What the wall clock shows then.
pub(crate) const WALL: WallTime = WallTime(NOW.0);
pub(crate) const HOLD_SECONDS: u32 = 86_400;
/// Seats that one user of [`Office::with_places`] may take before the next one does, as in a real sale.
pub(crate) const SEATS_A_USER: u32 = 4;
const PRICE: u32 = 100;
/// Spreads the numbers of users over the 128 bits, as random UUIDs are: an odd factor, so that none repeats.
const SPREAD: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;

/// The core with its rows in memory.
pub(crate) struct Office {
    pub state: State,
    pub rows: MemoryRows,
    seats_a_date: u32,
}

impl Office {
    /// One concert on sale with so many users, and without queue places.
    pub(crate) fn new(users: u32, dates: u32, seats_a_date: u32) -> Self {
        let mut office = Self { state: State::default(), rows: MemoryRows::default(), seats_a_date };
        for command in opening(dates, seats_a_date) {
            office.perform(&stamped(command));
        }
        for number in 0..users {
            office.perform(&stamped(create_user(number)));
        }
        office
    }

    /// The same with an ACTIVE place for every user.
    pub(crate) fn with_places(users: u32, dates: u32, seats_a_date: u32) -> Self {
        let mut office = Self::new(users, dates, seats_a_date);
        for number in 0..users {
            office.perform(&stamped(join(number)));
        }
        office
    }

    /// Applies a command that must succeed, and keeps what it changed.
    pub(crate) fn perform(&mut self, stamped: &Stamped) {
        let (result, _) = self.rows.commit(&mut self.state, stamped);
        assert!(result.is_ok(), "{result:?} to {stamped:?}");
    }

    /// Applies a command and leaves the rows as they were.
    pub(crate) fn apply(&mut self, stamped: &Stamped) -> Outcome {
        apply(&mut self.state, &self.rows, stamped).expect("rows in memory can be read")
    }

    /// The live place of a user.
    pub(crate) fn place_ref(&self, number: u32) -> PlaceRef {
        let sale = self.state.sale(CONCERT).expect("the office has a concert");
        let user = user(number);
        PlaceRef { concert: CONCERT, sequence: sale.live_place(user).expect("the user has a place"), user }
    }

    /// The seat with this number, counted over all dates.
    pub(crate) fn seat(&self, number: u32) -> (CalendarDate, u32) {
        (date(number / self.seats_a_date), number % self.seats_a_date + 1)
    }

    pub(crate) fn hold(&self, number: u32, seat: u32) -> Command {
        let (date, seat) = self.seat(seat);
        Command::Reserve(commands::Reserve {
            place_ref: self.place_ref(number),
            date,
            selection: Selection::Seats(vec![seat]),
            user: self.place_ref(number).user,
        })
    }
}

/// The first commands of an office: its settings and its concert.
pub(crate) fn opening(dates: u32, seats_a_date: u32) -> [Command; 2] {
    [
        Command::Configure(commands::Configure { settings: settings() }),
        create_concert("speed", definition(dates, seats_a_date)),
    ]
}

/// The rows of a concert with user 0 ACTIVE and so many waiting, in the order in which a state takes them up.
pub(crate) fn waiting_rows(waiting: u32) -> impl Iterator<Item = Change> {
    let queue = QueuePolicy { max_active: Limit::Set(1), ..QueuePolicy::default() };
    let definition = Definition { queue, ..definition(1, 50) };
    let concert = concert_row("speed", definition);
    let last_sequence = u64::from(waiting) + 1;
    let counters = Counters { last_sequence, admitted: 1, ..Counters::default() };
    let heads: [Change; 3] = [
        StateChange::Settings((), Some(settings())).into(),
        StateChange::Concerts(CONCERT, Some(Box::new(concert))).into(),
        RestoredChange::Counters(CONCERT, Some(counters)).into(),
    ];
    let places = (0..=waiting).map(|number| {
        let active = (number == 0).then(|| (NOW, NOW.plus_seconds(2 * HOLD_SECONDS)));
        let sequence = Sequence(u64::from(number) + 1);
        let place = PlaceRow { user: user(number), issued_at: NOW, order: sequence.into(), active };
        StateChange::Places((CONCERT, sequence), Some(place)).into()
    });
    heads.into_iter().chain(places)
}

/// The rows of a concert that is sold out, some seats to each user, in the order in which a state takes them up.
pub(crate) fn sold_rows(dates: u32, seats_a_date: u32) -> impl Iterator<Item = Change> {
    let concert = StateChange::Concerts(CONCERT, Some(Box::new(concert_row("speed", definition(dates, seats_a_date)))));
    let seats = (0..dates * seats_a_date).map(move |number| {
        let (user, payment) = (user(number / SEATS_A_USER), payment(number / SEATS_A_USER));
        let row = SeatRow::Sold { user: Some(user), payment, reservation: Some(u64::from(number) + 1), amount: PRICE };
        let key = SeatKey { date: date(number / seats_a_date), seat: number % seats_a_date + 1 };
        StateChange::Seats((CONCERT, key), Some(row))
    });
    [concert].into_iter().chain(seats).map(Change::from)
}

/// The rows of so many concerts of one sold-out date that are over, in the order in which a state takes them up.
pub(crate) fn archived_rows(concerts: u32) -> impl Iterator<Item = Change> {
    let rows = |number: u32| {
        let definition = Definition { status: SaleStatus::Closed, ..definition(1, 1_000) };
        let row = concert_row(&format!("concert-{number}"), definition);
        let archive =
            Archive { dates: vec![ArchivedDate { date: date(0), sold: 1_000, blocked: 0, revenue: 100_000 }] };
        let concert = ConcertNo(number + 1);
        [StateChange::Concerts(concert, Some(Box::new(row))), StateChange::Archives(concert, Some(archive))]
    };
    (0..concerts).flat_map(rows).map(Change::from)
}

fn concert_row(id: &str, definition: Definition) -> ConcertRow {
    let id = concert_id(id);
    let definition = Arc::new(definition);
    ConcertRow { id, definition, revision: 1, closed_at: None, resumed_at: None, created_at: WALL, updated_at: WALL }
}

pub(crate) fn settings() -> Settings {
    Settings {
        hold_seconds: HOLD_SECONDS,
        max_active: None,
        active_seconds: 2 * HOLD_SECONDS,
        abandon_seconds: None,
        claim_seconds: None,
        ..Settings::default()
    }
}

pub(crate) fn definition(dates: u32, seats_a_date: u32) -> Definition {
    let performance = |number| Performance {
        date: date(number),
        moved_to: None,
        called_off: None,
        starts_at_minutes: None,
        bookable_until: WallTime(i64::MAX),
        layout: Layout::Plain { seats: seats_a_date, price: PRICE },
    };
    Definition {
        title: "Speed".to_owned(),
        description: None,
        venue: None,
        time_zone: "Asia/Seoul".to_owned(),
        on_sale_at: None,
        closes_at: None,
        status: SaleStatus::OnSale,
        seat_limit: None,
        transfers: Transfers::Forbidden,
        stock_display: StockDisplay::Shown,
        translations: BTreeMap::new(),
        performances: (0..dates).map(performance).collect(),
        queue: QueuePolicy::default(),
    }
}

/// The dates of an office, from 0: days of January 2031.
pub(crate) fn date(number: u32) -> CalendarDate {
    CalendarDate::new(2031, 1, number + 1).expect("an office has 31 dates at most")
}

pub(crate) fn user(number: u32) -> UserId {
    UserId(u128::from(number + 1).wrapping_mul(SPREAD))
}

/// A user as it is written in requests.
pub(crate) fn uuid(number: u32) -> String {
    uuid::Uuid::from_u128(user(number).0).to_string()
}

pub(crate) fn user_row(number: u32) -> User {
    User {
        number: u64::from(number) + 1,
        username: Username::plain(format!("user-{number}")),
        email: None,
        standing: UserStanding::Welcome,
        created_at: WALL,
        updated_at: WALL,
        deleted_at: None,
    }
}

pub(crate) fn concert_id(text: &str) -> ConcertId {
    ConcertId::parse(text).expect("small letters, digits and dashes")
}

pub(crate) fn stamped(command: Command) -> Stamped {
    Stamped { now: NOW, idempotency: None, by: None, command }
}

pub(crate) fn create_concert(id: &str, definition: Definition) -> Command {
    Command::CreateConcert(commands::CreateConcert { id: concert_id(id), definition: Box::new(definition) })
}

pub(crate) fn create_user(number: u32) -> Command {
    Command::CreateUser(commands::CreateUser {
        user: user(number),
        username: Username::plain(format!("user-{number}")),
        email: None,
    })
}

pub(crate) fn join(number: u32) -> Command {
    Command::Join(commands::Join { concert: CONCERT, user: user(number), early_ends: EarlyEnds::default() })
}

pub(crate) fn charge(number: u32) -> Command {
    Command::Charge(commands::Charge { user: user(number), amount: 1_000, charger: Charger::Public })
}

/// Pays one seat; every `number` is another payment.
pub(crate) fn pay(number: u32, place_ref: PlaceRef, date: CalendarDate, seat: u32) -> Command {
    let tickets = vec![TicketId(u128::from(number).wrapping_mul(SPREAD))];
    Command::Pay(commands::Pay {
        place_ref,
        seats: SeatKey::of_date(date, &[seat]),
        payment: payment(number),
        tickets,
        user: place_ref.user,
    })
}

/// Payments ascend, as UUIDs of version 7 do.
pub(crate) fn payment(number: u32) -> PaymentId {
    PaymentId(u128::from(number) << 64)
}
