//! An answer as the tests look at it.

use axum::body::Bytes;
use axum::http::response::Parts;
use serde_json::{Value, json};

use crate::domain::NodeId;
use crate::node::Fate;

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct ReadAnswer {
    pub head: Parts,
    pub body: Bytes,
}

impl ReadAnswer {
    pub(super) fn status(&self) -> u16 {
        self.head.status.as_u16()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.head.headers.get_all(name).iter();
        let value = values.next().map(|value| value.to_str().expect("it is ASCII"));
        assert!(values.next().is_none(), "{name} is given twice");
        value
    }

    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("no JSON: {error}: {self:?}"))
    }

    /// The instance whose handler answered.
    #[track_caller]
    pub(super) fn node(&self) -> NodeId {
        assert_eq!(self.status(), 200, "{self:?}");
        NodeId(self.json()["node"].as_u64().expect("a handler of the tests answered"))
    }

    #[track_caller]
    pub(super) fn refused(&self, status: u16, reason: &str) {
        assert_eq!((self.status(), &self.json()["body"]["reason"]), (status, &json!(reason)), "{self:?}");
        assert_eq!(self.header("jari-not-leading"), None);
    }

    #[track_caller]
    pub(super) fn has_no_leader(&self, fate: Fate) {
        self.refused(503, "NO_LEADER");
        assert_eq!(self.header("retry-after"), Some("1"));
        let message = self.json()["body"]["message"].as_str().expect("a text").to_owned();
        let (done, undone) = (message.contains("may have been done"), message.contains("nothing was done"));
        assert_eq!((done, undone), (fate == Fate::Unknown, fate == Fate::Undone), "{message}");
    }
}
