//! The envelope of a problem: how it becomes an answer.

use std::borrow::Cow;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};

use super::grounds::Grounds;
use super::reason::Reason;
use crate::node::Fate;

/// A refusal or a fault as the client sees it.
#[derive(Debug)]
pub struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    reason: Reason,
    message: Cow<'static, str>,
    extra: Map<String, Value>,
    retry_after_seconds: Option<u32>,
    details: Option<FaultDetails>,
    fate: Option<Fate>,
}

/// What only the log may tell of a fault; it travels beside the response to where requests are logged.
#[derive(Clone, Debug)]
pub(in crate::http) struct FaultDetails(pub String);

#[derive(Serialize)]
struct Envelope<'a> {
    result: &'static str,
    body: EnvelopeBody<'a>,
}

#[derive(Serialize)]
struct EnvelopeBody<'a> {
    code: u16,
    reason: Reason,
    message: &'a str,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

impl Problem {
    /// Says more than the text of the reason does.
    pub(super) fn saying(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.0.message = message.into();
        self
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.extra.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after_seconds = Some(seconds);
        self
    }

    /// What the log tells of it.
    pub(super) fn with_details(mut self, details: String) -> Self {
        self.0.details = Some(FaultDetails(details));
        self
    }

    /// What became of the request, which travels beside the response to where it may be made again.
    pub(super) fn with_fate(mut self, fate: Fate) -> Self {
        self.0.fate = Some(fate);
        self
    }

    pub fn status(&self) -> StatusCode {
        self.0.reason.status()
    }

    /// The word for programs.
    pub fn reason(&self) -> &'static str {
        self.0.reason.word()
    }

    /// After how many seconds the client should come again.
    pub(in crate::http) fn retry_after_seconds(&self) -> Option<u32> {
        self.0.retry_after_seconds
    }

    /// What it says, as it stands in an answer about several things.
    pub(in crate::http) fn body(&self) -> Value {
        serde_json::to_value(self.envelope_body()).expect("texts and numbers can be written as JSON")
    }

    fn envelope_body(&self) -> EnvelopeBody<'_> {
        let Parts { reason, message, extra, .. } = &*self.0;
        EnvelopeBody { code: reason.status().as_u16(), reason: *reason, message, extra }
    }

    /// The envelope as JSON text.
    pub(in crate::http) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(&Envelope { result: "error", body: self.envelope_body() })
            .expect("texts and numbers can be written as JSON")
    }
}

impl From<Reason> for Problem {
    /// A problem that says no more than the table does.
    fn from(reason: Reason) -> Self {
        let parts = Parts {
            reason,
            message: reason.text().into(),
            extra: Map::new(),
            retry_after_seconds: None,
            details: None,
            fate: None,
        };
        Self(Box::new(parts))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status(), self.to_json()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.0.retry_after_seconds {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(details) = self.0.details {
            response.extensions_mut().insert(details);
        }
        if let Some(fate) = self.0.fate {
            response.extensions_mut().insert(fate);
        }
        match self.0.reason.grounds() {
            Grounds::Own => {}
            // Where several instances answer, that calls for a second look.
            grounds @ Grounds::Shared => {
                response.extensions_mut().insert(grounds);
            }
        }
        response
    }
}
