//! Every reason that the description lists for an operation is one with which a request of this kind can be refused. That
//! no operation refuses with another one is checked wherever a scenario is refused.

mod keys;
mod lists;
mod operator;
mod seats;
mod tickets;
mod world;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::app::{App, DATE};
use crate::harness::client::{Answer, Call};
use crate::harness::described::{self, Operation};

use world::World;

const NOBODY: &str = "11111111-2222-4333-8444-555555555555";
/// What every operation of the API may be refused with: the scenarios of the pipeline, of limits, of signals and of
/// forwarding (`src/http/forward/tests`) provoke it.
const OF_THE_PIPELINE: [&str; 6] =
    ["OVERLOADED", "RATE_LIMITED", "NO_LEADER", "STOPPING", "REQUEST_TIMEOUT", "INTERNAL"];
/// What takes a world of its own, and the scenarios that provoke it.
const ELSEWHERE: [(&str, &str, &str); 8] = [
    // cluster, whose instances are several
    ("POST", "/api/v1/admin/cluster/members", "MEMBER_EXISTS"),
    ("POST", "/api/v1/admin/cluster/members", "MEMBER_UNREACHABLE"),
    ("DELETE", "/api/v1/admin/cluster/members/{nodeId}", "MEMBER_NOT_FOUND"),
    ("DELETE", "/api/v1/admin/cluster/members/{nodeId}", "NO_MAJORITY"),
    ("POST", "/api/v1/admin/keys", "KEYS_FULL"), // src/domain/scenarios/operator_keys.rs
    ("POST", "/api/v1/users/{userId}/balance/charge", "BALANCE_LIMIT"), // wallet
    ("POST", "/api/v1/payments/{paymentId}/refund", "BALANCE_LIMIT"), // wallet
    ("POST", "/api/v1/transfers/accept", "TRANSFER_EXPIRED"), // clock
];

/// The reasons that were provoked, by operation.
#[derive(Default)]
struct Provoked(BTreeSet<(&'static str, &'static str, String)>);

impl Provoked {
    async fn by(&mut self, call: Call, reason: &str) {
        let answer: Answer = call.await;
        answer.refused(answer.status, reason);
        let operation = answer.operation().unwrap_or_else(|| panic!("of no operation: {}", answer.story()));
        self.0.insert((&operation.method, &operation.path, reason.to_owned()));
    }

    #[track_caller]
    fn assert_whole(&self) {
        let missing: Vec<String> = described::operations()
            .iter()
            .flat_map(|operation| operation.reasons.iter().map(move |reason| (operation, reason)))
            .filter(|(_, reason)| !OF_THE_PIPELINE.contains(&reason.as_str()))
            .map(|(operation, reason)| (operation.method.as_str(), operation.path.as_str(), reason.as_str()))
            .filter(|named| !ELSEWHERE.contains(named))
            .filter(|(method, path, reason)| !self.0.contains(&(*method, *path, (*reason).to_owned())))
            .map(|(method, path, reason)| format!("{method} {path} {reason}"))
            .collect();
        assert!(missing.is_empty(), "listed and not provoked: {missing:#?}");
    }
}

/// Operations of the API that list `reason`.
fn listing(reason: &str) -> impl Iterator<Item = &'static Operation> {
    let of_api = described::operations().iter().filter(|operation| operation.path.starts_with("/api/"));
    of_api.filter(move |operation| operation.reasons.contains(reason))
}

#[tokio::test]
async fn every_listed_reason_can_be_provoked() {
    let mut provoked = Provoked::default();
    let world = World::begin().await;
    proofs(&world, &mut provoked).await;
    forms(&world, &mut provoked).await;
    keys::provoke(&world, &mut provoked).await;
    unknown(&world, &mut provoked).await;
    lists::provoke(&world, &mut provoked).await;
    seats::provoke(&world, &mut provoked).await;
    operator::provoke(&world, &mut provoked).await;
    tickets::provoke(&mut provoked).await;
    guarded(&mut provoked).await;
    provoked.assert_whole();
}

async fn proofs(world: &World, provoked: &mut Provoked) {
    let charge = |operation: &&Operation| !operation.path.ends_with("/charge");
    for operation in listing("TOKEN_INVALID").filter(charge) {
        provoked.by(world.call(operation), "TOKEN_INVALID").await;
    }
    let (door, viewer) = (world.app.operator_with("door").await, world.app.operator_with("viewer").await);
    for operation in listing("NOT_ALLOWED") {
        let other = if operation.path.starts_with("/api/v1/admin/check-ins") { &viewer } else { &door };
        provoked.by(world.call(operation).bearer(other), "NOT_ALLOWED").await;
    }
    for (reason, guest) in [("TOKEN_EXPIRED", &world.left), ("QUEUE_WAITING", &world.waiting)] {
        for operation in listing(reason).filter(|operation| operation.reasons.contains("TOKEN_EXPIRED")) {
            let call = world.proven(operation, guest);
            let body = json!({"userId": guest.user, "date": DATE, "seat": 3});
            let call = match (operation.path.as_str(), operation.method.as_str()) {
                (path, "GET") if path.starts_with("/api/v1/seats") => call.query(&format!("date={DATE}")),
                (path, "POST" | "DELETE") if path.starts_with("/api/v1/seats/") => call.json(body),
                _ => call,
            };
            provoked.by(call, reason).await;
        }
    }
    for operation in listing("NOT_YOURS").filter(|operation| operation.path.starts_with("/api/v1/seats")) {
        let body = json!({"userId": world.lee.user, "date": DATE, "seat": 3});
        provoked.by(world.proven(operation, &world.kim).json(body), "NOT_YOURS").await;
    }
    let other = world.app.get("/api/v1/concerts/full/availability").bearer(&world.kim.token);
    provoked.by(other, "WRONG_CONCERT").await;
}

async fn forms(world: &World, provoked: &mut Provoked) {
    for operation in listing("UNSUPPORTED_MEDIA_TYPE") {
        let call = || world.proven(operation, &world.kim);
        provoked.by(call().text("{}").header("content-type", "text/plain"), "UNSUPPORTED_MEDIA_TYPE").await;
        provoked.by(call().text(vec![b' '; 256 * 1024 + 1]), "BODY_TOO_LARGE").await;
        provoked.by(call().text("{"), "INVALID_REQUEST").await;
    }
    for operation in listing("INVALID_REQUEST").filter(|operation| operation.method == "GET") {
        // Each takes another of these names amiss.
        let call = world.proven(operation, &world.kim);
        let nonsense = "unknown=1&limit=0&date=tomorrow&userId=kim";
        let named = operation.path.replace("{userId}", "kim").replace("{concertId}", "Spring%20Festival");
        let named = named.replace("{ticketId}", "7");
        let call = if named == operation.path || operation.path.contains("/admin/") { call } else { call.at(&named) };
        provoked.by(call.query(nonsense), "INVALID_REQUEST").await;
    }
    for (path, proof) in [
        ("/api/v1/token".to_owned(), world.kim.token.as_str()),
        (format!("/api/v1/admin/users/{NOBODY}"), world.app.operator_key()),
        ("/api/v1/admin/concerts/spring".to_owned(), world.app.operator_key()),
    ] {
        provoked.by(world.app.delete(&path).bearer(proof).key("two words"), "INVALID_REQUEST").await;
    }
}

async fn unknown(world: &World, provoked: &mut Provoked) {
    let app = &world.app;
    for operation in listing("CONCERT_NOT_FOUND").filter(|operation| operation.path.contains("{concertId}")) {
        if operation.path.ends_with("/block") || operation.path.ends_with("/release") {
            continue;
        }
        let path = operation.path.replace("{concertId}", "none").replace("{date}", DATE).replace("{seat}", "1");
        let call = world.proven(operation, &world.kim).at(&path);
        let body = match operation.path.rsplit('/').next() {
            Some("cancel") => json!({"reason": "rain"}),
            Some("move") => json!({"to": "2031-02-01"}),
            Some(_) | None => json!({}),
        };
        let call = if operation.method == "GET" { call } else { call.json(body) };
        let is_of_user = operation.path.ends_with("/reservations");
        let call = if is_of_user { call.query(&format!("userId={}", world.kim.user)) } else { call };
        provoked.by(call, "CONCERT_NOT_FOUND").await;
    }
    for (reason, user) in [("USER_NOT_FOUND", NOBODY), ("USER_BLOCKED", world.blocked.as_str())] {
        provoked.by(app.joining(user, "spring"), reason).await;
        provoked.by(app.charging(user, 1), reason).await;
        provoked.by(app.reservations(user, "spring"), reason).await;
        for list in ["balance", "ledger", "payments", "places", "tickets"] {
            provoked.by(app.get(&format!("/api/v1/users/{user}/{list}")), reason).await;
        }
    }
    let user = format!("/api/v1/admin/users/{NOBODY}");
    provoked.by(app.operator("GET", &user), "USER_NOT_FOUND").await;
    provoked.by(app.operator("DELETE", &user), "USER_NOT_FOUND").await;
    provoked.by(app.operator("PATCH", &user).json(json!({"blocked": true})), "USER_NOT_FOUND").await;
    provoked.by(app.operator("GET", "/api/v1/admin/users?username=nobody"), "USER_NOT_FOUND").await;
    provoked.by(app.operator("GET", &format!("{user}/export")), "USER_NOT_FOUND").await;
    let withdrawal = json!({"amount": 1, "reason": "asked for"});
    provoked.by(app.operator("POST", &format!("{user}/withdraw")).json(withdrawal.clone()), "USER_NOT_FOUND").await;
    let poor = format!("/api/v1/admin/users/{}/withdraw", world.lee.user);
    provoked.by(app.operator("POST", &poor).json(withdrawal), "INSUFFICIENT_BALANCE").await;
    provoked.by(app.joining(&world.lee.user, "draft"), "CONCERT_NOT_FOUND").await;
    provoked.by(app.joining(&world.lee.user, "over"), "NOT_ON_SALE").await;
    provoked.by(app.post("/api/v1/token").json(json!({"userId": world.lee.user})), "CONCERT_REQUIRED").await;
    provoked.by(app.reservations(&world.lee.user, "full"), "NO_RESERVATIONS").await;
    provoked.by(app.refunding(NOBODY), "PAYMENT_NOT_FOUND").await;
    provoked.by(app.post("/api/v1/users").json(json!({"username": "KIM"})), "USERNAME_TAKEN").await;
    provoked.by(app.charging(&world.lee.user, 0), "INVALID_AMOUNT").await;
    let sale = |change: Value| {
        let mut body =
            json!({"concertId": "full", "date": DATE, "seats": [9], "paidBy": "wallet", "userId": world.lee.user});
        body.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        app.operator("POST", "/api/v1/admin/sales").json(body)
    };
    provoked.by(sale(json!({"concertId": "none"})), "CONCERT_NOT_FOUND").await;
    provoked.by(sale(json!({"userId": NOBODY})), "USER_NOT_FOUND").await;
    provoked.by(sale(json!({"date": "2030-12-31"})), "DATE_NOT_FOUND").await;
    provoked.by(sale(json!({"seats": [99_999]})), "SEAT_NOT_FOUND").await;
    let cancel = "/api/v1/admin/concerts/spring/dates/2030-12-31/cancel";
    provoked.by(app.operator("POST", cancel).json(json!({"reason": "rain"})), "DATE_NOT_FOUND").await;
    provoked.by(sale(json!({"seats": [7]})), "SEAT_TAKEN").await;
    provoked.by(sale(json!({})), "INSUFFICIENT_BALANCE").await;
    let of_seats = |operation: &&Operation| operation.path.starts_with("/api/v1/seats");
    for operation in listing("DATE_NOT_FOUND").filter(of_seats) {
        let call = world.proven(operation, &world.kim);
        let body = json!({"userId": world.kim.user, "date": "2030-12-31", "seat": 1});
        let call = if operation.method == "GET" { call.query("date=2030-12-31") } else { call.json(body) };
        provoked.by(call, "DATE_NOT_FOUND").await;
    }
}

/// Where wallet and history need an ACTIVE place, too, and only the operator charges.
async fn guarded(provoked: &mut Provoked) {
    let app = App::start(&["queue.guard=all"]);
    app.concert("spring", json!({})).await;
    let kim = app.user("kim").await;
    provoked.by(app.charging(&kim, 1), "QUEUE_WAITING").await;
    provoked.by(app.reservations(&kim, "spring"), "QUEUE_WAITING").await;
    for list in ["balance", "ledger", "payments"] {
        provoked.by(app.get(&format!("/api/v1/users/{kim}/{list}")), "QUEUE_WAITING").await;
    }
    let app = App::start(&["wallet.charge=operator"]);
    provoked.by(app.charging(&kim, 1), "TOKEN_INVALID").await;
}
