//! The refusals of tickets, entrances and hand-overs, in a world of their own.

use serde_json::{Value, json};

use super::{NOBODY, Provoked};
use crate::harness::app::{App, DATE, text};
use crate::harness::client::Call;

/// A server where kim has bought seats 1 to 4 of `spring`, whose tickets may be handed over, and 1 of `autumn`.
struct Hall {
    app: App,
    kim: String,
    lee: String,
    blocked: String,
    tickets: Vec<Value>,
    of_autumn: Value,
    payments: Vec<String>,
}

impl Hall {
    async fn open() -> Self {
        let app = App::start(&[]);
        app.concert("spring", json!({"transfers": true})).await;
        app.concert("autumn", json!({})).await;
        let (kim, lee, blocked) = (app.user("kim").await, app.user("lee").await, app.user("mallory").await);
        let standing = json!({"blocked": true});
        app.operator("PATCH", &format!("/api/v1/admin/users/{blocked}")).json(standing).await.success(200);
        app.charge(&kim, 100_000).await;
        let (mut tickets, mut payments) = (Vec::new(), Vec::new());
        for (concert, seat) in [("spring", 1), ("spring", 2), ("spring", 3), ("spring", 4), ("autumn", 1)] {
            let place = app.join(&kim, concert).await;
            app.reserving(&place, json!({ "seat": seat })).await.success(200);
            let paid = app.paying(&place, json!({ "seat": seat })).await.success(200);
            payments.push(text(&paid["paymentId"]));
            tickets.push(paid["tickets"][0].clone());
        }
        let of_autumn = tickets.pop().unwrap();
        Self { app, kim, lee, blocked, tickets, of_autumn, payments }
    }

    fn admitting(&self, body: Value) -> Call {
        self.app.operator("POST", "/api/v1/admin/check-ins").json(body)
    }

    fn undoing(&self, ticket: &Value) -> Call {
        let path = format!("/api/v1/admin/check-ins/{}", text(&ticket["ticketId"]));
        self.app.operator("DELETE", &path).json(json!({"reason": "a slip"}))
    }

    fn offering(&self, ticket: &Value, user: &str) -> Call {
        self.app
            .post(&format!("/api/v1/tickets/{}/transfer", text(&ticket["ticketId"])))
            .json(json!({ "userId": user }))
    }

    fn withdrawing(&self, ticket: &Value, user: &str) -> Call {
        let path = format!("/api/v1/tickets/{}/transfer", text(&ticket["ticketId"]));
        self.app.delete(&path).json(json!({ "userId": user }))
    }

    fn accepting(&self, offer: &Value, user: &str) -> Call {
        self.app.post("/api/v1/transfers/accept").json(json!({"userId": user, "code": offer["transferCode"]}))
    }
}

pub(super) async fn provoke(provoked: &mut Provoked) {
    let hall = Hall::open().await;
    looks(&hall, provoked).await;
    gates(&hall, provoked).await;
    hand_overs(&hall, provoked).await;
}

async fn looks(hall: &Hall, provoked: &mut Provoked) {
    let app = &hall.app;
    for path in [format!("/api/v1/tickets/{NOBODY}"), format!("/api/v1/tickets/{NOBODY}/qr.svg")] {
        provoked.by(app.operator("GET", &path), "TICKET_NOT_FOUND").await;
    }
    app.refunding(&hall.payments[0]).await.success(200);
    let qr = format!("/api/v1/tickets/{}/qr.svg", text(&hall.tickets[0]["ticketId"]));
    provoked.by(app.operator("GET", &qr), "TICKET_VOID").await;
    let door = "/api/v1/admin/concerts/spring/dates/2030-12-31/door";
    provoked.by(app.operator("GET", door), "DATE_NOT_FOUND").await;
    let door = format!("/api/v1/admin/concerts/none/dates/{DATE}/door");
    provoked.by(app.operator("GET", &door), "CONCERT_NOT_FOUND").await;
}

async fn gates(hall: &Hall, provoked: &mut Provoked) {
    let code = |ticket: usize| json!({"code": hall.tickets[ticket]["code"]});
    provoked.by(hall.admitting(json!({"ticketId": NOBODY})), "TICKET_NOT_FOUND").await;
    provoked.by(hall.admitting(json!({"code": "J"})), "CODE_FORGED").await;
    provoked.by(hall.admitting(code(0)), "TICKET_VOID").await;
    let of_another = json!({"code": hall.of_autumn["code"], "concertId": "spring"});
    provoked.by(hall.admitting(of_another), "WRONG_DATE").await;
    provoked.by(hall.admitting(json!({"ticketId": NOBODY, "concertId": "none"})), "CONCERT_NOT_FOUND").await;
    provoked.by(hall.undoing(&hall.tickets[1]), "TICKET_NOT_USED").await;
    provoked.by(hall.undoing(&json!({"ticketId": NOBODY})), "TICKET_NOT_FOUND").await;
    provoked.by(hall.undoing(&hall.tickets[0]), "TICKET_VOID").await;
    let at = (chrono::Utc::now()).to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let named = json!({"code": hall.tickets[1]["code"], "at": at});
    hall.admitting(named.clone()).key("enter").await.success(200);
    provoked.by(hall.admitting(code(1)).key("enter"), "IDEMPOTENCY_KEY_REUSED").await;
    provoked.by(hall.admitting(code(1)), "ALREADY_USED").await;
    hall.undoing(&hall.tickets[1]).key("undo").await.success(200);
    provoked
        .by(hall.undoing(&hall.tickets[1]).json(json!({"reason": "x"})).key("undo"), "IDEMPOTENCY_KEY_REUSED")
        .await;
    provoked.by(hall.admitting(named), "SCAN_UNDONE").await;
    hall.admitting(code(1)).await.success(200);
}

async fn hand_overs(hall: &Hall, provoked: &mut Provoked) {
    let Hall { app, kim, lee, blocked, tickets, of_autumn, payments } = hall;
    let nobody = json!({"ticketId": NOBODY});
    for (user, reason) in [(NOBODY, "USER_NOT_FOUND"), (blocked.as_str(), "USER_BLOCKED")] {
        provoked.by(hall.offering(&tickets[2], user), reason).await;
    }
    provoked.by(hall.offering(&nobody, kim), "TICKET_NOT_FOUND").await;
    provoked.by(hall.offering(&tickets[0], kim), "TICKET_VOID").await;
    provoked.by(hall.offering(&tickets[1], kim), "ALREADY_USED").await;
    provoked.by(hall.offering(of_autumn, kim), "TRANSFERS_FORBIDDEN").await;
    hall.offering(&tickets[2], kim).key("offer").await.success(200);
    provoked.by(hall.offering(&tickets[3], kim).key("offer"), "IDEMPOTENCY_KEY_REUSED").await;
    for (user, reason) in [(NOBODY, "USER_NOT_FOUND"), (blocked.as_str(), "USER_BLOCKED")] {
        provoked.by(hall.withdrawing(&tickets[2], user), reason).await;
    }
    provoked.by(hall.withdrawing(&nobody, kim), "TICKET_NOT_FOUND").await;
    hall.withdrawing(&tickets[2], kim).key("withdraw").await.success(200);
    provoked.by(hall.withdrawing(&tickets[3], kim).key("withdraw"), "IDEMPOTENCY_KEY_REUSED").await;
    provoked.by(hall.withdrawing(&tickets[2], kim), "TRANSFER_NOT_FOUND").await;

    let path = format!("/api/v1/tickets/{}/transfer", text(&tickets[2]["ticketId"]));
    let for_lee = app.post(&path).json(json!({"userId": kim, "to": "lee"})).await.success(200);
    for (user, reason) in [(NOBODY, "USER_NOT_FOUND"), (blocked.as_str(), "USER_BLOCKED"), (kim.as_str(), "NOT_YOURS")]
    {
        provoked.by(hall.accepting(&for_lee, user), reason).await;
    }
    hall.accepting(&for_lee, lee).key("accept").await.success(200);
    provoked.by(hall.accepting(&for_lee, lee), "TRANSFER_NOT_FOUND").await;
    let used = hall.offering(&tickets[2], lee).await.success(200);
    provoked.by(hall.accepting(&used, lee).key("accept"), "IDEMPOTENCY_KEY_REUSED").await;
    hall.admitting(json!({"ticketId": tickets[2]["ticketId"]})).await.success(200);
    provoked.by(hall.accepting(&used, kim), "ALREADY_USED").await;
    let forbidden = hall.offering(&tickets[3], kim).await.success(200);
    let spring = |transfers: bool| {
        app.operator("PATCH", "/api/v1/admin/concerts/spring").json(json!({ "transfers": transfers }))
    };
    spring(false).await.success(200);
    provoked.by(hall.accepting(&forbidden, lee), "TRANSFERS_FORBIDDEN").await;
    spring(true).await.success(200);
    app.refunding(&payments[3]).await.success(200);
    provoked.by(hall.accepting(&forbidden, lee), "TICKET_VOID").await;
}
