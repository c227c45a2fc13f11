//! The keys of operators: what is done with them is told as theirs, and nothing is done with one that was taken away.

use crate::domain::commands::{Answers, Charge, CreateKey, NoteKeyUse, RemoveKey, SetUserStanding};
use crate::domain::{
    ActingOperator, Charger, Event, EventData, KEYS_MAX, KeyChange, KeyId, KeyWritten, MemoryRows, Origin, Rejection,
    Reply, Role, Stamped, State, Timestamp, UserChange, UserId, UserStanding, Username, WallTime, commands,
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
    // Each: when it is used, when its last use is known to be, and how many refusals were told.
    for (now, last_used, refusals) in [
        (1, 1, 0),
        (HOUR_MS, 1, 0),
        (HOUR_MS + 1, HOUR_MS + 1, 0),
        (2 * HOUR_MS, HOUR_MS + 1, 1),
        (2 * HOUR_MS + 59_999, HOUR_MS + 1, 1),
        (2 * HOUR_MS + 60_000, HOUR_MS + 1, 2),
    ] {
        house.now = now;
        house.ask(None, NoteKeyUse { key: KeyId(7) }).expect("it is there");
        assert_eq!(used(&house), Some(WallTime(last_used)), "at {now}");
        let told = |event: &Event| {
            matches!(event.data, EventData::KeyChanged { key: KeyId(7), change: KeyChange::Refused, .. })
        };
        assert_eq!(house.rows.events.values().filter(|event| told(event)).count(), refusals, "at {now}");
    }
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
