//! Owns one worker of the load: its customers, which step comes next, and the checks after a crash.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;

use crate::chance::Chance;
use crate::customer::{Customer, Step};
use crate::harness::app::App;

/// A concert in which everybody is admitted and buys.
pub(crate) const HALL: &str = "hall";
/// A concert in which one guest is ACTIVE for ever and all others wait.
pub(crate) const LINE: &str = "line";

const PRICE: u64 = 10;
const DATES: u64 = 28;
const SEATS: u64 = 2_000;
/// Neighbouring seats that belong to one visit of one customer.
const GROUP: u64 = 4;
/// A customer with so long a ledger is left alone, so that a page shows all of it.
const LEDGER_MAX: usize = 80;

static GROUPS_TAKEN: AtomicU64 = AtomicU64::new(0);

pub(crate) struct Load {
    worker: usize,
    chance: Chance,
    customers: Vec<Customer>,
    /// Customers that are checked after this round whatever chance says.
    touched: Vec<usize>,
}

impl Load {
    pub(crate) fn new(worker: usize, seed: u64) -> Self {
        Self { worker, chance: Chance::new(seed), customers: Vec::new(), touched: Vec::new() }
    }

    /// The concerts, and the guest at the head of the line.
    pub(crate) async fn prepare(app: &App) {
        let dates: Vec<_> = (1..=DATES).map(|day| json!({"date": date(day), "seats": SEATS, "price": PRICE})).collect();
        app.concert(HALL, json!({ "dates": dates })).await;
        let queue = json!({"maxActive": 1, "admitCount": null, "abandonSeconds": null});
        app.concert(LINE, json!({ "queue": queue })).await;
        app.guest("head-of-the-line", LINE).await;
    }

    /// Customer after customer, journey after journey, until the server is gone.
    pub(crate) async fn run(&mut self, app: &App) {
        loop {
            let number = self.pick();
            if self.touched.last() != Some(&number) {
                self.touched.push(number);
            }
            let steps = 1 + self.chance.below(12);
            for _ in 0..steps {
                let step = next_step(&self.customers[number], &mut self.chance);
                if !self.customers[number].take(app, step).await {
                    return;
                }
            }
        }
    }

    /// Settles what was under way, then asks for everybody who did something since, and for some of the others.
    pub(crate) async fn check(&mut self, app: &App) -> usize {
        for _ in 0..10.min(self.customers.len()) {
            self.touched.push(self.chance.below(self.customers.len() as u64) as usize);
        }
        self.touched.sort_unstable();
        self.touched.dedup();
        for &number in &self.touched {
            let customer = &mut self.customers[number];
            customer.settle(app).await;
            customer.check(app).await;
        }
        let checked = self.touched.len();
        self.touched.clear();
        checked
    }

    pub(crate) fn check_everybody_next(&mut self) {
        self.touched = (0..self.customers.len()).collect();
    }

    pub(crate) fn charges(&self) -> u64 {
        self.count(|customer| customer.ledger.iter().filter(|entry| entry.0 == "charge").count() as u64)
    }

    pub(crate) fn payments(&self) -> u64 {
        self.count(|customer| customer.payments.len() as u64)
    }

    pub(crate) fn refunds(&self) -> u64 {
        self.count(|customer| customer.payments.iter().filter(|payment| payment.3 == "refunded").count() as u64)
    }

    pub(crate) fn revenue(&self) -> u64 {
        self.sold_seats() * PRICE
    }

    pub(crate) fn sold_seats(&self) -> u64 {
        self.count(|customer| customer.seats.values().filter(|seat| seat.0 == "paid").count() as u64)
    }

    pub(crate) fn held_seats(&self) -> u64 {
        self.count(|customer| customer.held().len() as u64)
    }

    pub(crate) fn active_places(&self) -> u64 {
        self.count(|customer| u64::from(customer.active().is_some()))
    }

    pub(crate) fn places(&self) -> u64 {
        self.count(|customer| customer.places_taken)
    }

    pub(crate) fn line_positions(&self) -> Vec<u64> {
        let guests = self.customers.iter().filter_map(|customer| customer.line.as_ref());
        guests.map(|guest| guest.joined["queuePosition"].as_u64().unwrap()).collect()
    }

    fn count(&self, of: impl Fn(&Customer) -> u64) -> u64 {
        self.customers.iter().map(of).sum()
    }

    /// One of the customers, or a new one.
    fn pick(&mut self) -> usize {
        if !self.customers.is_empty() && self.chance.below(3) > 0 {
            let number = self.chance.below(self.customers.len() as u64) as usize;
            if self.customers[number].ledger.len() < LEDGER_MAX {
                return number;
            }
        }
        let name = format!("customer-{}-{}", self.worker, self.customers.len());
        self.customers.push(Customer::new(name));
        self.customers.len() - 1
    }
}

fn next_step(customer: &Customer, chance: &mut Chance) -> Step {
    if customer.user.is_empty() {
        return Step::Create;
    }
    let charge = Step::Charge { amount: 1 + customer.balance % 7 + GROUP * PRICE };
    let held = customer.held();
    let roll = chance.below(20);
    if customer.active().is_none() {
        let refundable = customer.payments.iter().find(|payment| payment.3 == "paid");
        return match (roll, refundable) {
            (0..3, _) => charge,
            (3..6, Some(payment)) => Step::Refund { payment: payment.0.clone() },
            (6..8, _) if customer.line.is_none() => Step::StandInLine,
            _ => Step::Join,
        };
    }
    let Some((date, first)) = held.first().cloned() else {
        return if roll == 0 { Step::Leave } else { reserve_somewhere(roll) };
    };
    let seats: Vec<_> = held.iter().map(|(_, seat)| *seat).collect();
    match roll {
        0..2 => Step::Leave,
        2..5 => Step::Cancel { date, seats: vec![first] },
        5..7 => Step::Charge { amount: 1 + roll },
        // What one holds already may be asked for again.
        7 => Step::Reserve { date, seats: vec![first] },
        8..10 if seats.len() > 1 && customer.balance >= PRICE => Step::Pay { date, seats: vec![first] },
        _ if customer.balance >= PRICE * seats.len() as u64 => Step::Pay { date, seats },
        _ => charge,
    }
}

/// Seats that nobody else asks for, so that every wish is granted: races have their own tests.
fn reserve_somewhere(roll: u64) -> Step {
    let group = GROUPS_TAKEN.fetch_add(1, Ordering::Relaxed);
    let groups_a_date = SEATS / GROUP;
    assert!(group < DATES * groups_a_date, "the hall is sold out");
    let first = group % groups_a_date * GROUP + 1;
    Step::Reserve { date: date(1 + group / groups_a_date), seats: (first..=first + roll % GROUP).collect() }
}

fn date(day: u64) -> String {
    format!("2030-12-{day:02}")
}
