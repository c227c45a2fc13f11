//! The queue policy of a concert as the operator writes and reads it. Absent means the server's setting, `null` off.

#![allow(dead_code, reason = "the form of a request is described here, and read field by field")]

use utoipa::ToSchema;

use super::body::OrderBody;
use crate::domain::{Limit, Order, QueuePolicy, Settings};
use crate::http::Problem;
use crate::http::request::{Fields, Given};

const MAX_ACTIVE_MOST: u32 = 1_000_000;
const ADMIT_COUNT_MOST: u32 = 1_000_000;
const ADMIT_INTERVAL_SECONDS_MOST: u32 = 3_600;
const ACTIVE_SECONDS_MOST: u32 = 86_400;
const ABANDON_SECONDS_MOST: u32 = 86_400;

/// What a policy may say.
pub const QUEUE_FIELDS: [&str; 6] =
    ["maxActive", "admitCount", "admitInterval", "activeSeconds", "abandonSeconds", "order"];

/// A queue policy, whole: an absent field takes the server's setting, `null` switches off.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct QueueRequest {
    /// ACTIVE places at once.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub max_active: Option<u32>,
    /// Admissions within any window of `admitInterval` seconds.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub admit_count: Option<u32>,
    /// Seconds of the sliding window. It can be `null` only while `admitCount` is off.
    #[schema(minimum = 1, maximum = 3_600)]
    pub admit_interval: Option<u32>,
    /// Seconds that an ACTIVE place lasts; it cannot be off.
    #[schema(nullable = false, minimum = 1, maximum = 86_400)]
    pub active_seconds: Option<u32>,
    /// Seconds after which a WAITING place that was not seen is given up.
    #[schema(minimum = 1, maximum = 86_400)]
    pub abandon_seconds: Option<u32>,
    pub order: Option<OrderBody>,
}

/// The policy that `fields` write, whole.
///
/// # Errors
/// 400 when a field is unknown, a number is outside its range, something that cannot be off is `null`, or the order does not exist.
pub fn read_policy(fields: &Fields, settings: &Settings) -> Result<QueuePolicy, Problem> {
    fields.only(&QUEUE_FIELDS)?;
    let limit = |field, most| Ok::<_, Problem>(limit(fields.integer(field, 1..=most)?));
    let policy = QueuePolicy {
        max_active: limit("maxActive", MAX_ACTIVE_MOST)?,
        admit_count: limit("admitCount", ADMIT_COUNT_MOST)?,
        admit_interval: limit("admitInterval", ADMIT_INTERVAL_SECONDS_MOST)?,
        active_seconds: limit("activeSeconds", ACTIVE_SECONDS_MOST)?,
        abandon_seconds: limit("abandonSeconds", ABANDON_SECONDS_MOST)?,
        order: read_order(fields)?,
    };
    if policy.active_seconds == Limit::Off {
        let expected = format!("an integer from 1 to {ACTIVE_SECONDS_MOST}: an ACTIVE place always ends");
        return Err(fields.refuse("activeSeconds", expected));
    }
    if policy.admit_interval == Limit::Off && policy.admit_count.or(settings.admit_count).is_some() {
        let expected = format!("an integer from 1 to {ADMIT_INTERVAL_SECONDS_MOST} while `admitCount` is set");
        return Err(fields.refuse("admitInterval", expected));
    }
    Ok(policy)
}

fn limit(given: Given<u32>) -> Limit {
    match given {
        Given::Absent => Limit::Server,
        Given::Null => Limit::Off,
        Given::Value(value) => Limit::Set(value),
    }
}

fn read_order(fields: &Fields) -> Result<Order, Problem> {
    const EXPECTED: &str = "\"arrival\"; other orders, such as \"lottery\", do not exist in this version";
    let order = fields.parsed("order", EXPECTED, |text| (text == "arrival").then_some(Order::Arrival))?;
    Ok(order.value().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::body::QueueBody;
    use super::read_policy;
    use crate::domain::{Limit, QueuePolicy, Settings};
    use crate::http::request::Fields;

    fn check(body: serde_json::Value, refused_field: Option<&str>) {
        let object = body.as_object().expect("an object");
        match (read_policy(&Fields::of(object), &Settings::default()), refused_field) {
            (Ok(_), None) => {}
            (Err(problem), Some(field)) => {
                let text = String::from_utf8(problem.to_json()).expect("JSON is UTF-8");
                assert!(text.contains(&format!("\"field\":\"{field}\"")), "{body} gives {text}");
            }
            (answer, expected) => panic!("{body}: {answer:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn every_number_has_its_range_and_only_activity_cannot_be_off() {
        for (field, most) in [
            ("maxActive", 1_000_000),
            ("admitCount", 1_000_000),
            ("admitInterval", 3_600),
            ("activeSeconds", 86_400),
            ("abandonSeconds", 86_400),
        ] {
            for good in [json!(1), json!(most)] {
                check(json!({ field: good }), None);
            }
            for bad in [json!(0), json!(-1), json!(most + 1), json!(1.0), json!("1"), json!([]), json!(true)] {
                check(json!({ field: bad }), Some(field));
            }
            check(json!({ field: null }), (field == "activeSeconds").then_some(field));
        }
    }

    #[test]
    fn a_window_without_length_limits_nothing_and_is_refused() {
        check(json!({"admitCount": 5, "admitInterval": null}), Some("admitInterval"));
        check(json!({"admitCount": null, "admitInterval": null}), None);
        check(json!({"admitCount": 5}), None);
    }

    #[test]
    fn the_lottery_does_not_exist_yet() {
        check(json!({"order": "arrival"}), None);
        check(json!({"order": null}), None);
        for bad in [json!("lottery"), json!("Arrival"), json!(""), json!(1)] {
            check(json!({ "order": bad }), Some("order"));
        }
    }

    #[test]
    fn absent_is_the_servers_and_null_is_off() {
        let body = json!({"maxActive": null, "admitCount": 7});
        let policy = read_policy(&Fields::of(body.as_object().expect("an object")), &Settings::default());
        let expected = QueuePolicy { max_active: Limit::Off, admit_count: Limit::Set(7), ..QueuePolicy::default() };
        assert_eq!(policy.ok(), Some(expected.clone()));
        let shown = QueueBody::of(&expected, &Settings::default());
        assert_eq!((shown.max_active, shown.admit_count, shown.admit_interval), (None, Some(7), Some(10)));
        assert_eq!((shown.active_seconds, shown.abandon_seconds), (600, Some(300)));
    }
}
