//! A queue place as its client sees it.

use serde::Serialize;
use serde_json::json;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::{Admission, ConcertId, EndReason, LivePlace, PlaceView, Stock, UserId};
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
    /// Seconds until then.
    pub expires_in: Option<u64>,
    /// The server's clock, for countdowns.
    pub now: Instant,
    /// How many wait in front.
    pub ahead: u64,
    /// Free seats of the bookable dates; absent where the concert has `"showStock": false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub free_seats: Option<u32>,
    /// Whether no seat of a bookable date is free; one that is held may come back.
    pub sold_out: bool,
    /// Whether admission is paused: nobody is abandoned meanwhile.
    pub paused: bool,
}

/// The live places of a user.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlacesBody {
    pub user_id: values::UserId,
    /// In the order in which their concerts were created.
    pub places: Vec<PlaceBody>,
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
    pub(super) fn of(concert: &ConcertId, user: UserId, place: &LivePlace) -> Self {
        let LivePlace { view, sale, at } = *place;
        let (status, queue_position, estimated_wait_time, poll_after, expires_at) = match view {
            PlaceView::Waiting { position, estimated_wait_seconds, poll_after_seconds } => {
                (PlaceStatus::Waiting, position, estimated_wait_seconds, poll_after_seconds, None)
            }
            PlaceView::Active { expires_at, reserving: _ } => {
                (PlaceStatus::Active, 0, 0, POLL_AFTER_SECONDS_MIN, Some(expires_at))
            }
        };
        Self {
            concert_id: values::ConcertId(concert.clone()),
            user_id: values::UserId(user),
            status,
            queue_position,
            estimated_wait_time,
            poll_after,
            expires_at: expires_at.map(Instant),
            expires_in: expires_at.map(|end| end.seconds_after(at)),
            now: Instant(at),
            ahead: queue_position.saturating_sub(1),
            free_seats: sale.free_seats,
            sold_out: sale.stock == Stock::SoldOut,
            paused: sale.admission == Admission::Paused,
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
    use crate::domain::{
        Admission, ConcertId, EndReason, LivePlace, PlaceView, Reserving, SaleView, Stock, UserId, WallTime,
    };

    const KIM: &str = "00000000-0000-0000-0000-00000000002a";

    fn spring() -> ConcertId {
        ConcertId::parse("spring").expect("a fine id")
    }

    fn shown(view: PlaceView, sale: SaleView) -> serde_json::Value {
        let place = LivePlace { view, sale, at: WallTime(999) };
        serde_json::to_value(PlaceBody::of(&spring(), UserId(42), &place)).expect("it can be written")
    }

    #[test]
    fn a_waiting_place_has_a_position_and_an_active_one_an_end() {
        let waiting = PlaceView::Waiting { position: 12, estimated_wait_seconds: 120, poll_after_seconds: 3 };
        let sale = SaleView { free_seats: Some(7), stock: Stock::Left, admission: Admission::Paused };
        assert_eq!(
            shown(waiting, sale),
            json!({"concertId": "spring", "userId": KIM, "status": "WAITING", "queuePosition": 12,
                   "estimatedWaitTime": 120, "pollAfter": 3, "expiresAt": null, "expiresIn": null,
                   "now": "1970-01-01T00:00:00.999Z", "ahead": 11, "freeSeats": 7, "soldOut": false, "paused": true})
        );
        let active = PlaceView::Active { expires_at: WallTime(3_000), reserving: Reserving::Open };
        let sale = SaleView { free_seats: None, stock: Stock::SoldOut, admission: Admission::Running };
        assert_eq!(
            shown(active, sale),
            json!({"concertId": "spring", "userId": KIM, "status": "ACTIVE", "queuePosition": 0,
                   "estimatedWaitTime": 0, "pollAfter": 1, "expiresAt": "1970-01-01T00:00:03.000Z", "expiresIn": 3,
                   "now": "1970-01-01T00:00:00.999Z", "ahead": 0, "soldOut": true, "paused": false})
        );
        let ended = serde_json::to_value(PlaceEventBody::ended(&spring(), UserId(42), EndReason::HoldLapsed));
        let ended = ended.expect("it can be written");
        assert_eq!((&ended["status"], &ended["why"]), (&json!("ENDED"), &json!("hold_lapsed")));
    }
}
