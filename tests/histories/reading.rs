//! What a customer of the histories reads, at any instance: balances, single seats and all of them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use uuid::Uuid;

use super::customer::{CONCERT, Customer, SEATS, refusal};
use super::linearizability::Span;
use super::seat::{SeatAction, Standing};
use super::wallet::WalletAction;
use crate::harness::app::{DATE, text};
use crate::harness::client::Client;
use crate::harness::cluster::OPERATOR_KEY;

impl Customer {
    /// Reads anybody's balance.
    pub(crate) async fn read_balance(&mut self, user: usize) {
        let path = format!("/api/v1/users/{}/balance", self.known.users[user]);
        let Some((answer, span, by)) = self.asking.read(|it| it.call("GET", &path)).await else { return };
        let balance = answer.success(200)["balance"].as_i64().unwrap();
        self.wallet(user, span, &by, WalletAction::Read { balance });
    }

    /// Looks at one seat as the operator, who is told everything.
    pub(crate) async fn look(&mut self, seat: usize) {
        let path = format!("/api/v1/admin/concerts/{CONCERT}/dates/{DATE}/seats/{seat}");
        let request = |it: &Client| it.call("GET", &path).bearer(OPERATOR_KEY);
        let Some((answer, span, by)) = self.asking.read(request).await else { return };
        let told = answer.success(200);
        let user = || self.known.users.iter().position(|id| told["userId"] == **id).expect("one of the users");
        let standing = match told["status"].as_str() {
            Some("free") => Standing::Free,
            Some("held") => Standing::HeldFor { user: user() },
            Some("sold") => {
                let (user, payment) = (user(), Uuid::parse_str(&text(&told["paymentId"])).unwrap());
                // It may be one of which the customer was not told.
                self.known.payments.lock().unwrap().insert(payment, (user, seat));
                Standing::SoldTo { user, payment }
            }
            _ => panic!("{}", answer.story()),
        };
        self.seat(seat, span, &by, SeatAction::Stands(standing));
    }

    /// Reads the states of all seats.
    pub(crate) async fn read_states(&mut self) {
        let Some((told, span, by)) = self.read_seats(&format!("/api/v1/seats/states?date={DATE}")).await else {
            return;
        };
        let bytes = STANDARD.decode(text(&told["states"])).unwrap();
        for seat in 1..=SEATS {
            let at = seat - 1;
            let standing = [Standing::Free, Standing::Held, Standing::Sold];
            let standing = standing[usize::from(bytes[at / 4] >> (2 * (at % 4)) & 3)];
            self.seat(seat, span, &by, SeatAction::Stands(standing));
        }
    }

    /// Reads the map of the seats.
    pub(crate) async fn read_map(&mut self) {
        let Some((told, span, by)) = self.read_seats(&format!("/api/v1/seats?date={DATE}")).await else { return };
        for (at, seat) in told["seats"].as_array().unwrap().iter().enumerate() {
            let standing = match seat["status"].as_str() {
                Some("free") => Standing::Free,
                Some("held") => Standing::Held,
                Some("sold") => Standing::Sold,
                _ => panic!("{told}"),
            };
            self.seat(at + 1, span, &by, SeatAction::Stands(standing));
        }
    }

    async fn read_seats(&mut self, path: &str) -> Option<(Value, Span, String)> {
        let token = self.token.clone();
        let (answer, span, by) = self.asking.read(|it| it.call("GET", path).bearer(&token)).await?;
        match refusal(&answer) {
            None => Some((answer.success(200), span, by)),
            Some(reason) => {
                self.renew(&reason, &answer).await;
                None
            }
        }
    }
}
