//! A server under clocks that can be set, and what most scenarios ask of it.

use serde_json::{Value, json};

use super::clocks::Clocks;
use crate::harness::app::{App, Guest, eventually, time_ms};
use crate::harness::process::Folder;

pub(super) const SECOND_MS: i64 = 1_000;
pub(super) const MINUTE_MS: i64 = 60 * SECOND_MS;
pub(super) const YEAR_MS: i64 = 365 * 24 * 60 * MINUTE_MS;
/// How far a time that the server tells may be from the one that is expected, on a busy machine.
const NEAR_MS: i64 = 30 * SECOND_MS;

pub(super) struct World {
    pub app: App,
    pub clocks: Clocks,
}

impl World {
    /// A server whose wall clock is ahead by `wall_ms` from the start.
    pub(super) fn start(wall_ms: i64, settings: &[&str]) -> Self {
        let mut folder = Folder::new();
        let clocks = Clocks::new(&mut folder, wall_ms);
        Self { app: App::start_in(folder, settings), clocks }
    }

    /// A time on the server's wall clock, as a client writes it.
    pub(super) fn at(&self, after_ms: i64) -> String {
        let at = chrono::DateTime::from_timestamp_millis(self.clocks.wall_now_ms() + after_ms).unwrap();
        at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    }

    /// Waits until the times of new rows agree with the server's wall clock.
    pub(super) async fn agrees(&self, user: &str) {
        eventually("times by the wall clock", async || {
            let charged = self.app.charging(user, 1).await.success(200);
            near(time_ms(&charged["chargedAt"]), self.clocks.wall_now_ms()).then_some(())
        })
        .await;
    }

    /// That a place is ACTIVE for about so long from now.
    #[track_caller]
    pub(super) fn assert_lasts(&self, place: &Value, for_ms: i64) {
        assert_eq!(place["status"], "ACTIVE", "{place}");
        let expires_ms = time_ms(&place["expiresAt"]);
        let left_ms = expires_ms - self.clocks.wall_now_ms();
        assert!(near(left_ms, for_ms), "{left_ms} ms are left: {place}");
    }

    pub(super) async fn place(&self, guest: &Guest) -> Value {
        self.app.place(guest).await.success(200)
    }

    /// Waits until a place is ACTIVE.
    pub(super) async fn admitted(&self, guest: &Guest) {
        eventually("admission", async || (self.place(guest).await["status"] == "ACTIVE").then_some(())).await;
    }

    /// A concert whose sale opens so long from now, and a guest in its lobby.
    pub(super) async fn lobby(&self, concert: &str, opens_in_ms: i64) -> Guest {
        self.app.concert(concert, json!({"onSaleAt": self.at(opens_in_ms)})).await;
        self.app.guest(&format!("early-at-{concert}"), concert).await
    }

    /// What the metrics say of corrections.
    pub(super) async fn corrections(&self) -> u64 {
        let answer = self.app.get("/metrics").await;
        let text = String::from_utf8(answer.bytes.to_vec()).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("jari_clock_corrections_total "));
        line.expect("a sample of corrections").parse().unwrap()
    }
}

fn near(one_ms: i64, other_ms: i64) -> bool {
    (one_ms - other_ms).abs() < NEAR_MS
}
