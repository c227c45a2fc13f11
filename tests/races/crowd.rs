//! Owns what the races share: many requests at once, many users, and the count of their answers.

use std::collections::BTreeMap;

use serde_json::json;

use crate::harness::app::{App, DATE, Guest, text};
use crate::harness::client::{Answer, Call};

/// Sends all calls before it waits for the first answer; answers come in the order of the calls.
pub(crate) async fn at_once(calls: impl IntoIterator<Item = Call>) -> Vec<Answer> {
    let tasks: Vec<_> = calls.into_iter().map(|call| tokio::spawn(call.into_future())).collect();
    let mut answers = Vec::with_capacity(tasks.len());
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

pub(crate) async fn users(app: &App, count: usize) -> Vec<String> {
    let created =
        at_once((0..count).map(|n| app.post("/api/v1/users").json(json!({"username": format!("user-{n}")})))).await;
    created.iter().map(|answer| text(&answer.success(201)["userId"])).collect()
}

/// So many users with places.
pub(crate) async fn crowd(app: &App, concert: &str, count: usize) -> Vec<Guest> {
    let users = users(app, count).await;
    at_once(users.iter().map(|user| app.joining(user, concert))).await.iter().map(guest_of).collect()
}

pub(crate) fn guest_of(joined: &Answer) -> Guest {
    let joined = joined.success(joined.status);
    Guest { user: text(&joined["userId"]), token: text(&joined["token"]), joined }
}

/// How many answers of each kind.
pub(crate) fn tally(answers: &[Answer]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        let kind = match answer.reason() {
            Some(reason) => format!("{} {reason}", answer.status),
            None => answer.status.to_string(),
        };
        *tally.entry(kind).or_default() += 1;
    }
    tally
}

/// The numbers of the seats of `DATE` that are not free.
pub(crate) async fn held(app: &App, guest: &Guest) -> Vec<u64> {
    let map = app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&guest.token).await.success(200);
    let seats = map["seats"].as_array().unwrap();
    seats.iter().filter(|seat| seat["status"] != "free").map(|seat| seat["seat"].as_u64().unwrap()).collect()
}
