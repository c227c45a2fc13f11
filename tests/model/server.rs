//! The core as a server runs it: state, rows, the present time, ticks.

use std::collections::BTreeMap;

use jari::domain::{
    Command, ConcertId, ConcertNo, ConcertWritten, Definition, Done, Idempotency, Joined, Layout, MemoryRows, Origin,
    Performance, Rejection, Reply, STEP_MAX, SeatRow, Section, Stamped, Standing, State, StockDisplay, Swept,
    Timestamp, Transfers, UserId, UserWritten, Username, commands,
};

use super::actions::{Action, Revision, comes_after_ticks};
use super::done::taken;
use super::naive::{Concert, Date, Model};

/// Places and holds that a user's command ends, if they are due.
const ENDINGS_OF_A_COMMAND: usize = 4;
/// Ticks in one step, above which something is due for ever.
const TICKS_MAX: u32 = 1_000;

pub(crate) struct Server {
    pub state: State,
    pub rows: MemoryRows,
    pub now: Timestamp,
    pub answer: Option<(Result<Reply, Rejection>, Origin)>,
}

impl Server {
    /// A server in which `model` is at its beginning.
    pub(crate) fn start(model: &Model) -> Self {
        let (state, rows) = (State::default(), MemoryRows::default());
        let mut server = Self { state, rows, now: model.now, answer: None };
        server.tell(Command::Configure(commands::Configure { settings: model.settings.clone() }));
        for user in 1..=model.users.len() {
            let (user, username) = (UserId(user as u128), Username::plain(format!("user{user}")));
            server.tell(Command::CreateUser(commands::CreateUser { user, username, email: None }));
        }
        for (number, concert) in model.concerts.iter().enumerate() {
            let id = ConcertId::parse(&format!("concert-{number}")).expect("an id");
            server.tell(Command::CreateConcert(commands::CreateConcert {
                id,
                definition: Box::new(definition(concert)),
            }));
        }
        server
    }

    pub(crate) fn act(&mut self, action: &Action) {
        self.answer = None;
        match action {
            Action::Runs(until) => self.run(*until),
            Action::IsDown(until) => self.now = *until,
            Action::Restart => self.state = restored(&self.rows),
            Action::Revise(concert, revision) => {
                self.tick_all();
                let concert = ConcertNo(*concert as u32 + 1);
                let row = self.state.sale(concert).expect("one of the concerts").row();
                let mut definition = Box::new((*row.definition).clone());
                revise(&mut definition, revision);
                let command =
                    Command::ReviseConcert(commands::ReviseConcert { concert, revision: row.revision, definition });
                self.answer = Some(self.ask(command, None));
            }
            Action::Ask(command, idempotency) => {
                if comes_after_ticks(command) {
                    self.tick_all();
                }
                self.settle_much(command);
                self.answer = Some(self.ask(command.clone(), idempotency.clone()));
            }
        }
    }

    /// Ends what is due before a command where it may be more than the command ends by itself. The ticks of a running
    /// server come first in every entry, too.
    fn settle_much(&mut self, command: &Command) {
        let concert = match command {
            Command::Join(commands::Join { concert, .. })
            | Command::Abandon(commands::Abandon { concert, .. })
            | Command::EndUnclaimed(commands::EndUnclaimed { concert, .. }) => *concert,
            Command::Leave(commands::Leave { place_ref })
            | Command::Reserve(commands::Reserve { place_ref, .. })
            | Command::Cancel(commands::Cancel { place_ref, .. })
            | Command::Pay(commands::Pay { place_ref, .. }) => place_ref.concert,
            Command::Refund(commands::Refund { payment, .. }) => match self.rows.payments.get(payment) {
                Some(payment) => payment.concert,
                None => return,
            },
            Command::SetClock(_)
            | Command::Configure(_)
            | Command::CreateUser(commands::CreateUser { .. })
            | Command::SetUserStanding(commands::SetUserStanding { .. })
            | Command::DeleteUser(commands::DeleteUser { .. })
            | Command::Charge(commands::Charge { .. })
            | Command::CreateConcert(commands::CreateConcert { .. })
            | Command::ReviseConcert(commands::ReviseConcert { .. })
            | Command::SetQueuePolicy(commands::SetQueuePolicy { .. })
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
            | Command::Sell(commands::Sell { .. })
            | Command::CallOff(commands::CallOff { .. })
            | Command::Withdraw(commands::Withdraw { .. })
            | Command::Sweep(commands::Sweep)
            | Command::CountRefusals(_)
            | Command::CreateKey(_)
            | Command::RemoveKey(_)
            | Command::NoteKeyUse(_)
            | Command::TellMember(_) => return,
        };
        if self.endings_at_most(concert) > ENDINGS_OF_A_COMMAND {
            self.tell(Command::Settle(commands::Settle { concert, steps: STEP_MAX }));
        }
    }

    /// No more places and holds than these end at a concert now.
    fn endings_at_most(&self, concert: ConcertNo) -> usize {
        let places = self.rows.places.keys().filter(|(of, _)| *of == concert).count();
        let lapsed = |row: &SeatRow| matches!(row, SeatRow::Held { expires_at, .. } if *expires_at <= self.now);
        let holds = self.rows.seats.iter().filter(|((of, _), row)| *of == concert && lapsed(row)).count();
        places + holds
    }

    fn run(&mut self, until: Timestamp) {
        let mut ticks = 0;
        while let Some((at, concert)) = self.state.next_deadline()
            && at <= until
        {
            self.now = self.now.max(at);
            self.tell(Command::Tick(commands::Tick { concert, steps: STEP_MAX }));
            ticks += 1;
            assert!(ticks < TICKS_MAX, "{concert:?} has something due for ever");
        }
        self.now = until;
    }

    fn tick_all(&mut self) {
        let concerts: Vec<ConcertNo> = self.state.sales().map(|sale| sale.no).collect();
        for concert in concerts {
            self.tell(Command::Tick(commands::Tick { concert, steps: STEP_MAX }));
        }
    }

    /// Applies what is never refused.
    fn tell(&mut self, command: Command) {
        let (result, _) = self.ask(command, None);
        assert_eq!(result, Ok(Reply::Done(Done)));
    }

    /// Applies a command, writes its rows and gives the answer as the model words it.
    fn ask(&mut self, command: Command, idempotency: Option<Idempotency>) -> (Result<Reply, Rejection>, Origin) {
        let stamped = Stamped { now: self.now, idempotency, by: None, command };
        let (result, origin) = self.rows.commit(&mut self.state, &stamped);
        let result = match result {
            Ok(
                Reply::UserWritten(UserWritten { .. })
                | Reply::ConcertWritten(ConcertWritten { .. })
                | Reply::Swept(Swept { .. }),
            ) => Ok(Reply::Done(Done)),
            // How long to wait before the next poll is not what the model is about.
            Err(Rejection::QueueWaiting { position, .. }) => {
                Err(Rejection::QueueWaiting { position, poll_after_seconds: 0 })
            }
            Err(Rejection::ConcertInUse { .. } | Rejection::SeatsInUse { .. }) => {
                Err(Rejection::ConcertInUse { what: String::new() })
            }
            Ok(Reply::Joined(Joined::New(place))) => {
                Ok(Reply::Joined(Joined::New(taken(place.concert, place.sequence))))
            }
            Ok(Reply::Joined(Joined::Already(place))) => {
                Ok(Reply::Joined(Joined::Already(taken(place.concert, place.sequence))))
            }
            result => result,
        };
        (result, origin)
    }

    /// How a place stands, with what the rows say of ended ones.
    pub(crate) fn standing(&self, state: &State, place_ref: jari::domain::PlaceRef) -> Standing {
        let sale = state.sale(place_ref.concert).expect("one of the concerts");
        match sale.standing(place_ref, self.now, state.settings()) {
            Standing::Gone => {
                let ended = self.rows.ended_places.get(&(place_ref.concert, place_ref.sequence));
                ended.map_or(Standing::Gone, |it| Standing::Ended(it.reason))
            }
            standing @ (Standing::Waiting | Standing::Active { .. } | Standing::Ended(_)) => standing,
        }
    }
}

pub(crate) fn restored(rows: &MemoryRows) -> State {
    rows.restored()
}

fn definition(concert: &Concert) -> Definition {
    Definition {
        title: "A concert".to_owned(),
        description: None,
        venue: None,
        time_zone: "Asia/Seoul".to_owned(),
        on_sale_at: concert.opens_at,
        closes_at: concert.closes_at,
        status: concert.status,
        seat_limit: concert.seat_limit,
        stock_display: StockDisplay::Shown,
        transfers: Transfers::Forbidden,
        translations: BTreeMap::new(),
        performances: concert.dates.iter().map(performance).collect(),
        queue: concert.policy.clone(),
    }
}

fn performance(day: &Date) -> Performance {
    let layout = match day.sections.as_slice() {
        [(_, 1, seats, price)] => Layout::Plain { seats: *seats, price: *price },
        sections => Layout::Sections(sections.iter().map(section).collect()),
    };
    Performance {
        date: day.date,
        moved_to: None,
        called_off: None,
        starts_at_minutes: None,
        bookable_until: day.begins,
        layout,
    }
}

fn section((name, rows, seats_per_row, price): &(String, u32, u32, u32)) -> Section {
    Section::of_equal_rows(name, *rows, *seats_per_row, *price)
}

fn revise(definition: &mut Definition, revision: &Revision) {
    match revision {
        Revision::Status(status) => definition.status = *status,
        Revision::Opens(at) => definition.on_sale_at = *at,
        Revision::Closes(at) => definition.closes_at = *at,
        Revision::SeatLimit(limit) => definition.seat_limit = *limit,
        Revision::Dates(dates) => definition.performances = dates.iter().map(performance).collect(),
    }
}
