//! Why a payment is taken back.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::values::Form;
use crate::http::values::kind::bounded_texts;

/// Why a payment is taken back. It is refunded whole: there are no other fields.
#[derive(Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RefundRequest {
    pub reason: RefundReason,
}

bounded_texts! {
    /// What the user is told; it may run over several lines.
    RefundReason = Form::Text, 1..=500_usize;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::RefundRequest;
    use crate::http::request::read;

    #[test]
    fn a_refund_has_a_reason() {
        for good in [json!("x"), json!("자".repeat(500))] {
            let body = json!({ "reason": good });
            assert!(read::<RefundRequest>(body.as_object().expect("an object")).is_ok());
        }
        for bad in [json!(null), json!(""), json!("x".repeat(501)), json!(7)] {
            let body = json!({ "reason": bad });
            assert!(read::<RefundRequest>(body.as_object().expect("an object")).is_err(), "{body}");
        }
    }
}
