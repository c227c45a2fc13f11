//! Owns a customer of the histories: it takes and leaves few seats, puts money into few wallets, pays, has payments given
//! back and looks, at any instance, and everything that it was told is recorded.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use super::asking::{Asked, Asking, Insistence};
use super::linearizability::Span;
use super::recorder::Recorder;
use super::seat::{SeatAction, Standing};
use super::wallet::WalletAction;
use crate::harness::app::{DATE, text};
use crate::harness::client::{Answer, Client};
use crate::harness::cluster::OPERATOR_KEY;
use crate::harness::endpoints::Endpoints;

/// The concert that is sold.
pub(crate) const CONCERT: &str = "hall";
pub(crate) const SEATS: usize = 6;
/// What a seat costs: many charges, so that payments are refused, too.
pub(crate) const PRICE: i64 = 3_000;
const CHARGE_MAX: i64 = 400;
/// One of so many changes is asked for once, without a key.
const WITHOUT_KEY_ONE_OF: u32 = 2;

/// What all customers know; clones share it.
#[derive(Clone)]
pub(crate) struct Known {
    pub endpoints: Endpoints,
    pub recorder: Recorder,
    /// The ids of the users, one a customer.
    pub users: Arc<Vec<String>>,
    /// Payments that may be given back: the number of the user and the seat.
    pub payments: Arc<Mutex<IndexMap<Uuid, (usize, usize)>>>,
    /// How long a customer rests at most between two requests, in milliseconds.
    pub rest_ms_max: u64,
}

/// A customer, who is one of the users.
pub(crate) struct Customer {
    pub known: Known,
    pub asking: Asking,
    user: usize,
    random: fastrand::Rng,
    pub token: String,
    /// Seats that it most likely holds.
    holds: Vec<usize>,
}

impl Customer {
    pub(crate) fn new(known: Known, user: usize, seed: u64) -> Self {
        let name = format!("customer {user}");
        let mut random = fastrand::Rng::with_seed(seed.wrapping_add(user as u64));
        let asking = Asking::new((known.endpoints.clone(), known.recorder.clone()), name, random.fork());
        Self { known, asking, user, random, token: String::new(), holds: Vec::new() }
    }

    /// One request after the other until it is over, and then a look at everything.
    pub(crate) async fn act(mut self, is_over: Arc<AtomicBool>) {
        self.join().await;
        while !is_over.load(Ordering::Relaxed) {
            if self.known.rest_ms_max > 0 {
                sleep(Duration::from_millis(self.random.u64(..self.known.rest_ms_max))).await;
            }
            match self.random.u8(..18) {
                0..=3 => self.reserve().await,
                4 => self.cancel().await,
                5..=7 => self.pay().await,
                8..=9 => self.refund().await,
                10..=12 => self.charge().await,
                13..=14 => {
                    let user = self.random.usize(..self.known.users.len());
                    self.read_balance(user).await;
                }
                15 => {
                    let seat = self.random.usize(1..=SEATS);
                    self.look(seat).await;
                }
                16 => self.read_states().await,
                _ => self.read_map().await,
            }
        }
        for user in 0..self.known.users.len() {
            self.read_balance(user).await;
        }
        for seat in 1..=SEATS {
            self.look(seat).await;
        }
    }

    /// Takes a place in the queue, or the one that it has.
    async fn join(&mut self) {
        let body = json!({"userId": self.id(), "concertId": CONCERT});
        let joined = self.asking.change(Insistence::Keyed, |it| it.call("POST", "/api/v1/token").json(body.clone()));
        let joined = joined.await;
        let joined = joined.answer().expect("it is asked until it is answered");
        if joined.status == 201 {
            self.holds.clear();
        }
        self.token = text(&joined.success(joined.status)["token"]);
    }

    async fn reserve(&mut self) {
        let (user, seat) = (self.user, self.random.usize(1..=SEATS));
        let asked = self.with_place("POST", "/api/v1/seats/reserve", seat).await;
        let reserve = SeatAction::Reserve { user };
        self.note_doubt(&asked, seat, reserve);
        let Some(answer) = asked.answer() else { return };
        let standing = match refusal(answer).as_deref() {
            None => {
                self.holds.push(seat);
                return self.seat(seat, asked.done(), &asked.by, reserve);
            }
            Some("SEAT_TAKEN") => Standing::TakenFrom { user },
            Some("ALREADY_PAID") => Standing::OwnedBy { user },
            Some(other) => return self.renew(other, answer).await,
        };
        self.seat(seat, asked.refused(), &asked.by, SeatAction::Stands(standing));
    }

    async fn cancel(&mut self) {
        let (user, seat) = (self.user, self.seat_of_its_own());
        let asked = self.with_place("DELETE", "/api/v1/seats/cancel", seat).await;
        let release = SeatAction::Release { user };
        self.note_doubt(&asked, seat, release);
        let Some(answer) = asked.answer() else { return };
        self.holds.retain(|held| *held != seat);
        let standing = match refusal(answer).as_deref() {
            None => return self.seat(seat, asked.done(), &asked.by, release),
            Some("RESERVATION_NOT_FOUND") => Standing::NeitherHeldForNorOwnedBy { user },
            Some("ALREADY_PAID") => Standing::OwnedBy { user },
            Some(other) => return self.renew(other, answer).await,
        };
        self.seat(seat, asked.refused(), &asked.by, SeatAction::Stands(standing));
    }

    /// A payment ends the place and with it the holds of all other seats.
    async fn pay(&mut self) {
        let (user, seat) = (self.user, self.seat_of_its_own());
        let asked = self.with_place("POST", "/api/v1/seats/payment", seat).await;
        let others = (1..=SEATS).filter(|other| *other != seat);
        self.note_doubt(&asked, seat, SeatAction::Pay { user, payment: None });
        if let Some(span) = asked.in_doubt() {
            self.wallet(user, span, &asked.by, WalletAction::Pay { amount: PRICE, balance: None });
            others.clone().for_each(|other| self.seat(other, span, &asked.by, SeatAction::Release { user }));
        }
        let Some(answer) = asked.answer() else { return };
        let standing = match refusal(answer).as_deref() {
            None => {
                let paid = answer.success(200);
                let payment = Uuid::parse_str(&text(&paid["paymentId"])).unwrap();
                let (span, by) = (asked.done(), asked.by.as_str());
                self.wallet(user, span, by, WalletAction::Pay { amount: PRICE, balance: paid["balance"].as_i64() });
                self.seat(seat, span, by, SeatAction::Pay { user, payment: Some(payment) });
                for other in others {
                    self.seat(other, span, by, released(&paid, other, user));
                }
                self.known.payments.lock().unwrap().insert(payment, (user, seat));
                return self.join().await;
            }
            Some("INSUFFICIENT_BALANCE") => {
                self.wallet(user, asked.refused(), &asked.by, WalletAction::TooLittle { amount: PRICE });
                Standing::HeldFor { user }
            }
            Some("RESERVATION_NOT_FOUND") => Standing::NeitherHeldForNorOwnedBy { user },
            Some("ALREADY_PAID") => Standing::OwnedBy { user },
            Some(other) => return self.renew(other, answer).await,
        };
        self.seat(seat, asked.refused(), &asked.by, SeatAction::Stands(standing));
    }

    /// Gives anybody's payment back.
    async fn refund(&mut self) {
        let all: Vec<_> = self.known.payments.lock().unwrap().iter().map(|(payment, of)| (*payment, *of)).collect();
        let Some((payment, (user, seat))) = self.random.choice(all) else { return };
        let path = format!("/api/v1/payments/{payment}/refund");
        let request = |it: &Client| it.call("POST", &path).bearer(OPERATOR_KEY).json(json!({"reason": "test"}));
        let insistence = self.insistence();
        let asked = self.asking.change(insistence, request).await;
        let (to_seat, to_wallet) = (SeatAction::Refund { user, payment }, WalletAction::Refund { amount: PRICE });
        self.note_doubt(&asked, seat, to_seat);
        if let Some(span) = asked.in_doubt() {
            self.wallet(user, span, &asked.by, to_wallet);
        }
        let Some(answer) = asked.answer() else { return };
        self.known.payments.lock().unwrap().shift_remove(&payment);
        match refusal(answer).as_deref() {
            None => {
                self.seat(seat, asked.done(), &asked.by, to_seat);
                self.wallet(user, asked.done(), &asked.by, to_wallet);
            }
            Some("ALREADY_REFUNDED") => {
                let stands = SeatAction::Stands(Standing::NotSoldBy { payment });
                self.seat(seat, asked.refused(), &asked.by, stands);
            }
            Some(_) => panic!("a payment that was told is there: {}", answer.story()),
        }
    }

    /// Puts money into anybody's wallet.
    async fn charge(&mut self) {
        let (user, amount) = (self.random.usize(..self.known.users.len()), self.random.i64(1..=CHARGE_MAX));
        let path = format!("/api/v1/users/{}/balance/charge", self.known.users[user]);
        let insistence = self.insistence();
        let request = |it: &Client| it.call("POST", &path).json(json!({ "amount": amount }));
        let asked = self.asking.change(insistence, request).await;
        if let Some(span) = asked.in_doubt() {
            self.wallet(user, span, &asked.by, WalletAction::Charge { amount, balance: None });
        }
        if let Some(answer) = asked.answer() {
            let balance = answer.success(200)["newBalance"].as_i64();
            self.wallet(user, asked.done(), &asked.by, WalletAction::Charge { amount, balance });
        }
    }

    /// A change of a seat that a place may make.
    async fn with_place(&mut self, method: &str, path: &str, seat: usize) -> Asked {
        let body = json!({"userId": self.id(), "date": DATE, "seat": seat});
        let (insistence, token) = (self.insistence(), self.token.clone());
        self.asking.change(insistence, |it| it.call(method, path).bearer(&token).json(body.clone())).await
    }

    /// Takes another place where one has ended, which only an own payment does, and fails on any other refusal.
    pub(crate) async fn renew(&mut self, reason: &str, answer: &Answer) {
        assert_eq!(reason, "TOKEN_EXPIRED", "{}", answer.story());
        assert_eq!(answer.json()["body"]["why"], "paid", "{}", answer.story());
        self.join().await;
    }

    fn insistence(&mut self) -> Insistence {
        if self.random.u32(..WITHOUT_KEY_ONE_OF) == 0 { Insistence::Once } else { Insistence::Keyed }
    }

    /// One that it holds, or any.
    fn seat_of_its_own(&mut self) -> usize {
        self.random.choice(self.holds.clone()).unwrap_or_else(|| self.random.usize(1..=SEATS))
    }

    fn id(&self) -> &str {
        &self.known.users[self.user]
    }

    fn note_doubt(&self, asked: &Asked, seat: usize, action: SeatAction) {
        if let Some(span) = asked.in_doubt() {
            self.seat(seat, span, &asked.by, action);
        }
    }

    pub(crate) fn seat(&self, seat: usize, span: Span, by: &str, action: SeatAction) {
        self.known.recorder.seat(seat, span, by, action);
    }

    pub(crate) fn wallet(&self, user: usize, span: Span, by: &str, action: WalletAction) {
        self.known.recorder.wallet(user, span, by, action);
    }
}

/// The reason of a refusal.
pub(crate) fn refusal(answer: &Answer) -> Option<String> {
    if answer.status < 400 { None } else { answer.reason() }
}

/// What a payment of another seat tells of a seat: it was released, or its user did not hold it.
fn released(paid: &Value, seat: usize, user: usize) -> SeatAction {
    let mut items = paid["released"].as_array().unwrap().iter();
    let is_released = items.any(|item| item["seats"].as_array().unwrap().contains(&json!(seat)));
    if is_released { SeatAction::Release { user } } else { SeatAction::Stands(Standing::NotHeldFor { user }) }
}
