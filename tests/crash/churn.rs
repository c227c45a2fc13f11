//! Owns a queue that moves by the clock alone: short ACTIVE places, a few at once, nobody leaves by itself. A crash must
//! neither change who is next nor let in more than the policy
//! allows.

use std::time::Duration;

use serde_json::{Value, json};

use crate::chance::Chance;
use crate::harness::app::{App, Guest, text, time_ms};

const CONCERT: &str = "churn";
const ACTIVE_MAX: usize = 3;
const ACTIVE_MS: i64 = 1_000;
/// Guests in the queue at once, so that all of them get their turn within the test.
const GUESTS_MAX: usize = 30;

pub(crate) struct Churn {
    chance: Chance,
    /// In the order of arrival, without those who were seen to have ended.
    waiting: Vec<(Guest, u64, Option<Value>)>,
    /// When guests were admitted, in the order of arrival, as far as it was seen.
    admitted: Vec<i64>,
    unanswered: Option<String>,
    pub joined: u64,
}

impl Churn {
    pub(crate) async fn prepare(app: &App, seed: u64) -> Self {
        let queue = json!({"maxActive": ACTIVE_MAX, "admitCount": null, "activeSeconds": 1, "abandonSeconds": null});
        app.concert(CONCERT, json!({ "queue": queue })).await;
        Self { chance: Chance::new(seed), waiting: Vec::new(), admitted: Vec::new(), unanswered: None, joined: 0 }
    }

    /// Lets guests arrive and looks at them until the server is gone.
    pub(crate) async fn run(&mut self, app: &App) {
        while self.unanswered.is_none() {
            if self.waiting.len() < GUESTS_MAX {
                let name = json!({"username": format!("churn-{}-{}", self.joined, self.chance.next())});
                let Ok(created) = app.post("/api/v1/users").json(name).attempt().await else { return };
                self.join(app, text(&created.success(201)["userId"])).await;
                continue;
            }
            // The load is not to come from here.
            tokio::time::sleep(Duration::from_millis(20)).await;
            if !self.look(app).await {
                return;
            }
        }
    }

    /// Settles the arrival that was under way and looks at everybody.
    pub(crate) async fn check(&mut self, app: &App) {
        if let Some(user) = self.unanswered.take() {
            self.join(app, user).await;
        }
        assert!(self.look(app).await && self.unanswered.is_none(), "the server has started");
        assert!(self.admitted.is_sorted(), "first come, first served: {:?}", self.admitted);
        for turns in self.admitted.windows(ACTIVE_MAX + 1) {
            assert!(turns[ACTIVE_MAX] - turns[0] >= ACTIVE_MS, "more than {ACTIVE_MAX} ACTIVE: {:?}", self.admitted);
        }
    }

    async fn join(&mut self, app: &App, user: String) {
        let Ok(answer) = app.joining(&user, CONCERT).attempt().await else {
            self.unanswered = Some(user);
            return;
        };
        self.joined += 1;
        let joined = answer.success(answer.status);
        let position = joined["queuePosition"].as_u64().unwrap();
        self.waiting.push((Guest { user, token: text(&joined["token"]), joined }, position, None));
    }

    /// Looks at every guest; `false` when the server is gone.
    async fn look(&mut self, app: &App) -> bool {
        self.waiting.retain(|(guest, _, _)| !guest.token.is_empty());
        for (guest, position, end) in &mut self.waiting {
            let Ok(answer) = app.place(guest).attempt().await else { return false };
            if answer.status == 401 {
                assert_eq!(answer.refused(401, "TOKEN_EXPIRED")["why"], "timed_out", "{}", answer.story());
                *position = 0;
                guest.token.clear();
                continue;
            }
            let place = answer.success(200);
            let now = place["queuePosition"].as_u64().unwrap();
            assert!(now <= *position, "from position {position} back: {}", answer.story());
            *position = now;
            if place["status"] == "ACTIVE" {
                if let Some(end) = end {
                    assert_eq!(place["expiresAt"], *end, "an ACTIVE place keeps its time");
                } else {
                    self.admitted.push(time_ms(&place["expiresAt"]) - ACTIVE_MS);
                    *end = Some(place["expiresAt"].clone());
                }
            }
        }
        true
    }
}
