//! Owns the server, users and places with which every reason can be provoked.

use serde_json::json;

use crate::harness::app::{App, DATE, Guest, text};
use crate::harness::client::Call;
use crate::harness::described::Operation;

/// A server with users and places of every kind.
pub(super) struct World {
    pub app: App,
    /// Has money and an ACTIVE place at `spring`.
    pub kim: Guest,
    /// Has an ACTIVE place at `spring`, too.
    pub lee: Guest,
    /// Waits at `full`, which admits nobody else.
    pub waiting: Guest,
    /// Has left `spring`.
    pub left: Guest,
    pub blocked: String,
    /// A payment of kim's.
    payment: String,
    /// Its ticket.
    pub ticket: String,
}

impl World {
    /// `spring` has four seats, of which seat 1 is kim's; `full` admits one user only.
    pub(super) async fn begin() -> Self {
        let app = App::start(&["hold.seconds=4", "queue.end_on_hold_lapse=false", "sale.seat_limit=2"]);
        let four = json!([{"date": DATE, "seats": 4, "price": 5000}, {"date": "2030-12-25", "seats": 1, "price": 0}]);
        app.concert("spring", json!({ "dates": four })).await;
        app.concert("full", json!({"queue": {"maxActive": 1}})).await;
        app.concert("draft", json!({"status": "draft"})).await;
        app.concert("over", json!({"status": "closed"})).await;
        let buyer = app.guest("kim", "spring").await;
        app.charge(&buyer.user, 6_000).await;
        app.reserving(&buyer, json!({"seat": 1})).await.success(200);
        let paid = app.paying(&buyer, json!({"seat": 1})).await.success(200);
        let (payment, ticket) = (text(&paid["paymentId"]), text(&paid["tickets"][0]["ticketId"]));
        let kim = app.join(&buyer.user, "spring").await;
        let lee = app.guest("lee", "spring").await;
        app.guest("ann", "full").await;
        let waiting = app.guest("bob", "full").await;
        let left = app.guest("eve", "spring").await;
        app.leaving(&left).await.success(200);
        let blocked = app.user("mallory").await;
        let standing = json!({"blocked": true});
        app.operator("PATCH", &format!("/api/v1/admin/users/{blocked}")).json(standing).await.success(200);
        Self { app, kim, lee, waiting, left, blocked, payment, ticket }
    }

    /// A call of the operation with what its path needs.
    pub(super) fn call(&self, operation: &Operation) -> Call {
        let path = operation.path.replace("{userId}", &self.kim.user).replace("{concertId}", "spring");
        let path = path.replace("{ticketId}", &self.ticket).replace("{date}", DATE).replace("{seat}", "1");
        self.app.client.call(&operation.method, &path.replace("{paymentId}", &self.payment))
    }

    /// The same with the proof that the operation takes.
    pub(super) fn proven(&self, operation: &Operation, guest: &Guest) -> Call {
        let is_operators = operation.path.contains("/admin/") || operation.path.contains("/refund");
        let is_operators = is_operators || operation.path.starts_with("/api/v1/tickets/");
        let proof = if is_operators { self.app.operator_key() } else { &guest.token };
        self.call(operation).bearer(proof)
    }
}
