//! Storms on the queue.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;

use crate::crowd::{at_once, crowd, guest_of, tally, users};
use crate::harness::app::{App, DATE};

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
