//! Every reason that the description lists for an operation is one with which a request of this kind can be refused. That
//! no operation refuses with another one is checked wherever a scenario is refused.

mod lists;
mod seats;
mod tickets;
mod world;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, text};
use crate::harness::client::{Answer, Call};
use crate::harness::described::{self, Operation};

use world::World;

const NOBODY: &str = "11111111-2222-4333-8444-555555555555";
/// What every operation of the API may be refused with: the scenarios of the pipeline and of signals provoke it.
const OF_THE_PIPELINE: [&str; 4] = ["OVERLOADED", "STOPPING", "REQUEST_TIMEOUT", "INTERNAL"];
/// What takes a world of its own, and the scenarios that provoke it.
const ELSEWHERE: [(&str, &str, &str); 3] = [
    ("POST", "/api/v1/users/{userId}/balance/charge", "BALANCE_LIMIT"), // wallet
    ("POST", "/api/v1/payments/{paymentId}/refund", "BALANCE_LIMIT"),   // wallet
    ("POST", "/api/v1/transfers/accept", "TRANSFER_EXPIRED"),           // clock
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
    keys(&world, &mut provoked).await;
    unknown(&world, &mut provoked).await;
    lists::provoke(&world, &mut provoked).await;
    seats::provoke(&world, &mut provoked).await;
    operator(&world, &mut provoked).await;
    blocked(&world, &mut provoked).await;
    tickets::provoke(&mut provoked).await;
    guarded(&mut provoked).await;
    provoked.assert_whole();
}

async fn proofs(world: &World, provoked: &mut Provoked) {
    let charge = |operation: &&Operation| !operation.path.ends_with("/charge");
    for operation in listing("TOKEN_INVALID").filter(charge) {
        provoked.by(world.call(operation), "TOKEN_INVALID").await;
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
    ] {
        provoked.by(world.app.delete(&path).bearer(proof).key("two words"), "INVALID_REQUEST").await;
    }
}

/// Uses a key for one request after the other and expects the second to be refused.
async fn reuse(provoked: &mut Provoked, call: impl Fn() -> Call, bodies: [Value; 2]) {
    let key = call().story().replace(' ', "-");
    let [first, second] = bodies;
    let answer = call().json(first).key(&key).await;
    assert_eq!(answer.status / 100, 2, "{}", answer.story());
    provoked.by(call().json(second).key(&key), "IDEMPOTENCY_KEY_REUSED").await;
}

async fn keys(world: &World, provoked: &mut Provoked) {
    let app = &world.app;
    let named = |name: &str| json!({ "username": name });
    reuse(provoked, || app.post("/api/v1/users"), [named("max"), named("moritz")]).await;
    let user = app.user("key").await;
    let charge = format!("/api/v1/users/{user}/balance/charge");
    reuse(provoked, || app.post(&charge), [json!({"amount": 20_000}), json!({"amount": 2})]).await;
    let places = [json!({"userId": user, "concertId": "spring"}), json!({"userId": user, "concertId": "full"})];
    reuse(provoked, || app.post("/api/v1/token"), places).await;
    let place = app.joining(&user, "spring").await.success(200);
    let token = text(&place["token"]);
    let seat = |seat: u32| json!({"userId": user, "date": DATE, "seat": seat});
    for (method, path, seats) in [
        ("POST", "/api/v1/seats/reserve", [3, 4]),
        ("DELETE", "/api/v1/seats/cancel", [3, 4]),
        ("POST", "/api/v1/seats/reserve", [4, 3]),
        ("POST", "/api/v1/seats/payment", [4, 3]),
    ] {
        let key = format!("{method}{path}{}", seats[0]);
        let call = |number: u32| app.client.call(method, path).bearer(&token).json(seat(number)).key(&key);
        call(seats[0]).await.success(200);
        provoked.by(call(seats[1]), "IDEMPOTENCY_KEY_REUSED").await;
    }
    let place = app.join(&user, "spring").await;
    app.leaving(&place).key("leave").await.success(200);
    provoked.by(app.leaving(&place).key("leave").text("{}"), "IDEMPOTENCY_KEY_REUSED").await;
    let payments = app.get(&format!("/api/v1/users/{user}/payments")).await.success(200);
    let refund = format!("/api/v1/payments/{}/refund", text(&payments["payments"][0]["paymentId"]));
    provoked.by(app.operator("POST", &refund).json(json!({"reason": "rain", "seats": [9]})), "SEAT_NOT_FOUND").await;
    let reasons = [json!({"reason": "rain"}), json!({"reason": "snow"})];
    reuse(provoked, || app.operator("POST", &refund), reasons).await;
    provoked.by(app.operator("POST", &refund).json(json!({"reason": "rain"})), "ALREADY_REFUNDED").await;
    let cancel = format!("/api/v1/admin/concerts/over/dates/{DATE}/cancel");
    let reasons = [json!({"reason": "rain"}), json!({"reason": "snow"})];
    reuse(provoked, || app.operator("POST", &cancel), reasons).await;
    provoked.by(app.operator("POST", &cancel).json(json!({"reason": "rain"})), "DATE_CALLED_OFF").await;
    let moving = |id: &str| format!("/api/v1/admin/concerts/{id}/dates/{DATE}/move");
    let days = [json!({"to": "2031-02-01"}), json!({"to": "2031-02-02"})];
    reuse(provoked, || app.operator("POST", &moving("draft")), days).await;
    provoked.by(app.operator("POST", &moving("over")).json(json!({"to": "2031-02-01"})), "DATE_CALLED_OFF").await;
    let twice = app.operator("POST", &moving("spring")).json(json!({"to": "2030-12-25"}));
    provoked.by(twice, "CONCERT_IN_USE").await;
    let nowhere = "/api/v1/admin/concerts/spring/dates/2030-12-31/move";
    provoked.by(app.operator("POST", nowhere).json(json!({"to": "2031-02-01"})), "DATE_NOT_FOUND").await;
    let withdraw = format!("/api/v1/admin/users/{}/withdraw", world.kim.user);
    let amounts = [1, 2].map(|amount| json!({"amount": amount, "reason": "asked for"}));
    reuse(provoked, || app.operator("POST", &withdraw), amounts).await;
    let sale = json!({"concertId": "over", "date": DATE, "seats": [1], "paidBy": "cash"});
    provoked.by(app.operator("POST", "/api/v1/admin/sales").json(sale), "DATE_CALLED_OFF").await;
    let sale = |seat: u32| json!({"concertId": "full", "date": DATE, "seats": [seat], "paidBy": "cash"});
    reuse(provoked, || app.operator("POST", "/api/v1/admin/sales"), [sale(7), sale(8)]).await;
    let concert = |id: &str| json!({"concertId": id, "title": id, "dates": [{"date": DATE, "price": 1}]});
    reuse(provoked, || app.operator("POST", "/api/v1/admin/concerts"), [concert("one"), concert("two")]).await;
    let (empty, other) = (app.user("empty").await, app.user("other").await);
    let deleting = |user: &str| app.operator("DELETE", &format!("/api/v1/admin/users/{user}")).key("delete");
    deleting(&empty).await.success(200);
    provoked.by(deleting(&other), "IDEMPOTENCY_KEY_REUSED").await;
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

async fn operator(world: &World, provoked: &mut Provoked) {
    let app = &world.app;
    let spring = "/api/v1/admin/concerts/spring";
    for (path, method) in [(spring, "GET"), (spring, "PATCH"), ("/queue", "GET"), ("/queue", "PUT")] {
        let path = if path == spring { spring.to_owned() } else { format!("{spring}{path}") };
        let call = app.operator(method, &path).header("if-match", "\"other\"");
        let call = if method == "GET" { call } else { call.json(json!({})) };
        provoked.by(call, "PRECONDITION_FAILED").await;
    }
    let dates = json!({"dates": [{"date": "2030-12-26", "price": 1}]});
    provoked.by(app.operator("PATCH", spring).json(dates), "CONCERT_IN_USE").await;
    let again = json!({"concertId": "spring", "title": "x", "dates": [{"date": DATE, "price": 1}]});
    provoked.by(app.operator("POST", "/api/v1/admin/concerts").json(again), "CONCERT_EXISTS").await;
    for path in ["/api/v1/admin/events", "/api/v1/admin/events/stream"] {
        provoked.by(app.operator("GET", &format!("{path}?after=1000000")), "CURSOR_GONE").await;
    }
    let rich = format!("/api/v1/admin/users/{}", world.kim.user);
    provoked.by(app.operator("DELETE", &rich), "WALLET_NOT_EMPTY").await;
    app.operator("POST", &format!("{spring}/dates/2030-12-25/cancel"))
        .json(json!({"reason": "rain"}))
        .await
        .success(200);
    for call in [App::reserving, App::paying] {
        provoked.by(call(app, &world.lee, json!({"date": "2030-12-25", "seat": 1})), "DATE_CALLED_OFF").await;
    }
    let later = json!({"onSaleAt": "2030-12-01T09:00:00Z"});
    app.operator("PATCH", spring).json(later).await.success(200);
    provoked.by(app.reserving(&world.lee, json!({"seat": 3})), "NOT_ON_SALE").await;
}

/// Seats that the operator keeps back.
async fn blocked(world: &World, provoked: &mut Provoked) {
    let path = |date: &str, verb: &str| format!("/api/v1/admin/concerts/spring/dates/{date}/{verb}");
    for (verb, taken) in [("block", "SEAT_TAKEN"), ("release", "SEAT_NOT_BLOCKED")] {
        let asked = |seats: Value| {
            if verb == "block" { json!({"seats": seats, "reason": "camera"}) } else { json!({"seats": seats}) }
        };
        let call = |date: &str, seats: Value| world.app.operator("POST", &path(date, verb)).json(asked(seats));
        provoked.by(call(DATE, json!([])), "INVALID_REQUEST").await;
        provoked.by(call("2030-12-31", json!([1])), "DATE_NOT_FOUND").await;
        provoked.by(call(DATE, json!([50_000])), "SEAT_NOT_FOUND").await;
        provoked.by(call(DATE, json!([1])), taken).await;
        let none = format!("/api/v1/admin/concerts/none/dates/{DATE}/{verb}");
        provoked.by(world.app.operator("POST", &none).json(asked(json!([1]))), "CONCERT_NOT_FOUND").await;
        let both = [asked(json!([4])), asked(json!([2]))];
        reuse(provoked, || world.app.operator("POST", &path(DATE, verb)), both).await;
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
