//! Owns one customer: the steps that it takes, what it was told, and so what the server must answer from then on.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::app::{App, Guest, text, time_ms};
use crate::harness::client::{Answer, Call};
use crate::load::{HALL, LINE};

/// One request of a journey.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Create,
    Charge { amount: u64 },
    Join,
    Reserve { date: String, seats: Vec<u64> },
    Cancel { date: String, seats: Vec<u64> },
    Pay { date: String, seats: Vec<u64> },
    Leave,
    Refund { payment: String },
    StandInLine,
}

/// Everything that a customer was told; all fields follow from acknowledged answers alone.
pub(crate) struct Customer {
    pub name: String,
    pub user: String,
    pub balance: u64,
    /// The place in the hall's queue, and why it has ended.
    pub place: Option<(Guest, Option<&'static str>)>,
    /// Seats by date and number: status, end of the hold, payment.
    pub seats: BTreeMap<(String, u64), (&'static str, Value, Option<String>)>,
    pub payments: Vec<(String, Vec<u64>, u64, &'static str)>,
    pub ledger: Vec<(&'static str, i64, u64, Option<String>)>,
    pub line: Option<Guest>,
    pub places_taken: u64,
    /// A request that was sent and not answered, with its idempotency key.
    pub unanswered: Option<(Step, String)>,
    steps: u64,
}

impl Customer {
    pub(crate) fn new(name: String) -> Self {
        Self {
            name,
            user: String::new(),
            balance: 0,
            place: None,
            seats: BTreeMap::new(),
            payments: Vec::new(),
            ledger: Vec::new(),
            line: None,
            places_taken: 0,
            unanswered: None,
            steps: 0,
        }
    }

    /// The live place in the hall.
    pub(crate) fn active(&self) -> Option<&Guest> {
        self.place.as_ref().filter(|(_, why)| why.is_none()).map(|(guest, _)| guest)
    }

    pub(crate) fn held(&self) -> Vec<(String, u64)> {
        self.seats.iter().filter(|(_, seat)| seat.0 == "held").map(|(spot, _)| spot.clone()).collect()
    }

    /// Takes a step; `false` when no answer came.
    pub(crate) async fn take(&mut self, app: &App, step: Step) -> bool {
        self.steps += 1;
        let key = format!("{}-{}", self.name, self.steps);
        match self.call(app, &step, &key).attempt().await {
            Ok(answer) => self.learn(&step, &answer),
            Err(_) => self.unanswered = Some((step, key)),
        }
        self.unanswered.is_none()
    }

    /// Sends the unanswered request again: it has exactly one effect, be it from before the crash or from now.
    pub(crate) async fn settle(&mut self, app: &App) {
        let Some((step, key)) = self.unanswered.take() else { return };
        if let Step::Create = step {
            let answer = self.call(app, &step, &key).await;
            if answer.reason().as_deref() == Some("USERNAME_TAKEN") {
                let path = format!("/api/v1/admin/users?username={}", self.name);
                self.user = text(&app.operator("GET", &path).await.success(200)["userId"]);
            } else {
                self.learn(&step, &answer);
            }
            return;
        }
        let (without, before) = (self.expected(), self.observed(app).await);
        let answer = self.call(app, &step, &key).await;
        self.learn(&step, &answer);
        let with = self.expected();
        let keyed = !matches!(step, Step::Join | Step::StandInLine);
        if !keyed {
            // The token of a place that was not answered is not known, so the place shows only in this answer.
            assert_eq!(before, without, "{step:?} of {}", self.name);
        } else if answer.header("idempotent-replayed").is_some() {
            assert_eq!(before, with, "{step:?} of {} had been committed", self.name);
        } else {
            assert_eq!(before, without, "{step:?} of {} had not been committed", self.name);
        }
    }

    /// The server answers exactly what this customer was told.
    pub(crate) async fn check(&self, app: &App) {
        assert_eq!(self.observed(app).await, self.expected(), "{}", self.name);
    }

    fn call(&self, app: &App, step: &Step, key: &str) -> Call {
        let guest = || self.place.as_ref().map(|(guest, _)| guest).expect("the step needs a place");
        let body = |date: &String, seats: &Vec<u64>| json!({"date": date, "seats": seats});
        match step {
            Step::Create => app.post("/api/v1/users").json(json!({"username": self.name})),
            Step::Charge { amount } => app.charging(&self.user, *amount).key(key),
            Step::Join => app.joining(&self.user, HALL),
            Step::Reserve { date, seats } => app.reserving(guest(), body(date, seats)).key(key),
            Step::Cancel { date, seats } => app.canceling(guest(), body(date, seats)).key(key),
            Step::Pay { date, seats } => app.paying(guest(), body(date, seats)).key(key),
            Step::Leave => app.leaving(guest()).key(key),
            Step::Refund { payment } => app.refunding(payment).key(key),
            Step::StandInLine => app.joining(&self.user, LINE),
        }
    }

    /// What an acknowledged answer means for everything that is read afterwards.
    fn learn(&mut self, step: &Step, answer: &Answer) {
        let body = match step {
            Step::Create => answer.success(201),
            Step::Join | Step::StandInLine if answer.status == 201 => answer.success(201),
            _ => answer.success(200),
        };
        match step {
            Step::Create => self.user = text(&body["userId"]),
            Step::Charge { amount } => {
                self.book("charge", *amount as i64, None);
                assert_eq!(body["newBalance"], self.balance, "{}", answer.story());
            }
            Step::Join => {
                self.places_taken += 1;
                self.place = Some((self.guest(&body), None));
            }
            Step::Reserve { date, seats } => {
                for &seat in seats {
                    self.seats.insert((date.clone(), seat), ("held", body["expiresAt"].clone(), None));
                }
            }
            Step::Cancel { date, seats } => {
                for &seat in seats {
                    self.seat(date, seat).0 = "canceled";
                }
            }
            Step::Pay { date, seats } => self.learn_payment(date, seats, &body),
            Step::Leave => self.end_place("left"),
            Step::Refund { payment } => {
                let paid =
                    self.payments.iter_mut().find(|paid| paid.0 == *payment).expect("a payment of this customer");
                paid.3 = "refunded";
                let amount = paid.2 as i64;
                for seat in self.seats.values_mut().filter(|seat| seat.2.as_ref() == Some(payment)) {
                    seat.0 = "refunded";
                }
                self.book("refund", amount, Some(payment.clone()));
            }
            Step::StandInLine => {
                self.places_taken += 1;
                assert_eq!(body["status"], "WAITING", "{}", answer.story());
                self.line = Some(self.guest(&body));
            }
        }
    }

    fn learn_payment(&mut self, date: &str, seats: &[u64], body: &Value) {
        let payment = text(&body["paymentId"]);
        let amount = body["amount"].as_u64().unwrap();
        for &seat in seats {
            let seat = self.seat(date, seat);
            (seat.0, seat.2) = ("paid", Some(payment.clone()));
        }
        self.book("payment", -(amount as i64), Some(payment.clone()));
        assert_eq!(body["balance"], self.balance, "{body}");
        self.payments.push((payment, seats.to_vec(), amount, "paid"));
        self.end_place("paid");
    }

    fn book(&mut self, kind: &'static str, amount: i64, payment: Option<String>) {
        self.balance = self.balance.checked_add_signed(amount).expect("never below zero");
        self.ledger.push((kind, amount, self.balance, payment));
    }

    fn end_place(&mut self, why: &'static str) {
        for seat in self.seats.values_mut().filter(|seat| seat.0 == "held") {
            seat.0 = "canceled";
        }
        self.place.as_mut().expect("the step needs a place").1 = Some(why);
    }

    fn seat(&mut self, date: &str, seat: u64) -> &mut (&'static str, Value, Option<String>) {
        self.seats.get_mut(&(date.to_owned(), seat)).expect("a seat of this customer")
    }

    fn guest(&self, joined: &Value) -> Guest {
        Guest { user: self.user.clone(), token: text(&joined["token"]), joined: joined.clone() }
    }

    fn expected(&self) -> Value {
        let place = self.place.as_ref().map(|(guest, why)| match why {
            Some(why) => json!({ "why": why }),
            // With holds, the place ends with the last of them.
            None => {
                let holds = self.seats.values().filter(|seat| seat.0 == "held").map(|seat| &seat.1);
                json!({ "expiresAt": holds.max_by_key(|end| time_ms(end)).unwrap_or(&guest.joined["expiresAt"]) })
            }
        });
        let seats: BTreeMap<String, Value> = self
            .seats
            .iter()
            .map(|((date, seat), (status, end, payment))| {
                let end = (*status == "held").then_some(end);
                (format!("{date}/{seat}"), json!([status, end, payment]))
            })
            .collect();
        json!({
            "balance": self.balance, "place": place, "seats": seats, "ledger": self.ledger, "payments": self.payments,
            "line": self.line.as_ref().map(|guest| &guest.joined["queuePosition"]),
        })
    }

    /// The same as `expected`, from the server's answers.
    async fn observed(&self, app: &App) -> Value {
        let user = format!("/api/v1/users/{}", self.user);
        let balance = app.balance(&self.user).await;
        let ledger = app.get(&format!("{user}/ledger?limit=100")).await.success(200);
        let ledger: Vec<_> = oldest_first(&ledger, "entries")
            .map(|entry| json!([entry["kind"], entry["amount"], entry["balance"], entry.get("paymentId")]))
            .collect();
        let payments = app.get(&format!("{user}/payments?limit=100")).await.success(200);
        let payments: Vec<_> = oldest_first(&payments, "payments")
            .map(|paid| json!([paid["paymentId"], paid["seats"], paid["amount"], paid["status"]]))
            .collect();
        let mut seats = BTreeMap::new();
        for entry in self.reservations(app).await.iter().rev() {
            let end = if entry["status"] == "held" { entry["expiresAt"].clone() } else { Value::Null };
            let spot = format!("{}/{}", text(&entry["date"]), entry["seatNumber"]);
            seats.insert(spot, json!([entry["status"], end, entry.get("paymentId")]));
        }
        let place = match &self.place {
            None => Value::Null,
            Some((guest, _)) => {
                let place = app.place(guest).await;
                match place.status {
                    200 => json!({"expiresAt": place.success(200)["expiresAt"]}),
                    _ => json!({"why": place.refused(401, "TOKEN_EXPIRED")["why"]}),
                }
            }
        };
        let line = match &self.line {
            None => Value::Null,
            Some(guest) => app.place(guest).await.success(200)["queuePosition"].clone(),
        };
        json!({
            "balance": balance, "place": place, "seats": seats, "ledger": ledger, "payments": payments, "line": line,
        })
    }
}

impl Customer {
    /// All reservations, newest first, page by page.
    async fn reservations(&self, app: &App) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/api/v1/concerts/{HALL}/reservations?userId={}&limit=100{cursor}", self.user);
            let page = app.get(&path).await;
            if page.status != 200 {
                page.refused(404, "NO_RESERVATIONS");
                return rows;
            }
            let page = page.success(200);
            rows.extend(page["reservations"].as_array().unwrap().clone());
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }
}

/// The rows of a list that is answered newest first and fits on one page.
fn oldest_first<'a>(body: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    assert!(body["nextCursor"].is_null(), "more than a page: {body}");
    body[name].as_array().unwrap().iter().rev()
}
