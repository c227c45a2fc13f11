//! The queue policy that is in force.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{Order, QueuePolicy, Settings};
use crate::http::values::kind::{text_kinds, written_kinds};

/// The queue policy that is in force at a concert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueueBody {
    /// ACTIVE places at once; `null` is no limit.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub max_active: Option<u32>,
    /// Admissions within any window of `admitInterval` seconds; `null` is no limit.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub admit_count: Option<u32>,
    /// Seconds of the sliding window.
    #[schema(minimum = 1, maximum = 3_600)]
    pub admit_interval: Option<u32>,
    /// Seconds that an ACTIVE place lasts.
    #[schema(minimum = 1, maximum = 86_400)]
    pub active_seconds: u32,
    /// Seconds after which a WAITING place that was not seen is given up; `null` is never.
    #[schema(minimum = 1, maximum = 86_400)]
    pub abandon_seconds: Option<u32>,
    pub order: QueueOrder,
}

text_kinds! {
    /// The order in which the lobby is admitted at the opening.
    QueueOrder(Order) = "\"arrival\"; other orders, such as \"lottery\", do not exist in this version",
        |text| (text == "arrival").then_some(Order::Arrival),
        |schema| schema.enum_values(Some(["arrival"]));
}

written_kinds! {
    QueueOrder as |order: &Order| match order {
        Order::Arrival => "arrival",
    };
}

impl QueueBody {
    /// `policy` with the server's settings filled in.
    pub(crate) fn of(policy: &QueuePolicy, settings: &Settings) -> Self {
        let effective = policy.effective(settings);
        Self {
            max_active: effective.max_active,
            admit_count: policy.admit_count.or(settings.admit_count),
            admit_interval: policy.admit_interval.or(Some(settings.admit_interval)),
            active_seconds: effective.active_seconds,
            abandon_seconds: effective.abandon_seconds,
            order: QueueOrder(policy.order),
        }
    }
}
