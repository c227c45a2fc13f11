//! Many hands on the same seats.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;

use crate::crowd::{at_once, crowd, guest_of, held, tally};
use crate::harness::app::{App, DATE, eventually, time_ms};

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
    let dates =
        json!([{"date": DATE, "free": 50 - sold, "held": 0, "sold": sold, "blocked": 0, "revenue": 5_000 * sold}]);
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
