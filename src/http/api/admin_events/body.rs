//! Events of the feed as the operator reads them.

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::data::EventDataBody;
use crate::domain::{ConcertId, Event};
use crate::http::values::{self, Instant};

/// A part of the feed.
#[derive(Serialize, ToSchema)]
pub(super) struct EventsBody {
    pub events: Vec<EventBody>,
    /// What to send as `after` next: the number of the last event given here, or `after` itself when there is none.
    pub next: u64,
    /// The number of the oldest event that is kept; one more than `newest` when none is.
    pub oldest: u64,
    /// The number of the newest event; 0 before the first.
    pub newest: u64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventBody {
    pub seq: u64,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concert_id: Option<values::ConcertId>,
    pub data: EventDataBody,
}

impl EventBody {
    pub(super) fn of(seq: u64, event: &Event, concert: Option<&ConcertId>) -> Self {
        let data = EventDataBody::from(&event.data);
        Self {
            seq,
            kind: data.word(),
            at: Instant(event.at),
            concert_id: concert.cloned().map(values::ConcertId),
            data,
        }
    }
}

impl PartialSchema for EventBody {
    /// One of all types, each with data of its own; the `type` tells which one it is.
    fn schema() -> RefOr<Schema> {
        let component = |data: &str| format!("#/components/schemas/{}", event_name(data));
        let types = EventDataBody::TYPES.iter();
        let one_of: Vec<Value> = types.clone().map(|(_, data)| json!({"$ref": component(data)})).collect();
        let mapping: Map<String, Value> =
            types.map(|(word, data)| ((*word).to_owned(), component(data).into())).collect();
        schema_of(json!({
            "description": "Something that happened. What `data` has follows from the `type`.",
            "oneOf": one_of,
            "discriminator": {"propertyName": "type", "mapping": mapping}
        }))
    }
}

/// What the component is called that describes the events whose data is `data`.
fn event_name(data: &str) -> String {
    format!("{data}Event")
}

/// The events of one type.
fn event_schema(word: &str, data: &str) -> RefOr<Schema> {
    let component = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    schema_of(json!({
        "type": "object",
        "required": ["seq", "type", "at", "data"],
        "properties": {
            "seq": {"type": "integer", "format": "int64", "minimum": 1, "description": "Without gaps or repeats."},
            "type": {"type": "string", "enum": [word]},
            "at": component("Instant"),
            "concertId": component("ConcertId"),
            "data": component(data)
        }
    }))
}

/// Every type of an event.
fn type_schema() -> RefOr<Schema> {
    let words: Vec<&str> = EventDataBody::TYPES.iter().map(|(word, _)| *word).collect();
    schema_of(json!({"type": "string", "description": "What happened.", "enum": words}))
}

fn schema_of(written: Value) -> RefOr<Schema> {
    serde_json::from_value(written).expect("what is written here is a schema")
}

impl ToSchema for EventBody {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        EventDataBody::schemas(schemas);
        let events = EventDataBody::TYPES.iter().map(|(word, data)| (event_name(data), event_schema(word, data)));
        schemas.extend(events);
        schemas.push(("EventType".to_owned(), type_schema()));
        schemas.push((values::ConcertId::name().into(), values::ConcertId::schema()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::EventBody;
    use crate::domain::{ConcertId, ConcertNo, EndReason, Event, EventData, Sequence, Timestamp, UserId, WallTime};

    #[test]
    fn an_event_names_its_concert_when_it_has_one() {
        let shown = |data, concert: Option<&ConcertId>| {
            let event =
                Event { at: WallTime(1_500), logged_at: Timestamp(0), concert: concert.map(|_| ConcertNo(1)), data };
            serde_json::to_value(EventBody::of(7, &event, concert)).expect("it can be written")
        };
        let spring = ConcertId::parse("spring").expect("a fine id");
        let ended = EventData::TokenEnded { user: UserId(42), sequence: Sequence(3), reason: EndReason::Paid };
        let user = "00000000-0000-0000-0000-00000000002a";
        assert_eq!(
            shown(ended, Some(&spring)),
            json!({"seq": 7, "type": "token.ended", "at": "1970-01-01T00:00:01.500Z", "concertId": "spring",
                   "data": {"userId": user, "sequence": 3, "why": "paid"}})
        );
        let charged = EventData::WalletCharged { user: UserId(42), amount: 5, balance: 6, entry: 7 };
        assert_eq!(
            shown(charged, None),
            json!({"seq": 7, "type": "wallet.charged", "at": "1970-01-01T00:00:01.500Z",
                   "data": {"userId": user, "amount": 5, "balance": 6, "entryId": 7}})
        );
    }
}
