//! The running instance on real files: what is answered is there, also after the next start.

use std::path::Path;

mod several;

use super::{Answer, Caller, Coding, Handle, KeyState, Node, Options, Part, SubmitError, coded, start};
use crate::domain::commands::{Answers, Charge, CreateConcert, CreateUser, Join, Pay, Reserve};
use crate::domain::fixtures::definition;
use crate::domain::{
    CalendarDate, Charged, Charger, ConcertId, ConcertNo, Definition, EarlyEnds, EndReason, Idempotency,
    IdempotencyKey, KeyScope, Layout, PaymentId, Performance, PlaceRef, PlaceView, Rejection, Reply, Reserved, Rows,
    SeatKey, Selection, Settings, TicketId, UserId, Username, WallTime, tables,
};

const CONCERT: ConcertNo = ConcertNo(1);
const KIM: UserId = UserId(1);
const LEE: UserId = UserId(2);

fn node(folder: &Path, settings: Settings) -> Node {
    let data_dir = folder.join("data");
    let options =
        Options { data_dir, cache_bytes: 16 << 20, settings: Some(settings), commands_waiting_max: 64, cluster: None };
    // The start blocks, which a test's runtime does not allow on its own thread.
    std::thread::spawn(|| start(options).expect("it starts")).join().expect("it does not panic")
}

fn date() -> CalendarDate {
    CalendarDate::new(2099, 12, 24).expect("a date")
}

async fn reply<C: Answers>(handle: &Handle, command: C) -> C::Reply {
    handle.submit(command, Caller::default()).await.expect("it goes through").reply
}

/// A concert of 3 seats at 5,000 and two users with 10,000 each.
async fn furnish(handle: &Handle) {
    let performance = Performance {
        date: date(),
        moved_to: None,
        called_off: None,
        starts_at_minutes: None,
        bookable_until: WallTime(i64::MAX),
        layout: Layout::Plain { seats: 3, price: 5_000 },
    };
    let definition = Definition { performances: vec![performance], ..definition() };
    let id = ConcertId::parse("spring").expect("an id");
    reply(handle, CreateConcert { id, definition: Box::new(definition) }).await;
    for (user, name) in [(KIM, "kim"), (LEE, "lee")] {
        reply(handle, CreateUser { user, username: Username::plain(name), email: None }).await;
        reply(handle, Charge { user, amount: 10_000, charger: Charger::Public }).await;
    }
}

async fn join(handle: &Handle, user: UserId) -> PlaceRef {
    let joined = reply(handle, Join { concert: CONCERT, user, early_ends: EarlyEnds::default() }).await;
    PlaceRef { concert: CONCERT, sequence: joined.place().sequence, user }
}

async fn reserve(handle: &Handle, place_ref: PlaceRef, seat: u32) -> Result<Answer<Reserved>, SubmitError> {
    let selection = Selection::Seats(vec![seat]);
    handle
        .submit_of_place(
            place_ref,
            Reserve { place_ref, user: place_ref.user, date: date(), selection },
            Caller::default(),
        )
        .await
}

fn pay(place_ref: PlaceRef, seat: u32) -> Pay {
    let (payment, tickets) = (PaymentId(7), vec![TicketId(8)]);
    Pay { place_ref, user: place_ref.user, seats: SeatKey::of_date(date(), &[seat]), payment, tickets }
}

#[tokio::test]
async fn what_was_answered_is_there_after_the_next_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let one = node(folder.path(), Settings::default());
    let handle = one.handle();
    furnish(&handle).await;
    let (kim, lee) = (join(&handle, KIM).await, join(&handle, LEE).await);
    reserve(&handle, kim, 1).await.expect("seat 1 is free");
    let Ok(Answer { reply: held, .. }) = reserve(&handle, lee, 2).await else { panic!("seat 2 is free") };
    reply(&handle, pay(kim, 1)).await;
    drop(handle); // A handle keeps the data folder locked.
    one.stop().expect("it stops in order");

    let two = node(folder.path(), Settings::default());
    let handle = two.handle();
    assert_eq!(handle.standing(kim), Err(Rejection::PlaceEnded(EndReason::Paid).into()));
    let PlaceView::Active { expires_at, .. } = handle.standing(lee).expect("lee's place lives") else {
        panic!("ACTIVE")
    };
    assert_eq!(expires_at, held.expires_at);
    assert_eq!(balance_of_kim(&handle), 5_000);
    let text = |array| String::from_utf8(coded(&[Part::Shared(array)], Coding::Identity).concat()).expect("text");
    let (map, mine) = handle.seat_map(lee, date()).expect("the date exists");
    assert_eq!(mine, [2]);
    let statuses: Vec<String> = serde_json::from_str::<Vec<serde_json::Value>>(&text(map.seats))
        .expect("JSON")
        .iter()
        .map(|seat| seat["status"].as_str().expect("a status").to_owned())
        .collect();
    assert_eq!(statuses, ["sold", "held", "free"]);
    assert_eq!(text(handle.available(CONCERT, date()).expect("the date exists")), "[3]");
    assert_eq!(reserve(&handle, lee, 1).await, Err(Rejection::SeatTaken { seat: 1 }.into()));
    two.stop().expect("it stops in order");
}

fn balance_of_kim(handle: &Handle) -> u64 {
    handle.store().get::<tables::Wallets>(&KIM).expect("readable").expect("a wallet").balance
}

#[tokio::test]
async fn a_lost_claim_is_answered_without_the_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = node(folder.path(), Settings::default());
    let handle = node.handle();
    furnish(&handle).await;
    let (kim, lee) = (join(&handle, KIM).await, join(&handle, LEE).await);
    reserve(&handle, kim, 1).await.expect("seat 1 is free");
    let logged = handle.read(|state| *state.totals());
    for _ in 0..100 {
        assert_eq!(reserve(&handle, lee, 1).await, Err(Rejection::SeatTaken { seat: 1 }.into()));
        assert_eq!(
            handle.submit(pay(lee, 1), Caller::default()).await,
            Err(Rejection::ReservationNotFound { seat: 1 }.into())
        );
    }
    assert_eq!(handle.read(|state| *state.totals()), logged, "no command reached the writer");
    node.stop().expect("it stops in order");
}

#[tokio::test]
async fn refused_requests_are_counted_by_concert() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = node(folder.path(), Settings::default());
    let handle = node.handle();
    furnish(&handle).await;
    let (kim, lee) = (join(&handle, KIM).await, join(&handle, LEE).await);
    reserve(&handle, kim, 1).await.expect("seat 1 is free");
    for _ in 0..2 {
        assert_eq!(reserve(&handle, lee, 1).await, Err(Rejection::SeatTaken { seat: 1 }.into()));
    }
    assert_eq!(handle.shared.refusals.take(), [(CONCERT, 2)]);
    node.stop().expect("it stops in order");
}

#[tokio::test]
async fn a_retry_waits_for_the_first_and_gets_its_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = node(folder.path(), Settings::default());
    let handle = node.handle();
    furnish(&handle).await;
    let key = IdempotencyKey { scope: KeyScope::User(KIM), key: "once".into() };
    let idempotency = Idempotency { key: key.clone(), fingerprint: 1 };
    let Ok(KeyState::First(guard)) = handle.claim_key(idempotency.clone()).await else { panic!("it is the first") };
    let retry = handle.claim_key(idempotency.clone());
    tokio::pin!(retry);
    assert!(futures_util::poll!(&mut retry).is_pending(), "the retry waits");
    let charge = Charge { user: KIM, amount: 500, charger: Charger::Public };
    {
        // The caller of the first goes away; its command is on its way all the same.
        let first = handle.submit(charge, Caller { key: Some(guard), by: None });
        tokio::pin!(first);
        assert!(futures_util::poll!(&mut first).is_pending());
    }
    let Ok(KeyState::Kept(Reply::Charged(Charged { balance, .. }))) = retry.await else {
        panic!("the answer was kept")
    };
    assert_eq!(balance, 10_500);
    let other = Idempotency { key, fingerprint: 2 };
    assert_eq!(handle.claim_key(other).await.err(), Some(Rejection::IdempotencyKeyReused.into()));
    assert_eq!(balance_of_kim(&handle), 10_500);
    node.stop().expect("it stops in order");
}

#[tokio::test]
async fn a_place_that_nobody_asks_after_is_abandoned_and_one_that_is_seen_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = Settings { max_active: Some(1), abandon_seconds: Some(1), ..Settings::default() };
    let node = node(folder.path(), settings);
    let handle = node.handle();
    furnish(&handle).await;
    reply(&handle, CreateUser { user: UserId(3), username: Username::plain("park"), email: None }).await;
    let (_, lee, park) = (join(&handle, KIM).await, join(&handle, LEE).await, join(&handle, UserId(3)).await);
    let mut changes = handle.watch_concert(CONCERT);
    loop {
        match handle.ask_after(park).await.expect("park is seen all the time").view {
            PlaceView::Waiting { position: 1, .. } => break,
            PlaceView::Waiting { .. } => {}
            PlaceView::Active { .. } => panic!("kim is still ACTIVE"),
        }
        let tick = tokio::time::timeout(std::time::Duration::from_millis(100), changes.changed());
        drop(tick.await);
    }
    assert_eq!(handle.standing(lee), Err(Rejection::PlaceEnded(EndReason::Abandoned).into()));
    node.stop().expect("it stops in order");
}

#[tokio::test]
async fn a_command_is_judged_at_no_earlier_instant_than_its_caller_has_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = node(folder.path(), Settings { hold_seconds: 1, ..Settings::default() });
    let handle = node.handle();
    furnish(&handle).await;
    let (kim, lee) = (join(&handle, KIM).await, join(&handle, LEE).await);
    let Ok(Answer { reply: held, .. }) = reserve(&handle, kim, 1).await else { panic!("seat 1 is free") };
    // While the state is held the writer can begin an entry and not finish it.
    let state = handle.shared.replica.look();
    let first = handle.send(Charge { user: KIM, amount: 1, charger: Charger::Public }.into(), Caller::default());
    let mut now = handle.now();
    while now.0 < held.expires_at.0 {
        std::thread::sleep(std::time::Duration::from_millis(5));
        now = handle.now();
    }
    let selection = Selection::Seats(vec![1]);
    let command = Reserve { place_ref: lee, user: LEE, date: date(), selection };
    let second = handle.send(command.into(), Caller::default()).expect("there is room");
    drop(state);
    first.expect("there is room").await.expect("an answer").expect("a charge");
    second.await.expect("an answer").expect("lee has read that the seat is free");
    node.stop().expect("it stops in order");
}
