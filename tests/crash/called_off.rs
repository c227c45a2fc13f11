//! A date with many payments is called off while the server is killed again and again: every payment goes back once.
//! `CALLED_OFF_PAYMENTS` asks for another number of them.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::chance::Chance;
use crate::harness::app::{App, DATE, text};
use crate::seed;

const PAYMENTS: u64 = 600;
const BUYERS: u64 = 12;
const PRICE: u64 = 10;
/// Sales that are asked for at once.
const AT_ONCE: usize = 32;

/// What a payment took, and from where.
async fn sell(app: &App, buyers: &[String], number: u64) {
    let mut sale = json!({"concertId": "hall", "date": DATE, "seats": [number + 1]});
    let (paid_by, user) = match number % 4 {
        0 => ("cash", None),
        1 => ("card", Some(&buyers[(number % BUYERS) as usize])),
        _ => ("wallet", Some(&buyers[(number % BUYERS) as usize])),
    };
    sale["paidBy"] = json!(paid_by);
    sale["userId"] = json!(user);
    app.operator("POST", "/api/v1/admin/sales").json(sale).await.success(201);
}

async fn called_off(app: &App) -> Value {
    let concert = app.operator("GET", "/api/v1/admin/concerts/hall").await.success(200);
    concert["dates"][0]["calledOff"].clone()
}

/// How often each payment was refunded, as the feed tells.
async fn refunds(app: &App) -> BTreeMap<String, u64> {
    let (mut after, mut refunds) = (0, BTreeMap::new());
    loop {
        let page = app.operator("GET", &format!("/api/v1/admin/events?after={after}&limit=100")).await.success(200);
        let events = page["events"].as_array().unwrap();
        for event in events.iter().filter(|event| event["type"] == "payment.refunded") {
            *refunds.entry(text(&event["data"]["paymentId"])).or_default() += 1;
        }
        if events.is_empty() {
            return refunds;
        }
        after = page["next"].as_u64().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_date_that_is_called_off_gives_every_payment_back_once_whenever_the_server_is_killed() {
    let payments = std::env::var("CALLED_OFF_PAYMENTS").map_or(PAYMENTS, |text| text.parse().expect("a number"));
    let mut chance = Chance::new(seed());
    let mut app = App::start(&[]);
    app.concert("hall", json!({"dates": [{"date": DATE, "seats": payments, "price": PRICE}]})).await;
    let mut buyers = Vec::new();
    for number in 0..BUYERS {
        let user = app.user(&format!("buyer-{number}")).await;
        app.charge(&user, payments * PRICE).await;
        buyers.push(user);
    }
    let numbers: Vec<u64> = (0..payments).collect();
    for some in numbers.chunks(AT_ONCE) {
        join_all(some.iter().map(|number| sell(&app, &buyers, *number))).await;
    }

    let cancel = format!("/api/v1/admin/concerts/hall/dates/{DATE}/cancel");
    app.operator("POST", &cancel).json(json!({"reason": "rain"})).await.success(200);
    let (mut kills, mut before) = (0, 0);
    loop {
        tokio::time::sleep(Duration::from_millis(chance.below(25))).await;
        app.process.kill();
        kills += 1;
        if kills % 3 == 0 {
            app.folder.assert_clean();
        }
        app.start_again();
        let told = called_off(&app).await;
        let of = |part: &str, name: &str| told[part][name].as_u64().unwrap();
        assert_eq!(of("refunded", "payments") + of("left", "payments"), payments, "{told}");
        assert_eq!(of("refunded", "amount") + of("left", "amount"), payments * PRICE, "{told}");
        assert!(of("refunded", "payments") >= before, "{told}");
        before = of("refunded", "payments");
        if told["finishedAt"].is_string() {
            break;
        }
    }
    println!("called off over {kills} kills");
    let refunds = refunds(&app).await;
    assert_eq!((refunds.len() as u64, refunds.values().all(|count| *count == 1)), (payments, true));
    for buyer in &buyers {
        assert_eq!(app.balance(buyer).await, payments * PRICE);
    }
    app.operator("POST", &cancel).json(json!({"reason": "rain"})).await.refused(409, "DATE_CALLED_OFF");
    app.stop_and_verify();
}
