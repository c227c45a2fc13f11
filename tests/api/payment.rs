//! POST `/api/v1/seats/payment`: one atomic step.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, Guest, eventually, text, time_ms};
use crate::shape::{assert_ended, assert_invalid, assert_names};

#[tokio::test]
async fn a_payment_turns_holds_into_tickets() {
    let app = App::start(&[]);
    app.concert("spring", json!({"queue": {"maxActive": 1, "admitCount": null}})).await;
    let (kim, next) = (app.guest("kim", "spring").await, app.guest("next", "spring").await);
    app.charge(&kim.user, 12_000).await;
    app.reserving(&kim, json!({"seats": [1, 2, 3]})).await.success(200);
    let body = app.paying(&kim, json!({"seats": [2, 1], "amount": 1, "price": 0, "status": "free"})).await.success(200);
    let names = "status paymentId userId date seatNumber seats amount balance paidAt tickets items released";
    assert_names(&body, &names.split(' ').collect::<Vec<_>>());
    assert_eq!((&body["status"], &body["userId"], &body["date"]), (&json!("paid"), &json!(kim.user), &json!(DATE)));
    assert_eq!((&body["seatNumber"], &body["seats"]), (&json!(1), &json!([1, 2])));
    assert_eq!((&body["amount"], &body["balance"]), (&json!(10_000), &json!(2_000)));
    time_ms(&body["paidAt"]);
    text(&body["paymentId"]);
    let tickets = body["tickets"].as_array().unwrap();
    let seats: Vec<_> = tickets.iter().map(|ticket| ticket["seat"].as_u64().unwrap()).collect();
    assert_eq!(seats, [1, 2]);
    let ids: BTreeSet<_> = tickets.iter().map(|ticket| text(&ticket["ticketId"])).collect();
    assert_eq!(ids.len(), 2, "a ticket a seat");
    for ticket in tickets {
        let names = "ticketId code date seat section row rowLabel label price status";
        assert_names(ticket, &names.split(' ').collect::<Vec<_>>());
    }
    assert_eq!(tickets[1]["label"], "1-2");
    assert_eq!(body["items"][0]["seats"], json!(["A 1-1", "A 1-2"]));

    // The same step: wallet debited, place ended, other holds released, the next admitted.
    assert_eq!(app.balance(&kim.user).await, 2_000);
    assert_ended(&app.place(&kim).await, "paid");
    assert_ended(&app.paying(&kim, json!({"seat": 3})).await, "paid");
    let map = app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&next.token).await.success(200);
    let statuses: Vec<_> = map["seats"].as_array().unwrap().iter().take(3).map(|seat| text(&seat["status"])).collect();
    assert_eq!(statuses, ["sold", "sold", "free"]);
}

#[tokio::test]
async fn a_payment_can_be_tried_again_when_the_balance_was_too_small() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 9_999).await;
    let held = app.reserving(&kim, json!({"seats": [1, 2]})).await.success(200);
    let body = app.paying(&kim, json!({"seats": [1, 2]})).await.refused(400, "INSUFFICIENT_BALANCE");
    assert_eq!(body["message"], "Insufficient balance.");
    assert_eq!(app.balance(&kim.user).await, 9_999);
    assert_eq!(app.place(&kim).await.success(200)["expiresAt"], held["expiresAt"], "hold and place stay");
    app.charge(&kim.user, 1).await;
    assert_eq!(app.paying(&kim, json!({"seats": [1, 2]})).await.success(200)["balance"], 0);
}

#[tokio::test]
async fn only_ones_own_hold_can_be_paid() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    app.charge(&kim.user, 100_000).await;
    app.reserving(&kim, json!({"seats": [1, 2]})).await.success(200);
    app.reserving(&lee, json!({"seat": 3})).await.success(200);
    for seats in [json!([4]), json!([3]), json!([1, 4]), json!([1, 3])] {
        let body = app.paying(&kim, json!({ "seats": seats })).await.refused(404, "RESERVATION_NOT_FOUND");
        assert_eq!(body["message"], "Reservation not found.");
    }
    app.paying(&kim, json!({"seat": 0})).await.refused(404, "SEAT_NOT_FOUND");
    app.paying(&kim, json!({"seat": 1, "date": "2030-12-25"})).await.refused(404, "DATE_NOT_FOUND");
    assert_eq!(app.balance(&kim.user).await, 100_000);
    app.canceling(&kim, json!({"seat": 2})).await.success(200);
    app.paying(&kim, json!({"seat": 2})).await.refused(404, "RESERVATION_NOT_FOUND");
    app.paying(&kim, json!({"seat": 1})).await.success(200);
    let kim = app.join(&kim.user, "spring").await;
    app.paying(&kim, json!({"seat": 1})).await.refused(409, "ALREADY_PAID");
}

#[tokio::test]
async fn a_lapsed_hold_cannot_be_paid() {
    let app = App::start(&["hold.seconds=1", "queue.end_on_hold_lapse=false"]);
    app.concert("spring", json!({})).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    app.charge(&kim.user, 100_000).await;
    app.reserving(&kim, json!({"seats": [1, 2]})).await.success(200);
    eventually("the lapse", async || (app.reserving(&lee, json!({"seat": 2})).await.status == 200).then_some(())).await;
    app.paying(&kim, json!({"seat": 1})).await.refused(409, "HOLD_EXPIRED");
    // Somebody else has it now.
    app.paying(&kim, json!({"seat": 2})).await.refused(404, "RESERVATION_NOT_FOUND");
    app.paying(&kim, json!({"seat": 3})).await.refused(404, "RESERVATION_NOT_FOUND");
    // Held anew, it can be paid.
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    app.paying(&kim, json!({"seat": 1})).await.success(200);
    assert_eq!(app.balance(&kim.user).await, 95_000);
}

#[tokio::test]
async fn a_hold_keeps_its_price() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 12_000).await;
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    let dates = json!({"dates": [{"date": DATE, "seats": 50, "price": 7_000}]});
    app.operator("PATCH", "/api/v1/admin/concerts/spring").json(dates).await.success(200);
    assert_eq!(app.reserving(&kim, json!({"seat": 1})).await.success(200)["amount"], 5_000);
    assert_eq!(app.reserving(&kim, json!({"seat": 2})).await.success(200)["amount"], 7_000);
    let body = app.paying(&kim, json!({"seats": [1, 2]})).await.success(200);
    assert_eq!((&body["amount"], &body["balance"]), (&json!(12_000), &json!(0)));
}

#[tokio::test]
async fn a_free_seat_costs_nothing() {
    let app = App::start(&[]);
    app.concert("spring", json!({"dates": [{"date": DATE, "seats": 50, "price": 0}]})).await;
    let kim = app.guest("kim", "spring").await;
    assert_eq!(app.reserving(&kim, json!({"seat": 1})).await.success(200)["amount"], 0);
    let body = app.paying(&kim, json!({"seat": 1})).await.success(200);
    assert_eq!((&body["amount"], &body["balance"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn everything_that_is_held_is_paid_over_all_dates_and_what_is_given_back_is_told() {
    let app = App::start(&[]);
    let dates = json!([{"date": DATE, "seats": 9, "price": 1000}, {"date": "2030-12-25", "seats": 9, "price": 500}]);
    app.concert("spring", json!({ "dates": dates })).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 10_000).await;
    let pay = |guest: &Guest, body: Value| app.post("/api/v1/seats/payment").bearer(&guest.token).json(body);
    let everything = |guest: &Guest| pay(guest, json!({"userId": guest.user}));
    everything(&kim).await.refused(404, "RESERVATION_NOT_FOUND");
    app.reserving(&kim, json!({"seats": [3, 4]})).await.success(200);
    app.reserving(&kim, json!({"date": "2030-12-25", "seat": 7})).await.success(200);
    let with_seats = |fields: Value| {
        let mut body = json!({"userId": kim.user});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        body
    };
    assert_invalid(&pay(&kim, with_seats(json!({"date": DATE}))).await, &["seat"]);
    assert_invalid(&pay(&kim, with_seats(json!({"seat": 3}))).await, &["date"]);
    let paid = everything(&kim).key("once").await.success(200);
    assert_eq!((&paid["amount"], &paid["balance"], &paid["released"]), (&json!(2_500), &json!(7_500), &json!([])));
    let items = paid["items"].as_array().unwrap();
    assert_eq!((&items[0]["date"], &items[0]["amount"]), (&json!(DATE), &json!(2_000)));
    assert_eq!((&items[1]["date"], &items[1]["tickets"][0]["seat"]), (&json!("2030-12-25"), &json!(7)));
    assert_eq!(everything(&kim).key("once").await.success(200), paid, "once, and the same answer again");

    let lee = app.guest("lee", "spring").await;
    app.charge(&lee.user, 10_000).await;
    app.reserving(&lee, json!({"seats": [1, 2]})).await.success(200);
    app.reserving(&lee, json!({"date": "2030-12-25", "seat": 8})).await.success(200);
    let part = app.paying(&lee, json!({"seat": 1})).await.success(200);
    let place =
        |seat: u32| json!({"seat": seat, "section": "A", "row": 1, "rowLabel": "1", "label": format!("1-{seat}")});
    let released = json!([{"date": DATE, "seats": [2], "places": [place(2)]},
                          {"date": "2030-12-25", "seats": [8], "places": [place(8)]}]);
    assert_eq!(part["released"], released);
    app.stop_and_verify();
}
