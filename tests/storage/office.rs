//! A box office on a simulated machine, under random commands, beside a model in memory that never fails.

use std::collections::BTreeMap;

use std::time::Duration;

use jari::domain::tables::{Visit, visit_all};
use jari::domain::{
    CalendarDate, Charger, Command, ConcertId, ConcertNo, Definition, Idempotency, IdempotencyKey, KeyScope, Layout,
    Limit, MemoryRows, Outcome, PaymentId, Performance, PlaceRef, QueuePolicy, Rows, Sale, SaleStatus, SeatKey,
    SeatTables, Selection, Sequence, Settings, Stamped, State, StockDisplay, Table, TicketId, Timestamp, Transfers,
    UserId, UserStanding, Username, WallTime, apply, commands,
};
use jari::log::{Entry, Index};
use jari::replica::{Recovered, open_with};
use jari::simulation::{Machine, Random, SimulatedDisk};
use jari::storage::{Checkpointer, FeedPart, OpenError, Store};

/// Small, so that a run goes through several files of the log.
pub(crate) const SEGMENT_BYTES: u64 = 4_000;

const USERS: u64 = 8;
const SEATS: u32 = 6;

/// Everything that was ever written into the log, in memory.
#[derive(Default)]
pub(crate) struct Model {
    pub entries: Vec<Entry>,
    pub state: State,
    pub rows: MemoryRows,
}

impl Model {
    /// The model as the first entries leave it, which are all that the log has.
    pub(crate) fn cut_to(self, last: Index) -> Self {
        let mut model = Self::default();
        let kept = usize::try_from(last.0).expect("small");
        for entry in self.entries.into_iter().take(kept) {
            model.apply(entry);
        }
        model
    }

    /// Applies an entry; gives what became of each command.
    pub(crate) fn apply(&mut self, entry: Entry) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for stamped in entry.batch() {
            outcomes.push(apply(&mut self.state, &self.rows, stamped).expect("memory does not fail"));
            self.rows.put_all(outcomes.last().expect("just pushed").changes.clone());
        }
        self.rows.put_all(self.state.flush());
        self.entries.push(entry);
        outcomes
    }
}

/// Random commands that mostly make sense.
pub(crate) struct Callers {
    random: Random,
    pub now: Timestamp,
    fresh: u128,
    payments: Vec<PaymentId>,
}

impl Callers {
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), now: Timestamp(1_900_000_000_000), fresh: 1, payments: Vec::new() }
    }

    /// What the first entry does: settings with short holds.
    pub(crate) fn opening(&mut self) -> Vec<Stamped> {
        let settings = Settings { hold_seconds: 30, active_seconds: 60, ..Settings::default() };
        let concert = |id: &str, queue| {
            Command::CreateConcert(commands::CreateConcert {
                id: ConcertId::parse(id).expect("an id"),
                definition: Box::new(definition(queue)),
            })
        };
        let narrow = QueuePolicy { max_active: Limit::Set(3), ..QueuePolicy::default() };
        let windowed = QueuePolicy {
            max_active: Limit::Off,
            admit_count: Limit::Set(2),
            admit_interval: Limit::Set(5),
            ..QueuePolicy::default()
        };
        let commands = [
            Command::Configure(commands::Configure { settings }),
            concert("narrow", narrow),
            concert("windowed", windowed),
        ];
        commands.map(|command| self.stamp(command)).to_vec()
    }

    /// The next batch, against the state that is committed.
    pub(crate) fn batch(&mut self, state: &State) -> Vec<Stamped> {
        (0..self.random.below(4)).map(|_| self.command(state)).collect()
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.random.below(bound)
    }

    fn stamp(&mut self, command: Command) -> Stamped {
        self.now = Timestamp(self.now.0 + i64::try_from(self.random.below(4_000)).expect("small"));
        let with_key = self.random.below(4) == 0 || matches!(command, Command::Join(_));
        // Some keys come again, and most answers are kept.
        let number = if self.random.below(2) == 0 { self.random.below(40) } else { 40 + self.random.below(100_000) };
        let key = IdempotencyKey { scope: KeyScope::User(UserId(1)), key: format!("key-{number}") };
        let idempotency = with_key.then(|| Idempotency { key, fingerprint: u128::from(number) });
        Stamped { now: self.now, idempotency, by: None, command }
    }

    fn command(&mut self, state: &State) -> Stamped {
        let user = UserId(u128::from(self.random.below(USERS)) + 1);
        let concert = ConcertNo(u32::try_from(self.random.below(2)).expect("small") + 1);
        let sequence = state.sale(concert).and_then(|sale| sale.live_place(user)).unwrap_or(Sequence(1));
        let place_ref = PlaceRef { concert, sequence, user };
        let date = date();
        let early_ends = state.sale(concert).map(|sale| sale.early_ends(self.now)).unwrap_or_default();
        let is_closed = state.sale(concert).is_some_and(|sale| sale.row().definition.status == SaleStatus::Closed);
        let command = match self.random.below(24) {
            0..3 if is_closed => close_or_reopen(state, concert),
            0..3 => Command::CreateUser(commands::CreateUser {
                user,
                username: Username::plain(format!("user-{}", user.0)),
                email: None,
            }),
            3..6 => Command::Charge(commands::Charge { user, amount: 20_000, charger: Charger::Public }),
            6..10 => Command::Join(commands::Join { concert, user, early_ends }),
            10..15 => Command::Reserve(commands::Reserve {
                place_ref,
                date,
                selection: self.selection(),
                user: place_ref.user,
            }),
            15 => Command::Cancel(commands::Cancel { place_ref, date, seats: vec![self.seat()], user: place_ref.user }),
            16..20 => self.pay(state, place_ref),
            20 => Command::Leave(commands::Leave { place_ref }),
            21 => self.refund(),
            22 => Command::Tick(commands::Tick { concert, steps: 1_000 }),
            _ if self.random.below(8) == 0 => close_or_reopen(state, concert),
            _ if self.random.below(5) == 0 => {
                Command::SetUserStanding(commands::SetUserStanding { user, standing: UserStanding::Blocked })
            }
            _ if self.random.below(3) == 0 => {
                self.now = Timestamp(self.now.0 + 40_000_000);
                Command::Sweep(commands::Sweep)
            }
            _ => Command::SetUserStanding(commands::SetUserStanding { user, standing: UserStanding::Welcome }),
        };
        self.stamp(command)
    }

    fn seat(&mut self) -> u32 {
        u32::try_from(self.random.below(u64::from(SEATS))).expect("small") + 1
    }

    fn selection(&mut self) -> Selection {
        let seat = self.seat();
        match self.random.below(3) {
            0 if seat < SEATS => Selection::Seats(vec![seat, seat + 1]),
            1 => Selection::Best { count: 2, section: None, accessible: false },
            _ => Selection::Seats(vec![seat]),
        }
    }

    fn pay(&mut self, state: &State, place_ref: PlaceRef) -> Command {
        let place = state.sale(place_ref.concert).and_then(|sale| sale.queue().active().get(&place_ref.sequence));
        let mut seats: Vec<u32> = place.iter().flat_map(|place| place.holds.seats().map(|key| key.seat)).collect();
        if seats.is_empty() {
            seats.push(self.seat());
        }
        self.fresh += 1;
        let payment = PaymentId(self.fresh);
        self.payments.push(payment);
        let tickets = seats.iter().map(|_| {
            self.fresh += 1;
            TicketId(self.fresh)
        });
        let tickets = tickets.collect();
        Command::Pay(commands::Pay {
            place_ref,
            seats: SeatKey::of_date(date(), &seats),
            payment,
            tickets,
            user: place_ref.user,
        })
    }

    fn refund(&mut self) -> Command {
        let known = self.payments.len() as u64;
        let chosen = if known == 0 { 0 } else { self.random.below(known) };
        let payment = self.payments.get(usize::try_from(chosen).expect("small")).copied().unwrap_or(PaymentId(1));
        Command::Refund(commands::Refund {
            payment,
            part: commands::RefundPart::Whole,
            to: commands::RefundTo::Origin,
            reason: "rain".to_owned(),
        })
    }
}

pub(crate) fn date() -> CalendarDate {
    CalendarDate::new(2040, 12, 24).expect("a date")
}

fn definition(queue: QueuePolicy) -> Definition {
    let bookable_until = WallTime(2_240_000_000_000);
    let layout = Layout::Plain { seats: SEATS, price: 5_000 };
    Definition {
        title: "Spring".to_owned(),
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
        performances: vec![Performance {
            date: date(),
            moved_to: None,
            called_off: None,
            starts_at_minutes: None,
            bookable_until,
            layout,
        }],
        queue,
    }
}

/// Closes a sale, or reopens one that is closed.
fn close_or_reopen(state: &State, concert: ConcertNo) -> Command {
    let row = state.sale(concert).expect("one of the concerts").row();
    let status = if row.definition.status == SaleStatus::Closed { SaleStatus::OnSale } else { SaleStatus::Closed };
    let definition = Box::new(Definition { status, ..(*row.definition).clone() });
    Command::ReviseConcert(commands::ReviseConcert { concert, revision: row.revision, definition })
}

pub(crate) fn open(machine: &Machine) -> Result<Recovered<SimulatedDisk>, OpenError> {
    open_with(machine.database(), machine.disk(), 0x5a17, SEGMENT_BYTES, Checkpointer::Caller)
}

/// The same with a checkpoint thread of its own, which ends without a word when the power fails.
pub(crate) fn open_threaded(machine: &Machine) -> Result<Recovered<SimulatedDisk>, OpenError> {
    let checkpointer = Checkpointer::Thread { pause: Duration::from_millis(1), on_fault: Box::new(drop) };
    open_with(machine.database(), machine.disk(), 0x5a17, SEGMENT_BYTES, checkpointer)
}

/// Writes a batch into log, state and rows, as the sequencer does; `false` when the log failed and nobody was answered.
pub(crate) fn commit(opened: &mut Recovered<SimulatedDisk>, batch: Vec<Stamped>, model: &mut Model) -> bool {
    let entry = Entry::alone(opened.log.last().next(), batch);
    let appended = opened.log.append(std::slice::from_ref(&entry));
    model.apply(entry.clone());
    if appended.is_err() {
        return false;
    }
    // A row that cannot be read ends a server; the entry is durable all the same.
    drop(opened.replica.apply(&entry, opened.log.position(), &mut ()));
    true
}

/// Compares everything that was opened with the model, row by row.
pub(crate) fn assert_same(opened: &Recovered<SimulatedDisk>, model: &Model, context: &str) {
    assert_eq!(opened.replica.look().totals(), model.state.totals(), "{context}");
    assert_eq!(opened.replica.look().settings(), model.state.settings(), "{context}");
    let state = opened.replica.look();
    let sales: Vec<&Sale> = state.sales().collect();
    let expected: Vec<&Sale> = model.state.sales().collect();
    assert_eq!(sales.len(), expected.len(), "{context}");
    for (sale, expected) in sales.into_iter().zip(expected) {
        assert_eq!(sale.row(), expected.row(), "{context}");
        assert_eq!(sale.counters(), expected.counters(), "{context}");
        assert_eq!(sale.queue().waiting(), expected.queue().waiting(), "{context}");
        assert_eq!(sale.queue().active(), expected.queue().active(), "{context}");
        let taken = |seats: &SeatTables| {
            let table = seats.table(date()).expect("the date of every concert");
            let held = table.held().map(|(seat, row)| (seat, *row)).collect::<Vec<_>>();
            (held, table.sold().collect::<Vec<u32>>(), table.stats(date(), 0))
        };
        let of = [sale.with_seats(opened.replica.store(), taken), expected.with_seats(&model.rows, taken)];
        assert_eq!(of[0], of[1], "{context}");
        assert_eq!(sale.is_archived(), expected.is_archived(), "{context}");
        assert_eq!(sale.stats(model.state.latest()), expected.stats(model.state.latest()), "{context}");
    }
    if let Err(table) = visit_all(&mut SameAs { store: opened.replica.store(), rows: &model.rows }) {
        panic!("table {table} differs: {context}");
    }
    let (store, rows) = (opened.replica.store(), &model.rows);
    let Ok(FeedPart::Events { events, .. }) = store.feed(None, usize::MAX) else {
        panic!("the oldest events are readable: {context}");
    };
    let expected: Vec<_> = rows.events.iter().map(|(number, row)| (*number, (**row).clone())).collect();
    let first = events.iter().zip(&expected).find(|(found, expected)| found != expected);
    assert_eq!(first, None, "{context}");
    assert_eq!(events.len(), expected.len(), "{context}; {:?}", opened.replica.look().totals());
}

/// Compares each row of the model with the same row of what was opened.
struct SameAs<'a> {
    store: &'a Store,
    rows: &'a MemoryRows,
}

impl Visit for SameAs<'_> {
    type Error = &'static str;

    fn visit<T: Table>(&mut self) -> Result<(), &'static str> {
        let is_same = |(key, row): (&T::Key, &T::Row)| self.store.get::<T>(key).as_ref() == Ok(&Some(row.clone()));
        if T::of(self.rows).iter().all(is_same) { Ok(()) } else { Err(T::NAME) }
    }
}

/// A seat of the model that changes hands is one row; used to see that the runs do something.
pub(crate) fn sold(model: &Model) -> usize {
    model.rows.seats.len() + model.rows.payments.len()
}
