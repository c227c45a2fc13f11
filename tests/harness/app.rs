//! Owns a server with its folder and client, and the steps that most scenarios start with: a user, money, a concert,
//! a queue place. Judges nothing beyond the success of these steps.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::client::{Call, Client};
use crate::harness::process::{Folder, Process};

/// A date far ahead, on which most scenarios play.
pub(crate) const DATE: &str = "2030-12-24";
/// How long an awaited state may take to come.
const PATIENCE: Duration = Duration::from_secs(10);
const GLANCE: Duration = Duration::from_millis(15);

/// A server on its own folder.
pub(crate) struct App {
    pub client: Client,
    pub process: Process,
    pub folder: Folder,
    operator_key: String,
    /// With which it is started, also again.
    pub settings: Vec<String>,
}

/// A user with a place in a concert's queue.
#[derive(Clone)]
pub(crate) struct Guest {
    pub user: String,
    pub token: String,
    /// The answer to POST `/token`.
    pub joined: Value,
}

impl App {
    /// A server on a fresh folder with these settings (`key=value`).
    pub(crate) fn start(settings: &[&str]) -> Self {
        Self::start_in(Folder::new(), settings)
    }

    /// A server on a folder that may hold data already.
    pub(crate) fn start_in(folder: Folder, settings: &[&str]) -> Self {
        let settings: Vec<String> = settings.iter().map(|&setting| setting.to_owned()).collect();
        let process = Process::start(&folder, folder.serve(&settings));
        let operator_key = fs::read_to_string(folder.data().join("operator.key")).unwrap().trim().to_owned();
        Self::running(folder, process, operator_key, settings)
    }

    /// A server that runs already on this folder, with these settings.
    pub(crate) fn running(folder: Folder, process: Process, operator_key: String, settings: Vec<String>) -> Self {
        Self { client: Client::new(process.address), process, folder, operator_key, settings }
    }

    /// A server that others can reach, on a fresh folder; `settings` name its address.
    pub(crate) fn start_elsewhere(settings: &[String]) -> Self {
        let folder = Folder::new();
        let mut command = folder.jari();
        command.args(["serve", "--insecure-open", "--data-dir"]).arg(folder.data());
        for setting in settings {
            command.args(["--set", setting]);
        }
        let process = Process::start(&folder, command);
        let operator_key = fs::read_to_string(folder.data().join("operator.key")).unwrap().trim().to_owned();
        Self::running(folder, process, operator_key, settings.to_vec())
    }

    /// Starts the server again on the same folder, after it has ended.
    pub(crate) fn start_again(&mut self) {
        self.goes_on_with(Process::start(&self.folder, self.folder.serve(&self.settings)));
    }

    /// Asks another process from now on.
    pub(crate) fn goes_on_with(&mut self, process: Process) {
        self.client = Client::new(process.address);
        self.process = process;
    }

    /// Ends the server in good order and checks that it says so and leaves clean data behind.
    #[track_caller]
    pub(crate) fn stop_and_verify(&self) {
        self.process.signal("TERM");
        let status = self.process.ended();
        assert_eq!(status.code(), Some(0), "the end after SIGTERM: {status}");
        self.folder.assert_clean();
    }

    pub(crate) fn get(&self, path: &str) -> Call {
        self.client.call("GET", path)
    }

    pub(crate) fn post(&self, path: &str) -> Call {
        self.client.call("POST", path)
    }

    pub(crate) fn delete(&self, path: &str) -> Call {
        self.client.call("DELETE", path)
    }

    pub(crate) fn operator_key(&self) -> &str {
        &self.operator_key
    }

    /// A call with the operator's key.
    pub(crate) fn operator(&self, method: &str, path: &str) -> Call {
        self.client.call(method, path).bearer(&self.operator_key)
    }

    /// Gives an operator of this role a key, and answers it.
    pub(crate) async fn operator_with(&self, role: &str) -> String {
        let body = json!({"name": role, "role": role});
        text(&self.operator("POST", "/api/v1/admin/keys").json(body).await.success(201)["key"])
    }

    /// Creates a user and answers its id.
    pub(crate) async fn user(&self, name: &str) -> String {
        let body = self.post("/api/v1/users").json(json!({"username": name})).await.success(201);
        text(&body["userId"])
    }

    pub(crate) async fn charge(&self, user: &str, amount: u64) {
        self.charging(user, amount).await.success(200);
    }

    pub(crate) fn charging(&self, user: &str, amount: u64) -> Call {
        self.post(&format!("/api/v1/users/{user}/balance/charge")).json(json!({ "amount": amount }))
    }

    pub(crate) async fn balance(&self, user: &str) -> u64 {
        let body = self.get(&format!("/api/v1/users/{user}/balance")).await.success(200);
        body["balance"].as_u64().unwrap()
    }

    /// Creates a concert on sale: 50 seats on `DATE` at 5,000 each, everybody admitted; the fields given replace these.
    pub(crate) async fn concert(&self, id: &str, fields: Value) {
        let mut concert = json!({
            "concertId": id, "title": id, "status": "on_sale", "timeZone": "Asia/Seoul",
            "dates": [{"date": DATE, "seats": 50, "price": 5000}],
            "queue": {"maxActive": null, "admitCount": null},
        });
        concert.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.operator("POST", "/api/v1/admin/concerts").json(concert).await.success(201);
    }

    pub(crate) fn joining(&self, user: &str, concert: &str) -> Call {
        self.post("/api/v1/token").json(json!({"userId": user, "concertId": concert}))
    }

    /// Takes a new place in a concert's queue.
    pub(crate) async fn join(&self, user: &str, concert: &str) -> Guest {
        let joined = self.joining(user, concert).await.success(201);
        Guest { user: user.to_owned(), token: text(&joined["token"]), joined }
    }

    /// A new user with a new place.
    pub(crate) async fn guest(&self, name: &str, concert: &str) -> Guest {
        let user = self.user(name).await;
        self.join(&user, concert).await
    }

    pub(crate) fn place(&self, guest: &Guest) -> Call {
        self.get("/api/v1/token").bearer(&guest.token)
    }

    pub(crate) fn leaving(&self, guest: &Guest) -> Call {
        self.delete("/api/v1/token").bearer(&guest.token)
    }

    /// `seats` names them in one of the three ways, `{"seat":5}` for instance; it may replace `date` and `userId` too.
    pub(crate) fn reserving(&self, guest: &Guest, seats: Value) -> Call {
        self.post("/api/v1/seats/reserve").bearer(&guest.token).json(seats_of(guest, seats))
    }

    pub(crate) fn paying(&self, guest: &Guest, seats: Value) -> Call {
        self.post("/api/v1/seats/payment").bearer(&guest.token).json(seats_of(guest, seats))
    }

    pub(crate) fn canceling(&self, guest: &Guest, seats: Value) -> Call {
        self.delete("/api/v1/seats/cancel").bearer(&guest.token).json(seats_of(guest, seats))
    }

    pub(crate) fn refunding(&self, payment: &str) -> Call {
        self.operator("POST", &format!("/api/v1/payments/{payment}/refund")).json(json!({"reason": "test"}))
    }

    /// Waits until so many places of a concert wait and so many are ACTIVE, without asking after any of them.
    pub(crate) async fn until_places(&self, concert: &str, (waiting, active): (u64, u64)) {
        let path = format!("/api/v1/admin/concerts/{concert}/stats");
        eventually(&format!("{waiting} waiting and {active} ACTIVE places at {concert}"), async || {
            let stats = self.operator("GET", &path).await.success(200);
            (stats["waiting"] == waiting && stats["active"] == active).then_some(())
        })
        .await;
    }

    pub(crate) fn reservations(&self, user: &str, concert: &str) -> Call {
        self.get(&format!("/api/v1/concerts/{concert}/reservations?userId={user}"))
    }
}

/// Asks again and again until the awaited state has come.
pub(crate) async fn eventually<T>(awaited: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    eventually_within(PATIENCE, awaited, look).await
}

/// The same, with a patience of the test's own.
pub(crate) async fn eventually_within<T>(
    patience: Duration,
    awaited: &str,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let give_up = Instant::now() + patience;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < give_up, "waited in vain for: {awaited}");
        tokio::time::sleep(GLANCE).await;
    }
}

/// A JSON string as an owned text.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a string: {value}")).to_owned()
}

/// A time of the contract (RFC 3339 in UTC with milliseconds and `Z`) as milliseconds since 1970.
#[track_caller]
pub(crate) fn time_ms(value: &Value) -> i64 {
    let text = text(value);
    assert!(text.len() == 24 && text.ends_with('Z') && &text[19..20] == ".", "not UTC with milliseconds: {text}");
    chrono::DateTime::parse_from_rfc3339(&text).unwrap().timestamp_millis()
}

fn seats_of(guest: &Guest, seats: Value) -> Value {
    let mut body = json!({"userId": guest.user, "date": DATE});
    body.as_object_mut().unwrap().extend(seats.as_object().unwrap().clone());
    body
}
