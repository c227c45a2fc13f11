//! Owns what was read of the event feed: it must go on without gaps, and what was read once must stay as it was.

use serde_json::Value;

use crate::harness::app::App;

/// How far back the feed is read again after a crash.
const OVERLAP: usize = 100;

#[derive(Default)]
pub(crate) struct Feed {
    events: Vec<Value>,
}

impl Feed {
    /// Reads what is appended until the server is gone.
    pub(crate) async fn follow(&mut self, app: &App) {
        while let Some(page) = page(app, self.events.len()).await {
            let idle = page.is_empty();
            self.append(page);
            if idle {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        }
    }

    /// The last events that were read before the crash are there, unchanged.
    pub(crate) async fn check_kept(&mut self, app: &App) {
        let after = self.events.len().saturating_sub(OVERLAP);
        let page = page(app, after).await.expect("the server has started");
        let kept = self.events.len() - after;
        assert!(page.len() >= kept, "{} events of {kept} are left after {after}", page.len());
        assert_eq!(page[..kept], self.events[after..], "events that had been read are others now");
        self.append(page[kept..].to_vec());
    }

    pub(crate) async fn read_to_end(&mut self, app: &App) {
        loop {
            let page = page(app, self.events.len()).await.expect("the server runs");
            if page.is_empty() {
                return;
            }
            self.append(page);
        }
    }

    pub(crate) fn count(&self, kind: &str) -> u64 {
        self.events.iter().filter(|event| event["type"] == kind).count() as u64
    }

    fn append(&mut self, page: Vec<Value>) {
        for event in page {
            assert_eq!(event["seq"], self.events.len() + 1, "a gap or a repeat in the feed");
            self.events.push(event);
        }
    }
}

/// The events after this sequence number; `None` when the server is gone.
async fn page(app: &App, after: usize) -> Option<Vec<Value>> {
    let answer = app.operator("GET", &format!("/api/v1/admin/events?after={after}&limit=100")).attempt().await.ok()?;
    Some(answer.success(200)["events"].as_array().unwrap().clone())
}
