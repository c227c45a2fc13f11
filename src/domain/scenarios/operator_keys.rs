//! The keys of operators: what is done with them is told as theirs, and nothing is done with one that was taken away.

use crate::domain::KeyUse::{Accepted, Refused};
use crate::domain::commands::{
    Answers, Charge, CreateConcert, CreateKey, Join, NoteKeyUse, RemoveKey, SetUserStanding,
};
use crate::domain::fixtures::definition;
use crate::domain::{
    ActingOperator, Charger, ConcertId, ConcertNo, Definition, EarlyEnds, Event, EventData, KEYS_MAX, KeyChange, KeyId,
    KeyWritten, Limit, MemoryRows, Origin, QueuePolicy, Rejection, Reply, Role, Stamped, State, Timestamp, UserChange,
    UserId, UserStanding, Username, WallTime, commands,
};

const KIM: UserId = UserId(1);
const HOUR_MS: i64 = 3_600_000;

#[derive(Default)]
struct House {
    state: State,
    rows: MemoryRows,
    now: i64,
}

impl House {
    fn ask(&mut self, by: Option<KeyId>, command: impl Answers) -> Result<Reply, Rejection> {
        let stamped = Stamped { now: Timestamp(self.now), idempotency: None, by, command: command.into() };
        let (reply, origin) = self.rows.commit(&mut self.state, &stamped);
        assert_eq!(origin, Origin::Fresh);
        let keys = |state: &State| state.operators().iter().map(|(key, row)| (key, row.clone())).collect::<Vec<_>>();
        assert_eq!(keys(&self.rows.restored()), keys(&self.state), "a restart finds the same keys");
        let acts = self.rows.events.iter().filter_map(|(number, event)| Some((*number, event.by.as_ref()?.key)));
        assert_eq!(acts.collect::<Vec<_>>(), self.rows.acts.iter().map(|(at, key)| (*at, *key)).collect::<Vec<_>>());
        reply
    }

    fn give(&mut self, key: u128, role: Role, expires_at: Option<WallTime>) -> Result<Reply, Rejection> {
        let name = format!("key {key}");
        self.ask(Some(KeyId::OWNER), CreateKey { key: KeyId(key), name, role, hash: [key as u8; 32], expires_at })
    }

    fn last(&self) -> &Event {
        self.rows.events.values().next_back().expect("something happened")
    }
}

fn actor(key: u128, role: Role) -> ActingOperator {
    ActingOperator { key: KeyId(key), name: format!("key {key}"), role }
}

#[test]
fn what_is_done_with_a_key_is_told_with_its_name_and_role() {
    let mut house = House::default();
    house.give(7, Role::Manager, None).expect("there is room");
    assert_eq!(house.last().by, Some(ActingOperator::owner()));
    let user = commands::CreateUser { user: KIM, username: Username::plain("kim"), email: None };
    house.ask(None, user).expect("the name is free");
    house.ask(Some(KeyId(7)), Charge { user: KIM, amount: 5, charger: Charger::Operator }).expect("it is charged");
    assert_eq!(house.last().by, Some(actor(7, Role::Manager)));
    house.ask(None, Charge { user: KIM, amount: 5, charger: Charger::Public }).expect("it is charged");
    assert_eq!(house.last().by, None);
    let block = SetUserStanding { user: KIM, standing: UserStanding::Blocked };
    house.ask(Some(KeyId::OWNER), block).expect("it is blocked");
    assert_eq!(
        (&house.last().data, &house.last().by),
        (&EventData::UserChanged { user: KIM, change: UserChange::Blocked }, &Some(ActingOperator::owner()))
    );
}

#[test]
fn a_key_that_was_taken_away_does_nothing_that_was_still_on_its_way() {
    let mut house = House::default();
    house.give(7, Role::Owner, None).expect("there is room");
    let Ok(Reply::KeyWritten(KeyWritten { key, row })) = house.ask(Some(KeyId(7)), RemoveKey { key: KeyId(7) }) else {
        panic!("it is taken away");
    };
    assert_eq!((key, row.role), (KeyId(7), Role::Owner));
    assert_eq!(house.last().by, Some(actor(7, Role::Owner)), "it took itself away");
    let events = house.rows.events.len();
    for command in [KeyId(7), KeyId(8)].map(|key| RemoveKey { key }) {
        assert_eq!(house.ask(Some(KeyId(7)), command), Err(Rejection::KeyEnded));
        assert_eq!(house.ask(Some(KeyId::OWNER), command), Err(Rejection::KeyNotFound));
    }
    assert_eq!(house.rows.events.len(), events);
}

#[test]
fn a_use_is_noted_once_an_hour_and_one_behind_the_expiry_told_once_a_minute() {
    let mut house = House::default();
    house.give(7, Role::Door, Some(WallTime(2 * HOUR_MS))).expect("there is room");
    let used = |house: &House| house.state.operators().get(KeyId(7)).expect("it is there").last_used_at;
    // Each: when it is shown and what became of that, when its last use is known to be, and how many refusals were told.
    for (now, key_use, last_used, refusals) in [
        (1, Accepted, 1, 0),
        (HOUR_MS, Accepted, 1, 0),
        (HOUR_MS + 1, Accepted, HOUR_MS + 1, 0),
        (2 * HOUR_MS, Refused, HOUR_MS + 1, 1),
        (2 * HOUR_MS + 59_999, Refused, HOUR_MS + 1, 1),
        (2 * HOUR_MS + 60_000, Refused, HOUR_MS + 1, 2),
        // It was fine when it was shown, and comes late.
        (2 * HOUR_MS + 60_001, Accepted, 2 * HOUR_MS + 60_001, 2),
    ] {
        house.now = now;
        house.ask(Some(KeyId(7)), NoteKeyUse { key: KeyId(7), key_use }).expect("it is there");
        assert_eq!(used(&house), Some(WallTime(last_used)), "at {now}");
        let told = |event: &Event| {
            matches!(event.data, EventData::KeyChanged { key: KeyId(7), change: KeyChange::Refused, .. })
        };
        assert_eq!(house.rows.events.values().filter(|event| told(event)).count(), refusals, "at {now}");
    }
    let expires_at = house.now + 1;
    house.give(8, Role::Owner, Some(WallTime(expires_at))).expect("there is room");
    house.ask(Some(KeyId(8)), RemoveKey { key: KeyId(7) }).expect("it is still good");
    house.now = expires_at;
    let late = house.ask(Some(KeyId(8)), RemoveKey { key: KeyId(8) });
    assert_eq!(late, Err(Rejection::KeyEnded), "it expired while the command was on its way");
}

#[test]
fn what_is_merely_due_or_follows_for_others_is_nobodys_act() {
    let mut house = House::default();
    let spring = ConcertId::parse("spring").expect("an id");
    let queue = QueuePolicy { max_active: Limit::Set(1), ..QueuePolicy::default() };
    let definition = Box::new(Definition { queue, ..definition() });
    house.ask(Some(KeyId::OWNER), CreateConcert { id: spring, definition }).expect("the id is free");
    for (number, name) in [(1, "kim"), (2, "lee")] {
        let (user, username) = (UserId(number), Username::plain(name));
        house.ask(None, commands::CreateUser { user, username, email: None }).expect("the name is free");
        let join = Join { concert: ConcertNo(1), user, early_ends: EarlyEnds::default() };
        house.ask(None, join).expect("it is on sale");
    }
    let before = house.rows.events.len();
    let block = SetUserStanding { user: KIM, standing: UserStanding::Blocked };
    for _ in 0..2 {
        house.ask(Some(KeyId::OWNER), block).expect("it is blocked");
    }
    let told: Vec<_> = house.rows.events.values().skip(before).map(|event| (&event.data, event.by.is_some())).collect();
    let [(EventData::UserChanged { .. }, true), (EventData::TokenEnded { user: KIM, .. }, true), last] = told[..]
    else {
        panic!("{told:?}, and nothing for a block that changes nothing")
    };
    assert!(matches!(last, (EventData::TokenActivated { user: UserId(2), .. }, false)), "{last:?}");
}

#[test]
fn acts_are_swept_with_their_events() {
    let mut house = House::default();
    house.give(7, Role::Door, None).expect("there is room");
    house.now = 40 * 24 * HOUR_MS;
    house.give(8, Role::Door, None).expect("there is room");
    house.ask(None, commands::Sweep).expect("it is never refused");
    assert_eq!(house.rows.acts.len(), 1, "what is older than the 30 days is gone, and its act with it");
}

#[test]
fn there_are_so_many_keys_at_most() {
    let mut house = House::default();
    for key in 1..=KEYS_MAX as u128 {
        let command =
            CreateKey { key: KeyId(key), name: "x".into(), role: Role::Door, hash: [0; 32], expires_at: None };
        let stamped = Stamped { now: Timestamp(0), idempotency: None, by: None, command: command.into() };
        house.rows.commit(&mut house.state, &stamped).0.expect("there is room");
    }
    assert_eq!(house.give(9_999, Role::Door, None), Err(Rejection::KeysFull));
    house.ask(Some(KeyId::OWNER), RemoveKey { key: KeyId(3) }).expect("it is there");
    house.give(9_999, Role::Door, None).expect("there is room again");
}
