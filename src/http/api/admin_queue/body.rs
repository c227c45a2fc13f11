//! The queue policy that is in force.

use serde::Serialize;
use utoipa::ToSchema;

use super::limits::{PlaceSeconds, Places, QueueOrder, WindowSeconds};
use crate::domain::{Admission, QueuePolicy, Settings};

/// The queue policy that is in force at a concert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueueBody {
    /// ACTIVE places at once; `null` is no limit.
    #[schema(value_type = Option<Places>)]
    pub max_active: Option<u32>,
    /// Admissions within any window of `admitInterval` seconds; `null` is no limit.
    #[schema(value_type = Option<Places>)]
    pub admit_count: Option<u32>,
    /// Seconds of the sliding window.
    #[schema(value_type = Option<WindowSeconds>)]
    pub admit_interval: Option<u32>,
    /// Seconds that an ACTIVE place lasts.
    #[schema(value_type = PlaceSeconds)]
    pub active_seconds: u32,
    /// Seconds after which a WAITING place that was not seen is given up; `null` is never.
    #[schema(value_type = Option<PlaceSeconds>)]
    pub abandon_seconds: Option<u32>,
    pub order: QueueOrder,
    /// Nobody is admitted while it is paused; those inside go on, and nobody is abandoned.
    pub paused: bool,
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
            paused: policy.admission == Admission::Paused,
        }
    }
}
