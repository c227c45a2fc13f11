//! Owns customers who buy, and now and then give back, seats of eight halls through whichever instance answers, and what
//! they were told: that must be there afterwards, all of it and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::cluster::Cluster;
use crate::harness::app::{App, DATE, text};
use crate::harness::client::{Answer, Call, Client};
use crate::harness::cluster::OPERATOR_KEY;
use crate::harness::endpoints::{Endpoints, Insistent, Misses};
use crate::sales::Sales;

const HALLS: usize = 8;
/// Seats of a hall: few enough that customers want the same ones.
const SEATS: usize = 600;
const PRICE: i64 = 10;
/// One of so many payments is given back.
const REFUNDED_ONE_OF: u64 = 5;

/// Settings under which nothing ends by the clock.
pub(crate) const SETTINGS: [&str; 3] = ["hold.seconds=86400", "queue.active_seconds=86400", "sale.seat_limit=1000"];

/// A customer, and what it was told.
pub(crate) struct Shopper {
    insistent: Insistent,
    user: String,
    random: fastrand::Rng,
    sales: Sales,
    steps: u64,
    /// Charges, payments and refunds in their order.
    ledger: Vec<(&'static str, i64)>,
    purchases: Vec<Purchase>,
}

struct Purchase {
    payment: String,
    hall: usize,
    seat: usize,
    standing: Standing,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Paid,
    Refunded,
}

/// Customers at work.
pub(crate) struct Crowd {
    at_work: Vec<JoinHandle<Shopper>>,
    is_over: Arc<AtomicBool>,
    pub sales: Sales,
}

fn hall(number: usize) -> String {
    format!("hall-{number}")
}

/// Creates the halls.
pub(crate) async fn open_halls(app: &App) {
    let dates = json!([{"date": DATE, "seats": SEATS, "price": PRICE}]);
    let queue = json!({"maxActive": null, "admitCount": null, "abandonSeconds": null});
    for number in 0..HALLS {
        app.concert(&hall(number), json!({"dates": dates, "queue": queue})).await;
    }
}

impl Crowd {
    /// So many customers, who come to one instance after the other.
    pub(crate) async fn gather(cluster: &Cluster, count: usize, seed: u64) -> Self {
        let (is_over, sales) = (Arc::new(AtomicBool::new(false)), Sales::default());
        let mut at_work = Vec::new();
        for number in 0..count {
            let user = cluster.at(number).user(&format!("shopper-{number}")).await;
            let random = fastrand::Rng::with_seed(seed.wrapping_add(number as u64));
            let shopper = Shopper::new((cluster.endpoints.clone(), number), user, random, sales.clone());
            let is_over = Arc::clone(&is_over);
            at_work.push(tokio::spawn(shopper.shop(is_over)));
        }
        Self { at_work, is_over, sales }
    }

    /// Lets everybody finish.
    pub(crate) async fn go_home(self) -> Vec<Shopper> {
        self.is_over.store(true, Ordering::Relaxed);
        join_all(self.at_work).await.into_iter().map(|shopper| shopper.expect("it was told what it may be")).collect()
    }
}

impl Shopper {
    fn new((endpoints, home): (Endpoints, usize), user: String, random: fastrand::Rng, sales: Sales) -> Self {
        let insistent = Insistent::new(endpoints, home);
        Self { insistent, user, random, sales, steps: 0, ledger: Vec::new(), purchases: Vec::new() }
    }

    async fn shop(mut self, is_over: Arc<AtomicBool>) -> Self {
        while !is_over.load(Ordering::Relaxed) {
            self.visit().await;
        }
        self
    }

    /// Buys a seat, and may give it back.
    async fn visit(&mut self) {
        self.insistent.begin_at_home();
        let hall = self.random.usize(..HALLS);
        let joining = json!({"userId": self.user, "concertId": self::hall(hall)});
        let joined = self.insistent.ask(|client| client.call("POST", "/api/v1/token").json(joining.clone())).await;
        let token = text(&joined.success(joined.status)["token"]);
        let charged = self.charge().await;
        assert_eq!(charged["newBalance"], self.balance(), "every won, and each once");

        let seat = self.reserve(&token).await;
        let body = json!({"userId": self.user, "date": DATE, "seat": seat});
        let paying = |client: &Client| client.call("POST", "/api/v1/seats/payment").bearer(&token).json(body.clone());
        let paid = self.keyed(paying).await.success(200);
        self.sales.note();
        self.ledger.push(("payment", -PRICE));
        let payment = text(&paid["paymentId"]);
        let mut standing = Standing::Paid;
        if self.random.u64(..REFUNDED_ONE_OF) == 0 {
            let path = format!("/api/v1/payments/{payment}/refund");
            let refunding =
                |client: &Client| client.call("POST", &path).bearer(OPERATOR_KEY).json(json!({"reason": "test"}));
            self.keyed(refunding).await.success(200);
            self.ledger.push(("refund", PRICE));
            standing = Standing::Refunded;
        }
        self.purchases.push(Purchase { payment, hall, seat, standing });
    }

    async fn charge(&mut self) -> Value {
        let path = format!("/api/v1/users/{}/balance/charge", self.user);
        let charged = self.keyed(|client| client.call("POST", &path).json(json!({"amount": PRICE}))).await;
        self.ledger.push(("charge", PRICE));
        charged.success(200)
    }

    /// Holds a seat that nobody else has.
    async fn reserve(&mut self, token: &str) -> usize {
        loop {
            let seat = self.random.usize(1..=SEATS);
            let body = json!({"userId": self.user, "date": DATE, "seat": seat});
            let answer = self
                .keyed(|client| client.call("POST", "/api/v1/seats/reserve").bearer(token).json(body.clone()))
                .await;
            match answer.status {
                409 => assert!(
                    matches!(answer.reason().as_deref(), Some("SEAT_TAKEN" | "ALREADY_PAID")),
                    "{}",
                    answer.story()
                ),
                _ => {
                    answer.success(200);
                    return seat;
                }
            }
        }
    }

    /// The answer to a request with a key of its own.
    async fn keyed(&mut self, request: impl Fn(&Client) -> Call) -> Answer {
        self.steps += 1;
        let key = format!("{}-{}", self.user, self.steps);
        self.insistent.ask(|client| request(client).key(&key)).await
    }

    fn balance(&self) -> i64 {
        self.ledger.iter().map(|(_, amount)| amount).sum()
    }

    /// How often it had no answer at once.
    pub(crate) fn misses(&self) -> Misses {
        self.insistent.misses
    }

    /// Asserts that the ledger is what it was told, through this instance.
    async fn check(&self, app: &App) {
        let mut kept = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/api/v1/users/{}/ledger?limit=100{cursor}", self.user);
            let page = app.get(&path).await.success(200);
            let entries = page["entries"].as_array().unwrap().iter();
            kept.extend(entries.map(|entry| (text(&entry["kind"]), entry["amount"].as_i64().unwrap())));
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        kept.reverse();
        let told: Vec<_> = self.ledger.iter().map(|(kind, amount)| ((*kind).to_owned(), *amount)).collect();
        assert_eq!(kept, told, "the ledger of {}", self.user);
        assert_eq!(app.balance(&self.user).await, self.balance() as u64);
    }
}

/// Asserts that everything which the customers were told is there, through each of the instances, and nothing else.
pub(crate) async fn check_everything(cluster: &Cluster, shoppers: &[Shopper]) {
    for (number, shopper) in shoppers.iter().enumerate() {
        shopper.check(cluster.at(number)).await;
    }
    let events = all_events(cluster.at(0)).await;
    for app in &cluster.instances[1..] {
        assert!(all_events(app).await == events, "the feed of another instance");
    }
    let named = |kind: &str| {
        let of_kind = events.iter().filter(|event| event["type"] == kind);
        of_kind.map(|event| text(&event["data"]["paymentId"])).collect::<Vec<_>>()
    };
    let sorted = |mut payments: Vec<String>| {
        payments.sort_unstable();
        payments
    };
    let bought = || shoppers.iter().flat_map(|shopper| &shopper.purchases);
    let told = |is_meant: fn(&Purchase) -> bool| {
        sorted(bought().filter(|purchase| is_meant(purchase)).map(|purchase| purchase.payment.clone()).collect())
    };
    assert_eq!(sorted(named("payment.paid")), told(|_| true));
    assert_eq!(sorted(named("payment.refunded")), told(|purchase| purchase.standing == Standing::Refunded));

    let mut sold: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for purchase in bought().filter(|purchase| purchase.standing == Standing::Paid) {
        let is_new = sold.entry(purchase.hall).or_default().insert(purchase.seat);
        assert!(is_new, "seat {} of hall {} was sold twice", purchase.seat, purchase.hall);
    }
    for number in 0..HALLS {
        let seats = sold.get(&number).map_or(0, BTreeSet::len) as u64;
        let path = format!("/api/v1/admin/concerts/{}/stats", hall(number));
        let stats = cluster.at(number).operator("GET", &path).await.success(200);
        let told = (stats["dates"][0]["sold"].as_u64(), stats["dates"][0]["held"].as_u64(), stats["revenue"].as_i64());
        assert_eq!(told, (Some(seats), Some(0), Some(seats as i64 * PRICE)), "{stats}");
    }
}

/// The feed from its beginning, without gaps.
async fn all_events(app: &App) -> Vec<Value> {
    let mut events: Vec<Value> = Vec::new();
    loop {
        let path = format!("/api/v1/admin/events?after={}&limit=100", events.len());
        let page = app.operator("GET", &path).await.success(200);
        let page = page["events"].as_array().unwrap();
        if page.is_empty() {
            return events;
        }
        for event in page {
            assert_eq!(event["seq"], events.len() + 1, "a gap or a repeat in the feed");
            events.push(event.clone());
        }
    }
}
