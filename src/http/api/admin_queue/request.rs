//! The queue policy of a concert as the operator writes it. Absent means the server's setting, `null` off.

use serde::Deserialize;
use utoipa::ToSchema;

use super::limits::{PlaceSeconds, Places, QueueOrder, WindowSeconds};
use crate::domain::{Admission, Limit, QueuePolicy, Settings};
use crate::http::problem::Problem;
use crate::http::request::Given;
use crate::http::values::Kind;

/// A queue policy, whole: an absent field takes the server's setting, `null` switches off.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct QueueRequest {
    /// ACTIVE places at once.
    #[schema(value_type = Option<Places>)]
    pub max_active: Given<Places>,
    /// Admissions within any window of `admitInterval` seconds.
    #[schema(value_type = Option<Places>)]
    pub admit_count: Given<Places>,
    /// Seconds of the sliding window. It can be `null` only while `admitCount` is off.
    #[schema(value_type = Option<WindowSeconds>)]
    pub admit_interval: Given<WindowSeconds>,
    /// Seconds that an ACTIVE place lasts; it cannot be off.
    #[schema(value_type = Option<PlaceSeconds>, nullable = false)]
    pub active_seconds: Given<PlaceSeconds>,
    /// Seconds after which a WAITING place that was not seen is given up.
    #[schema(value_type = Option<PlaceSeconds>)]
    pub abandon_seconds: Given<PlaceSeconds>,
    pub order: Option<QueueOrder>,
    /// Stops admission and nothing else: those inside go on, and nobody is abandoned while it lasts.
    pub paused: Option<bool>,
}

impl QueueRequest {
    /// The policy; `way` is what stands before the names of its fields in refusals.
    ///
    /// # Errors
    /// 400 when something that cannot be off is `null`.
    pub(crate) fn policy(&self, way: &str, settings: &Settings) -> Result<QueuePolicy, Problem> {
        let policy = QueuePolicy {
            max_active: limit(self.max_active, |places| places.0),
            admit_count: limit(self.admit_count, |places| places.0),
            admit_interval: limit(self.admit_interval, |seconds| seconds.0),
            active_seconds: limit(self.active_seconds, |seconds| seconds.0),
            abandon_seconds: limit(self.abandon_seconds, |seconds| seconds.0),
            order: self.order.as_ref().map(|order| order.0).unwrap_or_default(),
            admission: if self.paused == Some(true) { Admission::Paused } else { Admission::Running },
        };
        if policy.active_seconds == Limit::Off {
            let expected = format!("{}: an ACTIVE place always ends", PlaceSeconds::expected());
            return Err(Problem::invalid(&format!("{way}activeSeconds"), expected));
        }
        if policy.admit_interval == Limit::Off && policy.admit_count.or(settings.admit_count).is_some() {
            let expected = format!("{} while `admitCount` is set", WindowSeconds::expected());
            return Err(Problem::invalid(&format!("{way}admitInterval"), expected));
        }
        Ok(policy)
    }
}

fn limit<T>(given: Given<T>, number: impl FnOnce(T) -> u32) -> Limit {
    match given {
        Given::Absent => Limit::Server,
        Given::Null => Limit::Off,
        Given::Value(value) => Limit::Set(number(value)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::body::QueueBody;
    use super::QueueRequest;
    use crate::domain::{Limit, QueuePolicy, Settings};
    use crate::http::Problem;
    use crate::http::request::read;

    fn policy(body: &serde_json::Value) -> Result<QueuePolicy, Problem> {
        let request: QueueRequest = read(body.as_object().expect("an object"))?;
        request.policy("", &Settings::default())
    }

    fn check(body: serde_json::Value, refused_field: Option<&str>) {
        match (policy(&body), refused_field) {
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
        let policy = policy(&body);
        let expected = QueuePolicy { max_active: Limit::Off, admit_count: Limit::Set(7), ..QueuePolicy::default() };
        assert_eq!(policy.ok(), Some(expected.clone()));
        let shown = QueueBody::of(&expected, &Settings::default());
        assert_eq!((shown.max_active, shown.admit_count, shown.admit_interval), (None, Some(7), Some(10)));
        assert_eq!((shown.active_seconds, shown.abandon_seconds), (600, Some(300)));
    }
}
