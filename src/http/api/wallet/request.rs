//! Money that is put into a wallet.

use serde::Deserialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::domain::BALANCE_MAX;
use crate::http::values::kind::{kind, within};
use crate::http::values::{IntegerKind, Kind};

/// What a wallet holds at most.
const CHARGE_MAX: i64 = BALANCE_MAX as i64;

/// Money to put into a wallet.
#[derive(Debug, PartialEq, Eq, Deserialize, ToSchema)]
pub(super) struct ChargeRequest {
    pub amount: ChargeAmount,
}

/// The same of an operator, who is told of every other field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OperatorChargeRequest {
    pub amount: ChargeAmount,
}

/// An integer, whose bounds the command judges: what only an unsigned number can hold is above every bound just as well
/// as the largest signed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ChargeAmount(pub i64);

impl Kind for ChargeAmount {
    const TYPE: Type = Type::Integer;

    fn expected() -> String {
        "an integer".to_owned()
    }

    fn describe(schema: ObjectBuilder) -> ObjectBuilder {
        let text = "In the smallest unit of the currency, 1 to the server's `wallet.charge_max`.";
        within(schema.description(Some(text)), 1..=CHARGE_MAX)
    }
}

impl IntegerKind for ChargeAmount {
    fn read(number: i128) -> Option<Self> {
        Some(Self(i64::try_from(number).unwrap_or(i64::MAX)))
    }
}

kind!(ChargeAmount by IntegerVisitor);

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ChargeAmount, ChargeRequest};
    use crate::http::request::read;

    #[test]
    fn an_amount_is_any_integer_of_64_bits_and_its_bounds_are_judged_later() {
        for (text, amount) in
            [("1", 1), ("0", 0), ("-5", -5), ("9223372036854775807", i64::MAX), ("18446744073709551615", i64::MAX)]
        {
            let body: Value = serde_json::from_str(&format!("{{\"amount\":{text}}}")).expect("well-formed");
            let read = read::<ChargeRequest>(body.as_object().expect("an object"));
            assert_eq!(read.ok(), Some(ChargeRequest { amount: ChargeAmount(amount) }), "{text}");
        }
        for text in ["null", "1.0", "1e3", "\"1\"", "18446744073709551616", "true", "[]", "{}"] {
            let body: Value = serde_json::from_str(&format!("{{\"amount\":{text}}}")).expect("well-formed");
            assert!(read::<ChargeRequest>(body.as_object().expect("an object")).is_err(), "{text}");
        }
        assert!(read::<ChargeRequest>(json!({}).as_object().expect("an object")).is_err());
    }
}
