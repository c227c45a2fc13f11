//! Money that is put into a wallet.

use utoipa::ToSchema;

use crate::http::Problem;
use crate::http::request::Fields;

/// Money to put into a wallet.
#[derive(Debug, PartialEq, Eq, ToSchema)]
pub struct ChargeRequest {
    /// In the smallest unit of the currency, 1 to the server's `wallet.charge_max`.
    #[schema(minimum = 1)]
    pub amount: i64,
}

impl ChargeRequest {
    /// # Errors
    /// 400 unless `amount` is an integer of at most 64 bits; whether it is within bounds is judged later.
    pub fn read(fields: &Fields) -> Result<Self, Problem> {
        let amount = fields.any_integer("amount")?.value().ok_or_else(|| fields.refuse("amount", "an integer"))?;
        // What only an unsigned number can hold is above every bound just as well as the largest signed one.
        Ok(Self { amount: i64::try_from(amount).unwrap_or(i64::MAX) })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::ChargeRequest;
    use crate::http::request::Fields;

    #[test]
    fn an_amount_is_any_integer_of_64_bits_and_its_bounds_are_judged_later() {
        for (text, amount) in
            [("1", 1), ("0", 0), ("-5", -5), ("9223372036854775807", i64::MAX), ("18446744073709551615", i64::MAX)]
        {
            let body: Value = serde_json::from_str(&format!("{{\"amount\":{text}}}")).expect("well-formed");
            let read = ChargeRequest::read(&Fields::of(body.as_object().expect("an object")));
            assert_eq!(read.ok(), Some(ChargeRequest { amount }), "{text}");
        }
        for text in ["null", "1.0", "1e3", "\"1\"", "18446744073709551616", "true", "[]", "{}"] {
            let body: Value = serde_json::from_str(&format!("{{\"amount\":{text}}}")).expect("well-formed");
            assert!(ChargeRequest::read(&Fields::of(body.as_object().expect("an object"))).is_err(), "{text}");
        }
        assert!(ChargeRequest::read(&Fields::of(json!({}).as_object().expect("an object"))).is_err());
    }
}
