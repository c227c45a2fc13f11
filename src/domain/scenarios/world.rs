//! A server without a network: state, rows, virtual time and the names that a scenario gives to things.

use std::collections::BTreeMap;

use super::verdicts::{self, Record};
use crate::domain::{
    Command, ConcertId, ConcertNo, EndReason, Event, Idempotency, IssuedPlace, Joined, MemoryRows, Moment, Origin,
    PaymentId, PlaceRef, PlaceView, Rejection, Reply, Reserving, Sale, Sequence, Stamped, Standing, State, Swept,
    TicketId, Timestamp, UserId, WallTime, commands, sweep_due,
};

pub(super) struct World {
    pub state: State,
    pub rows: MemoryRows,
    pub now: Timestamp,
    pub users: BTreeMap<String, UserId>,
    /// Every place that was ever given, in order.
    pub place_refs: Vec<PlaceRef>,
    /// Payments and tickets that were asked for so far.
    pub payments: u128,
    tickets: u128,
    /// Offers of tickets that were made so far.
    pub offers: u128,
    /// The events that the last step appended.
    pub step_events: Vec<Event>,
    pub record: Record,
}

/// How a place stands, as a client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Waiting(u64),
    Active(WallTime, Reserving),
    Ended(EndReason),
    Unknown,
}

impl Default for World {
    fn default() -> Self {
        Self {
            state: State::default(),
            rows: MemoryRows::default(),
            now: super::words::time("0"),
            users: BTreeMap::new(),
            place_refs: Vec::new(),
            payments: 0,
            tickets: 0,
            offers: 0,
            step_events: Vec::new(),
            record: Record::default(),
        }
    }
}

impl World {
    /// Applies a command at the present time, writes its rows and compares its fate with the verdict before it.
    pub(super) fn submit(
        &mut self,
        command: Command,
        idempotency: Option<Idempotency>,
    ) -> (Result<Reply, Rejection>, Origin) {
        let verdict = command.judge(&Moment { state: &self.state, rows: &self.rows, now: self.now });
        let sweeping = sweep_due(&self.state, &self.rows, self.now).expect("rows in memory are always read");
        let stamped = Stamped { now: self.now, idempotency, by: None, command };
        let (result, origin) = self.rows.commit(&mut self.state, &stamped);
        if origin == Origin::Fresh {
            verdicts::verdict_holds(&stamped.command, &verdict, &result);
        }
        if let Ok(Reply::Swept(Swept { dropped, .. })) = &result {
            assert_eq!(*dropped > 0, sweeping, "a sweep is due when there is something to drop");
        }
        if let (
            Command::Join(commands::Join { concert, user, .. }),
            Ok(Reply::Joined(Joined::New(IssuedPlace { sequence, .. }))),
            Origin::Fresh,
        ) = (&stamped.command, &result, origin)
        {
            self.place_refs.push(PlaceRef { concert: *concert, sequence: *sequence, user: *user });
        }
        self.record.follow(&self.state, &self.rows, self.now);
        (result, origin)
    }

    /// What the wall clock shows now.
    pub(super) fn wall(&self) -> WallTime {
        self.state.wall(self.now)
    }

    /// A new process takes up what the old one stored.
    pub(super) fn restart(&mut self) {
        self.state = restored(&self.rows);
    }

    /// How a place stands now, whatever ticks are still to come.
    pub(super) fn told(&self, place_ref: PlaceRef) -> Told {
        told(&self.state, &self.rows, place_ref, self.now)
    }

    /// The newest place of a user, or the one with the sequence that is asked for.
    pub(super) fn place_ref(&self, concert: ConcertNo, user: UserId, sequence: Option<u64>) -> PlaceRef {
        let meant = |place_ref: &&PlaceRef| {
            place_ref.concert == concert
                && place_ref.user == user
                && sequence.is_none_or(|it| it == place_ref.sequence.0)
        };
        let never = PlaceRef { concert, sequence: Sequence(sequence.unwrap_or(999_999)), user };
        self.place_refs.iter().rev().find(meant).copied().unwrap_or(never)
    }

    pub(super) fn user(&self, name: &str) -> UserId {
        self.users.get(name).copied().unwrap_or(UserId(u128::MAX))
    }

    /// The concert of a name; without one the first.
    pub(super) fn concert(&self, name: Option<&str>) -> ConcertNo {
        let id = |name: &str| ConcertId::parse(name).expect("a concert id");
        let named = name.map(|name| self.state.concert_no(&id(name)).unwrap_or(ConcertNo(999)));
        named.unwrap_or(ConcertNo(1))
    }

    pub(super) fn sale(&self, concert: ConcertNo) -> &Sale {
        self.state.sale(concert).expect("a concert that was given")
    }

    pub(super) fn next_payment(&mut self, seats: usize) -> (PaymentId, Vec<TicketId>) {
        self.payments += 1;
        let tickets = (1..=seats as u128).map(|ticket| TicketId(self.tickets + ticket)).collect();
        self.tickets += seats as u128;
        (PaymentId(self.payments), tickets)
    }
}

/// A state taken up from stored rows.
pub(super) fn restored(rows: &MemoryRows) -> State {
    rows.restored()
}

pub(super) fn told(state: &State, rows: &MemoryRows, place_ref: PlaceRef, now: Timestamp) -> Told {
    let sale = state.sale(place_ref.concert);
    let standing = sale.map_or(Standing::Gone, |sale| sale.standing(place_ref, now, state.settings()));
    match standing {
        Standing::Ended(reason) => Told::Ended(reason),
        Standing::Gone => {
            let ended = rows.ended_places.get(&(place_ref.concert, place_ref.sequence)).copied();
            ended.filter(|ended| ended.place.user == place_ref.user).map_or(Told::Unknown, |it| Told::Ended(it.reason))
        }
        Standing::Waiting | Standing::Active { .. } => {
            match sale.and_then(|sale| sale.place_view(place_ref, now, state.settings())) {
                Some(PlaceView::Waiting { position, .. }) => Told::Waiting(position),
                Some(PlaceView::Active { expires_at, reserving }) => Told::Active(expires_at, reserving),
                None => panic!("a live place has a view"),
            }
        }
    }
}
