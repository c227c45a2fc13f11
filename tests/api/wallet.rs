//! The wallet: charge, balance, ledger, who may charge, and the guard over the wallet's endpoints.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, text, time_ms};
use crate::shape::{NO_INTEGERS, assert_invalid, assert_names, assert_waiting};

const NOBODY: &str = "11111111-2222-4333-8444-555555555555";

#[tokio::test]
async fn a_charge_adds_to_the_balance() {
    let app = App::start(&[]);
    let kim = app.user("kim").await;
    let body = app.charging(&kim, 10_000).await.success(200);
    assert_names(&body, &["userId", "newBalance", "currency", "entryId", "chargedAt"]);
    assert_eq!((&body["userId"], &body["newBalance"]), (&json!(kim), &json!(10_000)));
    time_ms(&body["chargedAt"]);
    assert_eq!(app.charging(&kim, 1).await.success(200)["newBalance"], 10_001);
    // Ids are taken in either case and answered in lower case; fields that are not asked for have no effect.
    let path = format!("/api/v1/users/{}/balance/charge", kim.to_uppercase());
    let body = app.post(&path).json(json!({"amount": 5, "newBalance": 0, "userId": NOBODY})).await.success(200);
    assert_eq!((&body["userId"], &body["newBalance"]), (&json!(kim), &json!(10_006)));
    let body = app.get(&format!("/api/v1/users/{}/balance", kim.to_uppercase())).await.success(200);
    assert_eq!(body, json!({"userId": kim, "balance": 10_006, "currency": "KRW"}));
}

#[tokio::test]
async fn an_amount_outside_its_bounds_is_refused() {
    let app = App::start(&["wallet.charge_max=1000"]);
    let kim = app.user("kim").await;
    let path = format!("/api/v1/users/{kim}/balance/charge");
    for amount in ["0", "-1", "1001", "9223372036854775807", "-9223372036854775808"] {
        let answer = app.post(&path).text(format!(r#"{{"amount":{amount}}}"#)).await;
        let body = answer.refused(400, "INVALID_AMOUNT");
        assert_eq!(body["message"], "Invalid charge amount.");
    }
    for amount in NO_INTEGERS {
        assert_invalid(&app.post(&path).text(format!(r#"{{"amount":{amount}}}"#)).await, &["amount"]);
    }
    assert_invalid(&app.post(&path).text("{}").await, &["amount"]);
    app.charging(&kim, 1000).await.success(200);
    assert_eq!(app.balance(&kim).await, 1000);
}

#[tokio::test]
async fn unknown_and_malformed_users_have_no_wallet() {
    let app = App::start(&[]);
    for path in ["balance", "ledger", "payments"] {
        let body = app.get(&format!("/api/v1/users/{NOBODY}/{path}")).await.refused(404, "USER_NOT_FOUND");
        assert_eq!(body["message"], "User not found.");
        for id in ["kim", "7", "11111111-2222-4333-8444-55555555555g"] {
            assert_invalid(&app.get(&format!("/api/v1/users/{id}/{path}")).await, &["userId"]);
        }
    }
    app.charging(NOBODY, 5).await.refused(404, "USER_NOT_FOUND");
    assert_invalid(&app.charging("kim", 5).await, &["userId"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wallet_has_a_limit() {
    const LIMIT: u64 = 9_007_199_254_740_991;
    const STEP: u64 = 1_000_000_000_000;
    let app = App::start(&["wallet.charge_max=1000000000000"]);
    let kim = app.user("kim").await;
    let workers: Vec<_> = (0..LIMIT / STEP)
        .map(|_| {
            let call = app.charging(&kim, STEP);
            tokio::spawn(async move { call.await.success(200) })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let refused = app.charging(&kim, STEP).await.refused(400, "BALANCE_LIMIT");
    assert_eq!(refused["most"], LIMIT % STEP, "what would do");
    assert_eq!(app.charging(&kim, LIMIT % STEP).await.success(200)["newBalance"], LIMIT);
    app.charging(&kim, 1).await.refused(400, "BALANCE_LIMIT");
    assert_eq!(app.balance(&kim).await, LIMIT);

    // A refund into a full wallet is refused rather than lost, and nothing else is.
    app.concert("spring", json!({})).await;
    let place = app.join(&kim, "spring").await;
    app.reserving(&place, json!({"seat": 1})).await.success(200);
    let payment = text(&app.paying(&place, json!({"seat": 1})).await.success(200)["paymentId"]);
    app.charge(&kim, 5_000).await;
    app.refunding(&payment).await.refused(400, "BALANCE_LIMIT");
    assert_eq!(app.balance(&kim).await, LIMIT);
    app.stop_and_verify();
}

#[tokio::test]
async fn the_ledger_tells_every_movement_newest_first() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let mut ids = Vec::new();
    for amount in [4_000, 3_000, 2_000, 1_000] {
        ids.push(app.charging(&kim.user, amount).await.success(200)["entryId"].clone());
    }
    app.reserving(&kim, json!({"seat": 5})).await.success(200);
    let payment = text(&app.paying(&kim, json!({"seat": 5})).await.success(200)["paymentId"]);
    app.refunding(&payment).await.success(200);

    let path = format!("/api/v1/users/{}/ledger", kim.user);
    let body = app.get(&path).await.success(200);
    assert_names(&body, &["entries", "currency", "nextCursor"]);
    assert!(body["nextCursor"].is_null());
    let entries = body["entries"].as_array().unwrap();
    let told: Vec<_> = entries.iter().map(|entry| (&entry["kind"], &entry["amount"], &entry["balance"])).collect();
    let expected = [
        ("refund", 5_000, 10_000),
        ("payment", -5_000, 5_000),
        ("charge", 1_000, 10_000),
        ("charge", 2_000, 9_000),
        ("charge", 3_000, 7_000),
        ("charge", 4_000, 4_000),
    ]
    .map(|(kind, amount, balance)| (json!(kind), json!(amount), json!(balance)));
    assert_eq!(told, expected.iter().map(|(kind, amount, balance)| (kind, amount, balance)).collect::<Vec<_>>());
    for entry in entries {
        assert_names(entry, &["entryId", "kind", "amount", "balance", "at", "paymentId?"]);
        time_ms(&entry["at"]);
    }
    assert_eq!((&entries[0]["paymentId"], &entries[1]["paymentId"]), (&json!(payment), &json!(payment)));
    let charged: Vec<_> = entries[2..].iter().rev().map(|entry| entry["entryId"].clone()).collect();
    assert_eq!(charged, ids);

    let mut paged = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let more = if cursor.is_null() { String::new() } else { format!("&cursor={}", text(&cursor)) };
        let page = app.get(&format!("{path}?limit=4{more}")).await.success(200);
        assert!(page["entries"].as_array().unwrap().len() <= 4);
        paged.extend(page["entries"].as_array().unwrap().clone());
        cursor = page["nextCursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(&paged, entries);
    for query in ["limit=0", "limit=101", "limit=x", "limit=-1", "limit=1.0", "limit="] {
        assert_invalid(&app.get(&format!("{path}?{query}")).await, &["limit"]);
    }
    app.get(&format!("{path}?limit=100")).await.success(200);
    assert_invalid(&app.get(&format!("{path}?cursor=no-cursor-of-ours")).await, &["cursor"]);
}

#[tokio::test]
async fn a_page_holds_twenty_entries_by_default() {
    let app = App::start(&[]);
    let kim = app.user("kim").await;
    for _ in 0..21 {
        app.charge(&kim, 1).await;
    }
    let page = app.get(&format!("/api/v1/users/{kim}/ledger")).await.success(200);
    assert_eq!(page["entries"].as_array().unwrap().len(), 20);
    let rest = format!("/api/v1/users/{kim}/ledger?cursor={}", text(&page["nextCursor"]));
    let rest = app.get(&rest).await.success(200);
    assert_eq!(rest["entries"].as_array().unwrap().len(), 1);
    assert!(rest["nextCursor"].is_null());
}

#[tokio::test]
async fn pages_neither_skip_nor_repeat_while_the_list_grows() {
    let app = App::start(&[]);
    let kim = app.user("kim").await;
    for amount in 1..=5 {
        app.charge(&kim, amount).await;
    }
    let path = format!("/api/v1/users/{kim}/ledger?limit=2");
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for round in 0..3 {
        let page = app.get(&format!("{path}{cursor}")).await.success(200);
        seen.extend(page["entries"].as_array().unwrap().iter().map(|entry| entry["amount"].as_u64().unwrap()));
        app.charge(&kim, 10 + round).await;
        cursor = page["nextCursor"].as_str().map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
    }
    assert_eq!((seen, cursor.as_str()), (vec![5, 4, 3, 2, 1], ""));
}

#[tokio::test]
async fn the_operator_alone_charges_where_the_setting_says_so() {
    let app = App::start(&["wallet.charge=operator"]);
    let kim = app.user("kim").await;
    app.charging(&kim, 5).await.refused(401, "TOKEN_INVALID");
    app.charging(&kim, 5).bearer("not-the-key").await.refused(401, "TOKEN_INVALID");
    let path = format!("/api/v1/users/{kim}/balance/charge");
    app.operator("POST", &path).json(json!({"amount": 5})).await.success(200);
    let first = app.operator("POST", &path).key("k").json(json!({"amount": 5})).await;
    assert_eq!(first.success(200)["newBalance"], 10);
    let again = app.operator("POST", &path).key("k").json(json!({"amount": 5})).await;
    assert_eq!((again.bytes, again.headers["idempotent-replayed"].as_bytes()), (first.bytes, b"true".as_slice()));
    assert_eq!(app.balance(&kim).await, 10);
}

#[tokio::test]
async fn the_guard_over_everything_asks_for_an_active_place() {
    let app = App::start(&["queue.guard=all"]);
    app.concert("spring", json!({"queue": {"maxActive": 1, "admitCount": null}})).await;
    let kim = app.user("kim").await;
    let reads = ["balance", "ledger", "payments"].map(|path| format!("/api/v1/users/{kim}/{path}"));
    for path in &reads {
        app.get(path).await.refused(403, "QUEUE_WAITING");
    }
    app.charging(&kim, 5).await.refused(403, "QUEUE_WAITING");
    app.reservations(&kim, "spring").await.refused(403, "QUEUE_WAITING");

    let kim = app.join(&kim, "spring").await;
    for path in &reads {
        app.get(path).await.success(200);
    }
    app.charge(&kim.user, 5_000).await;
    app.reserving(&kim, json!({"seat": 1, "date": DATE})).await.success(200);
    app.reservations(&kim.user, "spring").await.success(200);

    let lee = app.guest("lee", "spring").await;
    assert_eq!(lee.joined["status"], "WAITING");
    assert_waiting(&app.charging(&lee.user, 5).await, 1);
}
