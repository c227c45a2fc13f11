//! Races against the real binary: many requests at once for the same seat, place, wallet or payment. Whoever wins, the
//! answers must add up, and `jari verify` must find the data clean afterwards.

mod harness;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use harness::app::{App, DATE, Guest, eventually, text, time_ms};
use harness::client::{Answer, Call};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_users_for_one_seat() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let guests = crowd(&app, "spring", 1_000).await;
    let answers = at_once(guests.iter().map(|guest| app.reserving(guest, json!({"seat": 7})))).await;
    assert_eq!(tally(&answers), BTreeMap::from([("200".to_owned(), 1), ("409 SEAT_TAKEN".to_owned(), 999)]));
    assert_eq!(held(&app, &guests[0]).await, [7]);
    app.stop_and_verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_users_for_fifty_seats() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let guests = crowd(&app, "spring", 50).await;
    // Each walks over the seats from the same end until it gets one.
    let walks = guests.iter().map(|guest| {
        let (client, guest) = (app.client.clone(), guest.clone());
        tokio::spawn(async move {
            for seat in 1..=50_u64 {
                let body = json!({"userId": guest.user, "date": DATE, "seat": seat});
                let answer = client.call("POST", "/api/v1/seats/reserve").bearer(&guest.token).json(body).await;
                if answer.status == 200 {
                    return seat;
                }
                answer.refused(409, "SEAT_TAKEN");
            }
            panic!("a user went over all 50 seats and got none");
        })
    });
    let mut seats = BTreeSet::new();
    for walk in walks.collect::<Vec<_>>() {
        assert!(seats.insert(walk.await.unwrap()), "a seat was given twice");
    }
    assert_eq!(seats.len(), 50);
    assert_eq!(held(&app, &guests[0]).await.len(), 50);
    app.stop_and_verify();
}

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
async fn paying_against_the_lapse() {
    const GUESTS: usize = 48;
    let app = App::start(&["hold.seconds=1"]);
    app.concert("spring", json!({})).await;
    let guests = crowd(&app, "spring", 2 * GUESTS).await;
    let (holders, rivals) = guests.split_at(GUESTS);
    for holder in holders {
        app.charge(&holder.user, 5_000).await;
    }
    let holds = at_once((1..).zip(holders).map(|(seat, guest)| app.reserving(guest, json!({ "seat": seat })))).await;
    let duels = holds.iter().enumerate().map(|(number, hold)| {
        let (seat, end) = (number + 1, time_ms(&hold.success(200)["expiresAt"]));
        let pay = app.paying(&holders[number], json!({ "seat": seat }));
        let take = app.reserving(&rivals[number], json!({ "seat": seat }));
        // From 24 ms before the lapse to 24 ms after it.
        let moment = end - 24 + number as i64;
        tokio::spawn(async move {
            let wait = moment - chrono::Utc::now().timestamp_millis();
            tokio::time::sleep(Duration::from_millis(wait.max(0) as u64)).await;
            let (paid, taken) = tokio::join!(pay.into_future(), take.into_future());
            (end, paid, taken)
        })
    });
    let mut sold = 0;
    for duel in duels.collect::<Vec<_>>() {
        let (end, paid, taken) = duel.await.unwrap();
        if paid.status == 200 {
            sold += 1;
            assert!(time_ms(&paid.success(200)["paidAt"]) < end, "paid after the lapse: {}", paid.story());
            taken.refused(409, "SEAT_TAKEN");
        } else {
            assert_eq!(paid.refused(401, "TOKEN_EXPIRED")["why"], "hold_lapsed");
        }
        if taken.status == 200 {
            assert_ne!(paid.status, 200);
        } else {
            taken.refused(409, "SEAT_TAKEN");
        }
    }
    let dates = json!([{"date": DATE, "free": 50 - sold, "held": 0, "sold": sold, "revenue": 5_000 * sold}]);
    eventually("the lapse of what the rivals took", async || {
        let stats = app.operator("GET", "/api/v1/admin/concerts/spring/stats").await.success(200);
        (stats["dates"] == dates).then_some(())
    })
    .await;
    app.stop_and_verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paying_against_canceling() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let guests = crowd(&app, "spring", 50).await;
    for guest in &guests {
        app.charge(&guest.user, 5_000).await;
    }
    at_once((1..).zip(&guests).map(|(seat, guest)| app.reserving(guest, json!({ "seat": seat })))).await;
    let calls = (1..).zip(&guests).flat_map(|(seat, guest)| {
        let (pay, cancel) = (app.paying(guest, json!({ "seat": seat })), app.canceling(guest, json!({ "seat": seat })));
        if seat % 2 == 0 { [pay, cancel] } else { [cancel, pay] }
    });
    let answers = at_once(calls).await;
    let mut sold = Vec::new();
    for ((seat, guest), pair) in (1_u64..).zip(&guests).zip(answers.chunks(2)) {
        let (paid, canceled) = if seat % 2 == 0 { (&pair[0], &pair[1]) } else { (&pair[1], &pair[0]) };
        if paid.status == 200 {
            assert_eq!(canceled.refused(401, "TOKEN_EXPIRED")["why"], "paid");
            assert_eq!(app.balance(&guest.user).await, 0);
            sold.push(seat);
        } else {
            paid.refused(404, "RESERVATION_NOT_FOUND");
            canceled.success(200);
            assert_eq!(app.balance(&guest.user).await, 5_000);
        }
        let listed = app.reservations(&guest.user, "spring").await.success(200);
        let expected = if paid.status == 200 { "paid" } else { "canceled" };
        assert_eq!(listed["reservations"][0]["status"], expected);
    }
    let watcher = app.guest("watcher", "spring").await;
    assert_eq!(held(&app, &watcher).await, sold, "sold seats and nothing else is taken");
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_joins() {
    const USERS: usize = 300;
    const ACTIVE: usize = 10;
    let mut app = App::start(&[]);
    app.concert("spring", json!({"queue": {"maxActive": ACTIVE, "admitCount": null}})).await;
    let users = users(&app, USERS).await;
    let joins = at_once((0..4).flat_map(|_| users.iter().map(|user| app.joining(user, "spring")))).await;
    assert_eq!(joins.iter().filter(|answer| answer.status == 201).count(), USERS, "one new place a user");
    let again = at_once(users.iter().map(|user| app.joining(user, "spring"))).await;
    let mut positions: Vec<_> = again.iter().map(|join| join.success(200)["queuePosition"].as_u64().unwrap()).collect();
    for join in &joins {
        let body = join.success(join.status);
        let number = users.iter().position(|user| body["userId"] == *user).unwrap();
        assert_eq!(body["queuePosition"], positions[number], "the same place each time");
    }
    positions.sort_unstable();
    let expected: Vec<_> = [0; ACTIVE].into_iter().chain(1..=(USERS - ACTIVE) as u64).collect();
    assert_eq!(positions, expected, "1 to n without gaps behind the ACTIVE ones");

    // The order is kept through a crash.
    let guests: Vec<_> = again.iter().map(guest_of).collect();
    app.process.kill();
    app.start_again();
    for (guest, place) in guests.iter().zip(at_once(guests.iter().map(|guest| app.place(guest))).await) {
        assert_eq!(place.success(200)["queuePosition"], guest.joined["queuePosition"]);
    }

    // Half of them leave at once: the others close up.
    at_once(guests[..USERS / 2].iter().map(|guest| app.leaving(guest))).await;
    let rest = &guests[USERS / 2..];
    let places = at_once(rest.iter().map(|guest| app.place(guest))).await;
    let mut positions: Vec<_> =
        places.iter().map(|place| place.success(200)["queuePosition"].as_u64().unwrap()).collect();
    positions.sort_unstable();
    let expected: Vec<_> = [0; ACTIVE].into_iter().chain(1..=(rest.len() - ACTIVE) as u64).collect();
    assert_eq!(positions, expected);
    app.stop_and_verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overlapping_wishes_are_all_or_nothing() {
    let app = App::start(&["sale.seat_limit=3"]);
    app.concert("spring", json!({})).await;
    let guests = crowd(&app, "spring", 48).await;
    let wishes =
        (1..).zip(&guests).map(|(seat, guest)| app.reserving(guest, json!({"seats": [seat, seat + 1, seat + 2]})));
    let answers = at_once(wishes).await;
    let mut taken = BTreeSet::new();
    for answer in &answers {
        if answer.status == 200 {
            for seat in answer.success(200)["seats"].as_array().unwrap() {
                assert!(taken.insert(seat.as_u64().unwrap()), "seat {seat} was given twice");
            }
        } else {
            answer.refused(409, "SEAT_TAKEN");
        }
    }
    // A request is never refused because of another that was refused itself: no three neighbours are left free.
    let free: Vec<_> = (1..=50).filter(|seat| !taken.contains(seat)).collect();
    assert!(!free.windows(3).any(|three| three[2] - three[0] == 2), "refused for nothing: {free:?} are free");
    assert_eq!(held(&app, &guests[0]).await, taken.into_iter().collect::<Vec<_>>());

    // The best available for everybody: all pairs fit, none overlap.
    let sections = json!([{"name": "A", "rows": 10, "seatsPerRow": 10, "price": 10}]);
    app.concert("summer", json!({"dates": [{"date": DATE, "sections": sections}]})).await;
    let guests = at_once(guests.iter().map(|guest| app.joining(&guest.user, "summer"))).await;
    let wish = json!({"bestAvailable": {"count": 2}});
    let answers = at_once(guests.iter().map(|joined| app.reserving(&guest_of(joined), wish.clone()))).await;
    let pairs: BTreeSet<_> = answers.iter().map(|answer| answer.success(200)["seatNumber"].as_u64().unwrap()).collect();
    assert_eq!(pairs.len(), 48);
    assert!(pairs.iter().all(|first| first % 2 == 1 && *first < 96), "from the front, no gaps: {pairs:?}");
    app.stop_and_verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_name_for_many() {
    let app = App::start(&[]);
    let call = || app.post("/api/v1/users").json(json!({"username": "kim"}));
    let answers = at_once((0..50).map(|_| call())).await;
    assert_eq!(tally(&answers), BTreeMap::from([("201".to_owned(), 1), ("409 USERNAME_TAKEN".to_owned(), 49)]));
    app.stop_and_verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sale_that_runs_through_the_queue_sells_every_seat_once() {
    const USERS: usize = 60;
    let app = App::start(&[]);
    app.concert("spring", json!({"queue": {"maxActive": 5, "admitCount": null}})).await;
    let guests = crowd(&app, "spring", USERS).await;
    let buyers = guests.iter().map(|guest| {
        let (client, guest) = (app.client.clone(), guest.clone());
        let charge = app.charging(&guest.user, 5_000);
        tokio::spawn(async move {
            charge.await.success(200);
            while client.call("GET", "/api/v1/token").bearer(&guest.token).await.success(200)["status"] != "ACTIVE" {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            let body = json!({"userId": guest.user, "date": DATE, "bestAvailable": {"count": 1}});
            let held = client.call("POST", "/api/v1/seats/reserve").bearer(&guest.token).json(body).await;
            if held.status != 200 {
                held.refused(409, "NO_ADJACENT_SEATS");
                client.call("DELETE", "/api/v1/token").bearer(&guest.token).await.success(200);
                return None;
            }
            let body = json!({"userId": guest.user, "date": DATE, "seats": held.success(200)["seats"]});
            let paid = client.call("POST", "/api/v1/seats/payment").bearer(&guest.token).json(body).await.success(200);
            Some(paid["seatNumber"].as_u64().unwrap())
        })
    });
    let (mut seats, mut turned_away) = (BTreeSet::new(), 0);
    for buyer in buyers.collect::<Vec<_>>() {
        match buyer.await.unwrap() {
            Some(seat) => assert!(seats.insert(seat), "seat {seat} was sold twice"),
            None => turned_away += 1,
        }
    }
    assert_eq!((seats.len(), turned_away), (50, 10));
    let stats = app.operator("GET", "/api/v1/admin/concerts/spring/stats").await.success(200);
    assert_eq!((&stats["revenue"], &stats["admitted"], &stats["active"]), (&json!(250_000), &json!(60), &json!(0)));
    app.stop_and_verify();
}

/// Sends all calls before it waits for the first answer; answers come in the order of the calls.
async fn at_once(calls: impl IntoIterator<Item = Call>) -> Vec<Answer> {
    let tasks: Vec<_> = calls.into_iter().map(|call| tokio::spawn(call.into_future())).collect();
    let mut answers = Vec::with_capacity(tasks.len());
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

async fn users(app: &App, count: usize) -> Vec<String> {
    let created =
        at_once((0..count).map(|n| app.post("/api/v1/users").json(json!({"username": format!("user-{n}")})))).await;
    created.iter().map(|answer| text(&answer.success(201)["userId"])).collect()
}

/// So many users with places.
async fn crowd(app: &App, concert: &str, count: usize) -> Vec<Guest> {
    let users = users(app, count).await;
    at_once(users.iter().map(|user| app.joining(user, concert))).await.iter().map(guest_of).collect()
}

fn guest_of(joined: &Answer) -> Guest {
    let joined = joined.success(joined.status);
    Guest { user: text(&joined["userId"]), token: text(&joined["token"]), joined }
}

/// How many answers of each kind.
fn tally(answers: &[Answer]) -> BTreeMap<String, usize> {
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

/// All answers are the same; one of them is the change, the others are its replay.
fn assert_one_change(answers: &[Answer]) {
    let fresh = answers.iter().filter(|answer| answer.header("idempotent-replayed").is_none());
    assert_eq!(fresh.count(), 1);
    for answer in answers {
        answer.success(200);
        assert_eq!(answer.bytes, answers[0].bytes);
    }
}

/// The numbers of the seats of `DATE` that are not free.
async fn held(app: &App, guest: &Guest) -> Vec<u64> {
    let map = app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&guest.token).await.success(200);
    let seats = map["seats"].as_array().unwrap();
    seats.iter().filter(|seat| seat["status"] != "free").map(|seat| seat["seat"].as_u64().unwrap()).collect()
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
