//! Many gates and the same tickets.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::crowd::{at_once, tally};
use crate::harness::app::{App, text};

const GATES: usize = 20;

/// The tickets of seats 1 to `count`, which one user has paid.
async fn tickets(app: &App, count: u32) -> Vec<Value> {
    app.concert("spring", json!({"seatLimit": 50})).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 500_000).await;
    let seats: Vec<u32> = (1..=count).collect();
    app.reserving(&kim, json!({ "seats": seats })).await.success(200);
    let paid = app.paying(&kim, json!({ "seats": seats })).await.success(200);
    paid["tickets"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_gates_scan_the_same_tickets_and_each_lets_in_once() {
    let app = App::start(&[]);
    let tickets = tickets(&app, 50).await;
    let scans = tickets.iter().flat_map(|ticket| {
        (0..GATES).map(|gate| {
            let scan =
                json!({"code": ticket["code"], "gate": format!("gate {gate}"), "device": format!("device {gate}")});
            app.operator("POST", "/api/v1/admin/check-ins").json(scan)
        })
    });
    let answers = at_once(scans).await;
    let expected = [("200".to_owned(), 50), ("409 ALREADY_USED".to_owned(), 50 * (GATES - 1))];
    assert_eq!(tally(&answers), BTreeMap::from(expected));
    // Whoever is refused is told of the one entry.
    let mut entries: BTreeMap<String, Value> = BTreeMap::new();
    for answer in answers.iter().filter(|answer| answer.status == 200) {
        let ticket = answer.success(200)["ticket"].clone();
        entries.insert(text(&ticket["ticketId"]), ticket["gate"].clone());
    }
    assert_eq!(entries.len(), 50);
    for (at, answer) in answers.iter().enumerate().filter(|(_, answer)| answer.status != 200) {
        let entry = &entries[&text(&tickets[at / GATES]["ticketId"])];
        assert_eq!(&answer.refused(409, "ALREADY_USED")["gate"], entry);
    }
    app.stop_and_verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_of_many_gates_settle_on_the_earliest_scan_whatever_comes_first() {
    let app = App::start(&[]);
    let tickets = tickets(&app, 25).await;
    let now = chrono::Utc::now();
    let at = |gate: usize, ticket: usize| {
        let seconds = 50 - (gate * 7 + ticket * 3) % 45;
        let at = now - chrono::TimeDelta::seconds(seconds as i64);
        at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    };
    let report = |gate: usize| {
        let scans = (0..tickets.len()).map(
            |ticket| json!({"code": tickets[ticket]["code"], "gate": format!("{gate:02}"), "at": at(gate, ticket)}),
        );
        let scans: Vec<Value> = scans.collect();
        app.operator("POST", "/api/v1/admin/check-ins/batch").json(json!({ "checkIns": scans }))
    };
    // Each is sent twice, all of them at once.
    for answer in at_once((0..GATES).chain(0..GATES).map(report)).await {
        answer.success(200);
    }
    for (number, ticket) in tickets.iter().enumerate() {
        let shown = app.operator("GET", &format!("/api/v1/tickets/{}", text(&ticket["ticketId"]))).await.success(200);
        let first = (0..GATES).map(|gate| (at(gate, number), format!("{gate:02}"))).min().unwrap();
        assert_eq!((text(&shown["usedAt"]), text(&shown["gate"])), first);
    }
    app.stop_and_verify();
}
