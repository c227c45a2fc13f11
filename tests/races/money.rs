//! The same request again and again at once, and many movements of one wallet.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::crowd::{at_once, held, tally};
use crate::harness::app::{App, text};
use crate::harness::client::Answer;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_user_a_hundred_times_at_once() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let answers = at_once((0..100).map(|_| app.reserving(&kim, json!({"seat": 7})))).await;
    let ends: BTreeSet<_> = answers.iter().map(|answer| text(&answer.success(200)["expiresAt"])).collect();
    assert_eq!(ends.len(), 1, "one hold, one time: {ends:?}");
    assert_eq!(count_events(&app, "seat.held").await, 1);

    // One idempotency key: one change, and everybody gets its answer.
    let answers = at_once((0..100).map(|_| app.charging(&kim.user, 100).key("charge"))).await;
    assert_one_change(&answers);
    assert_eq!(app.balance(&kim.user).await, 100);
    let answers =
        at_once((0..100).map(|_| app.reserving(&kim, json!({"bestAvailable": {"count": 1}})).key("best"))).await;
    assert_one_change(&answers);
    assert_eq!(held(&app, &kim).await.len(), 2);
    app.charge(&kim.user, 9_900).await;
    let answers = at_once((0..100).map(|_| app.paying(&kim, json!({"seat": 7})).key("pay"))).await;
    assert_one_change(&answers);
    assert_eq!(app.balance(&kim.user).await, 5_000);
    app.stop_and_verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_charges_of_one_wallet() {
    let app = App::start(&["sale.seat_limit=1"]);
    for id in ["spring", "summer"] {
        app.concert(id, json!({})).await;
    }
    let kim = app.user("kim").await;
    let answers = at_once((1..=300).map(|amount| app.charging(&kim, amount))).await;
    let balances: BTreeSet<_> = answers.iter().map(|answer| answer.success(200)["newBalance"].as_u64()).collect();
    assert_eq!(balances.len(), 300, "every charge sees the one before it");
    assert_eq!(app.balance(&kim).await, 300 * 301 / 2);
    assert_ledger_adds_up(&app, &kim, 300).await;

    // Two payments of one wallet that has enough for one of them.
    for round in 0..10 {
        let lee = app.user(&format!("lee-{round}")).await;
        app.charge(&lee, 5_000).await;
        let (spring, summer) = (app.join(&lee, "spring").await, app.join(&lee, "summer").await);
        let seat = json!({"seat": round + 1});
        at_once([app.reserving(&spring, seat.clone()), app.reserving(&summer, seat.clone())]).await;
        let answers = at_once([app.paying(&spring, seat.clone()), app.paying(&summer, seat)]).await;
        let expected = [("200".to_owned(), 1), ("400 INSUFFICIENT_BALANCE".to_owned(), 1)];
        assert_eq!(tally(&answers), BTreeMap::from(expected));
        assert_eq!(app.balance(&lee).await, 0);
    }
    app.stop_and_verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_twice_at_once() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    for round in 0..10 {
        let kim = app.guest(&format!("kim-{round}"), "spring").await;
        app.charge(&kim.user, 5_000).await;
        app.reserving(&kim, json!({"seat": 3})).await.success(200);
        let payment = text(&app.paying(&kim, json!({"seat": 3})).await.success(200)["paymentId"]);
        let answers = at_once((0..10).map(|_| app.refunding(&payment))).await;
        assert_eq!(tally(&answers), BTreeMap::from([("200".to_owned(), 1), ("409 ALREADY_REFUNDED".to_owned(), 9)]));
        assert_ledger_adds_up(&app, &kim.user, 3).await;
        assert_eq!(app.balance(&kim.user).await, 5_000);
    }
    app.stop_and_verify();
}

/// All answers are the same; one of them is the change, the others are its replay.
fn assert_one_change(answers: &[Answer]) {
    let fresh = answers.iter().filter(|answer| answer.header("idempotent-replayed").is_none());
    assert_eq!(fresh.count(), 1);
    for answer in answers {
        answer.success(200);
        assert_eq!(answer.bytes, answers[0].bytes);
    }
}

async fn count_events(app: &App, kind: &str) -> usize {
    let page = app.operator("GET", "/api/v1/admin/events?limit=100").await.success(200);
    page["events"].as_array().unwrap().iter().filter(|event| event["type"] == kind).count()
}

/// The whole ledger of a user: as many entries as expected, each balance the sum of the amounts up to it.
async fn assert_ledger_adds_up(app: &App, user: &str, count: usize) {
    let (mut entries, mut more): (Vec<Value>, String) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("/api/v1/users/{user}/ledger?limit=100{more}")).await.success(200);
        entries.extend(page["entries"].as_array().unwrap().clone());
        match page["nextCursor"].as_str() {
            Some(cursor) => more = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(entries.len(), count);
    let mut sum = 0;
    for entry in entries.iter().rev() {
        sum += entry["amount"].as_i64().unwrap();
        assert_eq!(entry["balance"], sum, "{entry}");
    }
    assert_eq!(app.balance(user).await as i64, sum);
}
