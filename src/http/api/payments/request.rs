//! Why a payment is taken back.

use utoipa::ToSchema;

use crate::http::Problem;
use crate::http::request::Fields;

const REASON_LENGTH_MAX: usize = 500;

/// Why a payment is taken back.
#[derive(Debug, PartialEq, Eq, ToSchema)]
pub struct RefundRequest {
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

impl RefundRequest {
    /// # Errors
    /// 400 unless `reason` is a text of 1 to 500 characters, and the only field: a payment is refunded whole.
    pub fn read(fields: &Fields) -> Result<Self, Problem> {
        fields.only(&["reason"])?;
        let reason = fields.text("reason", 1..=REASON_LENGTH_MAX)?.value();
        let expected = || fields.refuse("reason", format_args!("a text of 1 to {REASON_LENGTH_MAX} characters"));
        Ok(Self { reason: reason.ok_or_else(expected)?.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::RefundRequest;
    use crate::http::request::Fields;

    #[test]
    fn a_refund_has_a_reason() {
        for good in [json!("x"), json!("자".repeat(500))] {
            let body = json!({ "reason": good });
            assert!(RefundRequest::read(&Fields::of(body.as_object().expect("an object"))).is_ok());
        }
        for bad in [json!(null), json!(""), json!("x".repeat(501)), json!(7)] {
            let body = json!({ "reason": bad });
            assert!(RefundRequest::read(&Fields::of(body.as_object().expect("an object"))).is_err(), "{body}");
        }
    }
}
