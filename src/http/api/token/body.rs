//! A queue place as its client sees it.

use serde::Serialize;
use serde_json::json;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::{ConcertId, EndReason, PlaceView, UserId};
use crate::http::values::{self, EndWord, Instant};

/// Seconds after which a client that has nothing to wait for may ask again.
const POLL_AFTER_SECONDS_MIN: u32 = 1;

/// A place and the token that proves it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct IssuedBody {
    /// The queue token.
    pub token: String,
    #[serde(flatten)]
    pub place: PlaceBody,
}

/// A live place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlaceBody {
    pub concert_id: values::ConcertId,
    pub user_id: values::UserId,
    pub status: PlaceStatus,
    /// 1 for the next to be admitted, 0 when ACTIVE.
    pub queue_position: u64,
    /// Seconds, from what is known: the policy, the ends of the ACTIVE places, and the rate at which users make room.
    pub estimated_wait_time: u64,
    /// Seconds after which to ask again: more far behind and long before the opening, and at most half of
    /// `abandonSeconds`, so that asking as told never loses the place.
    #[schema(minimum = 1, maximum = 30)]
    pub poll_after: u32,
    /// The end of an ACTIVE place as it stands now; `null` while WAITING.
    pub expires_at: Option<Instant>,
}

/// The data of an event of a stream: how a place stands, or why it has ended.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum PlaceEventBody {
    Live(PlaceBody),
    Ended(EndedPlaceBody),
}

/// A place that has ended, in the fields of a live one.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EndedPlaceBody {
    pub concert_id: values::ConcertId,
    pub user_id: values::UserId,
    #[schema(inline)]
    pub status: EndedWord,
    #[schema(maximum = 0)]
    pub queue_position: u64,
    #[schema(maximum = 0)]
    pub estimated_wait_time: u64,
    #[schema(minimum = 1, maximum = 30)]
    pub poll_after: u32,
    /// Always `null`.
    pub expires_at: Option<Instant>,
    pub why: EndWord,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum PlaceStatus {
    Waiting,
    Active,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum EndedWord {
    Ended,
}

/// The status of what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum LeftWord {
    Left,
}

/// The place was given up.
#[derive(Serialize, ToSchema)]
pub(super) struct LeftBody {
    #[schema(inline)]
    pub status: LeftWord,
}

impl PlaceBody {
    pub(super) fn of(concert: &ConcertId, user: UserId, view: PlaceView) -> Self {
        let (concert_id, user_id) = (values::ConcertId(concert.clone()), values::UserId(user));
        match view {
            PlaceView::Waiting { position, estimated_wait_seconds, poll_after_seconds } => Self {
                concert_id,
                user_id,
                status: PlaceStatus::Waiting,
                queue_position: position,
                estimated_wait_time: estimated_wait_seconds,
                poll_after: poll_after_seconds,
                expires_at: None,
            },
            PlaceView::Active { expires_at, reserving: _ } => Self {
                concert_id,
                user_id,
                status: PlaceStatus::Active,
                queue_position: 0,
                estimated_wait_time: 0,
                poll_after: POLL_AFTER_SECONDS_MIN,
                expires_at: Some(Instant(expires_at)),
            },
        }
    }
}

impl PlaceEventBody {
    pub(super) fn ended(concert: &ConcertId, user: UserId, why: EndReason) -> Self {
        Self::Ended(EndedPlaceBody {
            concert_id: values::ConcertId(concert.clone()),
            user_id: values::UserId(user),
            status: EndedWord::Ended,
            queue_position: 0,
            estimated_wait_time: 0,
            poll_after: POLL_AFTER_SECONDS_MIN,
            expires_at: None,
            why: EndWord(why),
        })
    }
}

impl PartialSchema for PlaceEventBody {
    /// The `status` tells which one it is.
    fn schema() -> RefOr<Schema> {
        let component = |name: &str| format!("#/components/schemas/{name}");
        let (live, ended) = (component(&PlaceBody::name()), component(&EndedPlaceBody::name()));
        let schema = json!({
            "description": "How a place stands, or why it has ended.",
            "oneOf": [{"$ref": live}, {"$ref": ended}],
            "discriminator": {
                "propertyName": "status",
                "mapping": {"WAITING": live, "ACTIVE": live, "ENDED": ended}
            }
        });
        serde_json::from_value(schema).expect("what is written here is a schema")
    }
}

impl ToSchema for PlaceEventBody {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        PlaceBody::schemas(schemas);
        schemas.push((PlaceBody::name().into(), PlaceBody::schema()));
        EndedPlaceBody::schemas(schemas);
        schemas.push((EndedPlaceBody::name().into(), EndedPlaceBody::schema()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{PlaceBody, PlaceEventBody};
    use crate::domain::{ConcertId, EndReason, PlaceView, Reserving, UserId, WallTime};

    const KIM: &str = "00000000-0000-0000-0000-00000000002a";

    fn spring() -> ConcertId {
        ConcertId::parse("spring").expect("a fine id")
    }

    #[test]
    fn a_waiting_place_has_a_position_and_an_active_one_an_end() {
        let waiting = PlaceView::Waiting { position: 12, estimated_wait_seconds: 120, poll_after_seconds: 3 };
        let shown = serde_json::to_value(PlaceBody::of(&spring(), UserId(42), waiting)).expect("it can be written");
        assert_eq!(
            shown,
            json!({"concertId": "spring", "userId": KIM, "status": "WAITING", "queuePosition": 12,
                   "estimatedWaitTime": 120, "pollAfter": 3, "expiresAt": null})
        );
        let active = PlaceView::Active { expires_at: WallTime(1_000), reserving: Reserving::Open };
        let shown = serde_json::to_value(PlaceBody::of(&spring(), UserId(42), active)).expect("it can be written");
        assert_eq!((&shown["status"], &shown["queuePosition"]), (&json!("ACTIVE"), &json!(0)));
        assert_eq!(shown["expiresAt"], json!("1970-01-01T00:00:01.000Z"));
        let ended = serde_json::to_value(PlaceEventBody::ended(&spring(), UserId(42), EndReason::HoldLapsed));
        let ended = ended.expect("it can be written");
        assert_eq!((&ended["status"], &ended["why"]), (&json!("ENDED"), &json!("hold_lapsed")));
    }
}
