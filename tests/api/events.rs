//! The feed of committed changes, by pages and as a stream.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use jari::domain::{Anchor, Charger, Command, Stamped, Timestamp, UserId, Username, commands};
use jari::log::Entry;
use jari::replica::{self, Applied, Fate};
use jari::storage;
use serde_json::{Value, json};

use crate::harness::app::{App, DATE, eventually, text, time_ms};
use crate::harness::client::Answer;
use crate::harness::process::Folder;
use crate::harness::stream::Stream;
use crate::shape::{assert_invalid, assert_names};

const EVENTS: &str = "/api/v1/admin/events";
const DAY_MS: i64 = 86_400_000;
const TYPES: [&str; 10] = [
    "token.issued",
    "token.activated",
    "token.ended",
    "seat.held",
    "seat.released",
    "seat.sold",
    "payment.paid",
    "payment.refunded",
    "wallet.charged",
    "concert.changed",
];

#[tokio::test]
async fn every_change_is_told_in_order_without_gaps() {
    let mut app = App::start(&[]);
    journey(&app, "kim").await;
    let events = all_events(&app, 3).await;
    for (seq, event) in (1..).zip(&events) {
        assert_eq!(event["seq"], seq, "from 1 without gaps or repeats");
        assert_names(event, &["seq", "type", "at", "concertId?", "by?", "data"]);
        assert!(event["data"].is_object(), "{event}");
    }
    let times: Vec<_> = events.iter().map(|event| time_ms(&event["at"])).collect();
    assert!(times.is_sorted(), "commit order: {times:?}");
    let types: BTreeSet<_> = events.iter().map(|event| text(&event["type"])).collect();
    assert_eq!(types, TYPES.map(str::to_owned).into_iter().collect());
    for event in &events {
        let of_a_concert = event["type"] != "wallet.charged";
        assert_eq!(event["concertId"] == "spring", of_a_concert, "{event}");
    }
    let count = |kind: &str| events.iter().filter(|event| event["type"] == kind).count();
    for kind in ["wallet.charged", "payment.paid", "payment.refunded", "token.issued", "token.activated", "token.ended"]
    {
        assert_eq!(count(kind), 1, "{kind}");
    }

    // The feed is durable, and goes on after a restart.
    app.process.kill();
    app.start_again();
    assert_eq!(all_events(&app, 100).await, events);
    app.user("lee").await;
    app.guest("park", "spring").await;
    let more = all_events(&app, 100).await;
    assert_eq!(more[..events.len()], events);
    assert_eq!(more[events.len()]["seq"], events.len() + 1);
}

#[tokio::test]
async fn the_feed_comes_in_pages() {
    let app = App::start(&[]);
    journey(&app, "kim").await;
    let all = all_events(&app, 100).await;
    let page = app.operator("GET", &format!("{EVENTS}?after=2&limit=3")).await.success(200);
    assert_names(&page, &["events", "next", "oldest", "newest"]);
    assert_eq!(page["events"].as_array().unwrap()[..], all[2..5]);
    assert_eq!(page["next"], 5, "what to ask `after` with for the rest");
    let end = all.len();
    let page = app.operator("GET", &format!("{EVENTS}?after={end}")).await.success(200);
    assert_eq!(page, json!({"events": [], "next": end, "oldest": 1, "newest": end}));
    for query in ["limit=0", "limit=101", "limit=x"] {
        assert_invalid(&app.operator("GET", &format!("{EVENTS}?{query}")).await, &["limit"]);
    }
    for query in ["after=x", "after=-1", "after=1.0", "after=99999999999999999999"] {
        assert_invalid(&app.operator("GET", &format!("{EVENTS}?{query}")).await, &["after"]);
    }
}

#[tokio::test]
async fn a_cursor_beyond_the_newest_event_is_gone() {
    let app = App::start(&[]);
    let page = app.operator("GET", EVENTS).await.success(200);
    assert_eq!(page, json!({"events": [], "next": 0, "oldest": 1, "newest": 0}));
    app.operator("GET", &format!("{EVENTS}?after=0")).await.success(200);
    assert_gone(&app.operator("GET", &format!("{EVENTS}?after=1")).await, 1, 0);
    journey(&app, "kim").await;
    let newest = all_events(&app, 100).await.len() as u64;
    for after in [newest + 1, newest + 1_000, u64::MAX - 1, u64::MAX] {
        assert_gone(&app.operator("GET", &format!("{EVENTS}?after={after}&limit=1")).await, 1, newest);
        let stream = format!("{EVENTS}/stream?after={after}");
        assert_gone(&app.operator("GET", &stream).await, 1, newest);
        let resumed = app.operator("GET", &format!("{EVENTS}/stream")).header("last-event-id", &after.to_string());
        assert_gone(&resumed.await, 1, newest);
    }
    // The header wins, and is no number of an event when it is anything else.
    for id in ["", "x", "-1", "1.0", "+1", "1,2", "99999999999999999999", "é"] {
        let call = app.operator("GET", &format!("{EVENTS}/stream")).header("last-event-id", id);
        assert_invalid(&call.await, &["Last-Event-ID", "Last"]);
    }
    let path = format!("{EVENTS}/stream?after={}", newest + 1);
    let last = format!("Last-Event-ID: {}", newest - 1);
    let mut stream = Stream::open(app.process.address, &path, &operator_key(&app), &last).await;
    assert_eq!(stream.next().await.unwrap().id, Some(newest.to_string()));
}

#[tokio::test]
async fn a_cursor_below_the_oldest_event_that_is_kept_is_gone() {
    let folder = Folder::new();
    // Three events of two months ago, which the start or the first change after it drops.
    let mut opened = replica::open(&storage::Options { data_dir: folder.data(), cache_bytes: 16 << 20 }).unwrap();
    let user = UserId(uuid::Uuid::new_v4().as_u128());
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = Timestamp(i64::try_from(since_epoch.as_millis()).unwrap() - 60 * DAY_MS);
    // Written in another boot of the machine, so that the wall clock says how long ago.
    let anchor = Anchor { boot: 1, ..Anchor::default() };
    let mut commands = vec![
        Command::SetClock(commands::SetClock { anchor }),
        Command::CreateUser(commands::CreateUser { user, username: Username::plain("kim"), email: None }),
    ];
    commands.extend((1..=3).map(|amount| Command::Charge(commands::Charge { user, amount, charger: Charger::Public })));
    for command in commands {
        let stamped = Stamped { now, idempotency: None, by: None, command };
        let entry = Entry::alone(opened.log.last().next(), vec![stamped]);
        opened.log.append(std::slice::from_ref(&entry)).unwrap();
        let mut each = |applied: Applied<'_>| assert!(matches!(applied.fate, Fate::Applied(Ok(_), _)));
        opened.replica.apply(&entry, opened.log.position(), &mut each).unwrap();
    }
    opened.log.seal().unwrap();
    opened.replica.store().stop().unwrap();
    drop(opened);

    let app = App::start_in(folder, &[]);
    let lee = app.user("lee").await;
    app.charge(&lee, 7).await;
    let page = eventually("the old events are dropped", async || {
        let page = app.operator("GET", EVENTS).await.success(200);
        (page["oldest"] == 4).then_some(page)
    })
    .await;
    // Without a cursor the feed begins with the oldest event.
    assert_eq!((&page["events"][0]["seq"], &page["next"], &page["newest"]), (&json!(4), &json!(4), &json!(4)));
    for after in [0, 1, 2] {
        assert_gone(&app.operator("GET", &format!("{EVENTS}?after={after}")).await, 4, 4);
        assert_gone(&app.operator("GET", &format!("{EVENTS}/stream?after={after}")).await, 4, 4);
    }
    // Nothing lies between this event, which is dropped, and the oldest one.
    let page = app.operator("GET", &format!("{EVENTS}?after=3")).await.success(200);
    assert_eq!(page["events"][0]["seq"], 4);
    let path = format!("{EVENTS}/stream");
    let mut stream = Stream::open(app.process.address, &path, &operator_key(&app), "").await;
    assert_eq!(stream.next().await.unwrap().id.as_deref(), Some("4"));
}

#[track_caller]
fn assert_gone(answer: &Answer, oldest: u64, newest: u64) {
    let body = answer.refused(410, "CURSOR_GONE");
    assert_eq!((&body["oldest"], &body["newest"]), (&json!(oldest), &json!(newest)), "{}", answer.story());
}

fn operator_key(app: &App) -> String {
    std::fs::read_to_string(app.folder.data().join("operator.key")).unwrap().trim().to_owned()
}

#[tokio::test]
async fn the_stream_follows_the_feed() {
    let app = App::start(&[]);
    journey(&app, "kim").await;
    let all = all_events(&app, 100).await;
    let key = operator_key(&app);
    let path = format!("{EVENTS}/stream");
    let mut resumed = Stream::open(app.process.address, &path, &key, "Last-Event-ID: 3").await;
    for expected in &all[3..] {
        let event = resumed.next().await.unwrap();
        assert_eq!(&event.data, expected);
        assert_eq!(event.id, Some(expected["seq"].to_string()));
    }
    // What is committed from now on follows.
    let lee = app.user("lee").await;
    app.charge(&lee, 7).await;
    let event = resumed.next().await.unwrap();
    assert_eq!((&event.data["type"], &event.data["seq"]), (&json!("wallet.charged"), &json!(all.len() + 1)));
}

#[tokio::test]
async fn refusals_and_replays_tell_nothing() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    app.reserving(&kim, json!({"seat": 1})).key("k").await.success(200);
    let before = all_events(&app, 100).await;
    app.reserving(&kim, json!({"seat": 1})).key("k").await.success(200);
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    app.reserving(&lee, json!({"seat": 1})).await.refused(409, "SEAT_TAKEN");
    app.paying(&kim, json!({"seat": 1})).await.refused(400, "INSUFFICIENT_BALANCE");
    app.joining(&kim.user, "spring").await.success(200);
    assert_eq!(all_events(&app, 100).await, before);
}

#[tokio::test]
async fn changes_of_a_concert_are_told() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let path = "/api/v1/admin/concerts/spring";
    app.operator("PATCH", path).json(json!({"title": "Renamed"})).await.success(200);
    app.operator("PUT", &format!("{path}/queue")).json(json!({"maxActive": 3})).await.success(200);
    let events = all_events(&app, 100).await;
    assert_eq!(events.len(), 3, "{events:?}");
    for event in events {
        assert_eq!((&event["type"], &event["concertId"]), (&json!("concert.changed"), &json!("spring")));
    }
}

#[tokio::test]
async fn seats_are_told_in_the_words_of_the_plan_as_it_stands() {
    let app = App::start(&[]);
    let stalls = |label: &str, second: Value| {
        let rows = json!([{"label": "A", "seats": 2}, {"label": label, "seats": 2, "firstNumber": 7}, second]);
        json!([{"name": "Stalls", "rows": rows, "price": 1_000}])
    };
    let dates = |sections: Value| json!({"dates": [{"date": DATE, "sections": sections}], "transfers": true});
    app.concert("spring", dates(stalls("B", json!({"label": "C", "seats": 2})))).await;
    let guest = app.guest("kim", "spring").await;
    app.charge(&guest.user, 5_000).await;
    app.reserving(&guest, json!({"seats": [2, 3]})).await.success(200);
    app.canceling(&guest, json!({"seat": 2})).await.success(200);
    let paid = app.paying(&guest, json!({"seat": 3})).await.success(200);
    let path = format!("/api/v1/admin/concerts/spring/dates/{DATE}");
    let blocked = json!({"seats": [6], "reason": "a camera"});
    app.operator("POST", &format!("{path}/block")).json(blocked).await.success(200);
    app.operator("POST", &format!("{path}/release")).json(json!({"seats": [6]})).await.success(200);
    let lee = app.user("lee").await;
    let ticket = format!("/api/v1/tickets/{}/transfer", text(&paid["tickets"][0]["ticketId"]));
    let offer = app.post(&ticket).json(json!({"userId": guest.user})).await.success(200);
    let accept = json!({"userId": lee, "code": offer["transferCode"]});
    let accepted = app.post("/api/v1/transfers/accept").json(accept).await.success(200);
    let code = json!({"code": accepted["ticket"]["code"], "device": "d"});
    app.operator("POST", "/api/v1/admin/check-ins").json(code).await.success(200);
    let entry = format!("/api/v1/admin/check-ins/{}", text(&accepted["ticket"]["ticketId"]));
    app.operator("DELETE", &entry).json(json!({"device": "d"})).await.success(200);
    app.refunding(&text(&paid["paymentId"])).await.success(200);

    let events = all_events(&app, 100).await;
    let labels = |events: &[Value], kind: &str| -> Vec<Value> {
        let of_kind = events.iter().filter(|event| event["type"] == kind).map(|event| &event["data"]);
        let seats = of_kind.flat_map(|data| data["items"].as_array().cloned().unwrap_or_else(|| vec![data.clone()]));
        seats.map(|seat| json!([seat["seat"], seat["rowLabel"], seat["label"]])).collect()
    };
    let (second, third) = (json!([2, "A", "A-2"]), json!([3, "B", "B-7"]));
    for (kind, expected) in [
        ("seat.held", vec![&second, &third]),
        ("seat.released", vec![&second, &third]),
        ("seat.sold", vec![&third]),
        ("payment.paid", vec![&third]),
        ("payment.refunded", vec![&third]),
        ("ticket.transferred", vec![&third]),
        ("ticket.used", vec![&third]),
        ("ticket.returned", vec![&third]),
        ("seat.blocked", vec![&json!([6, "C", "C-2"])]),
        ("seat.unblocked", vec![&json!([6, "C", "C-2"])]),
    ] {
        assert_eq!(labels(&events, kind).iter().collect::<Vec<_>>(), expected, "{kind}");
    }

    // All is free: the row is called otherwise, and the last one loses a seat.
    let renamed = dates(stalls("X", json!({"label": "C", "seats": 1})));
    app.operator("PATCH", "/api/v1/admin/concerts/spring").json(renamed).await.success(200);
    let events = all_events(&app, 100).await;
    assert_eq!(labels(&events, "seat.sold"), [json!([3, "X", "X-7"])]);
    let blocked = events.iter().find(|event| event["type"] == "seat.blocked").unwrap();
    assert_names(&blocked["data"], &["date", "seat", "reason"]);
    let mut stream = Stream::open(app.process.address, &format!("{EVENTS}/stream"), &operator_key(&app), "").await;
    for event in &events {
        assert_eq!(&stream.next().await.unwrap().data, event, "the stream tells the same");
    }
}

/// One concert, one user: charge, hold three seats, cancel one, pay one, refund.
async fn journey(app: &App, name: &str) {
    app.concert("spring", json!({})).await;
    let guest = app.guest(name, "spring").await;
    app.charge(&guest.user, 5_000).await;
    app.reserving(&guest, json!({"seats": [1, 2, 3]})).await.success(200);
    app.canceling(&guest, json!({"seat": 1})).await.success(200);
    let payment = app.paying(&guest, json!({"seat": 2})).await.success(200);
    app.refunding(&text(&payment["paymentId"])).await.success(200);
}

/// The whole feed, read in pages of this size.
async fn all_events(app: &App, limit: usize) -> Vec<Value> {
    let (mut events, mut after) = (Vec::new(), 0);
    loop {
        let page = app.operator("GET", &format!("{EVENTS}?after={after}&limit={limit}")).await.success(200);
        let page_events = page["events"].as_array().unwrap();
        if page_events.is_empty() {
            return events;
        }
        assert!(page_events.len() <= limit);
        events.extend(page_events.clone());
        after = page["next"].as_u64().unwrap();
    }
}
