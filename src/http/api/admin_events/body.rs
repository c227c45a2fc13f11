//! Events of the feed as the operator reads them.

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::data::EventDataBody;
use crate::domain::ActingOperator;
use crate::http::values::{self, Instant};
use crate::node::NumberedEvent;

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
pub(in crate::http::api) struct EventBody {
    pub seq: u64,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concert_id: Option<values::ConcertId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<ActingOperatorBody>,
    pub(super) data: EventDataBody,
}

/// The operator whose act an event is, as their key was called then.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct ActingOperatorBody {
    pub key_id: values::KeyId,
    pub name: String,
    pub role: values::RoleWord,
}

impl ActingOperatorBody {
    fn of(ActingOperator { key, name, role }: &ActingOperator) -> Self {
        Self { key_id: values::KeyId(*key), name: name.clone(), role: values::RoleWord(*role) }
    }
}

impl EventBody {
    pub(in crate::http::api) fn of(NumberedEvent { number, event, concert, words }: &NumberedEvent) -> Self {
        let data = EventDataBody::of(&event.data, words);
        Self {
            seq: *number,
            kind: data.word(),
            at: Instant(event.at),
            concert_id: concert.clone().map(values::ConcertId),
            by: event.by.as_ref().map(ActingOperatorBody::of),
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
            "by": component("ActingOperatorBody"),
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
        schemas.push((ActingOperatorBody::name().into(), ActingOperatorBody::schema()));
        ActingOperatorBody::schemas(schemas);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::EventBody;
    use crate::domain::{
        CalendarDate, ConcertId, ConcertNo, EndReason, Event, EventData, SeatWords, Sequence, Timestamp, UserId,
        WallTime,
    };
    use crate::node::NumberedEvent;

    fn shown(data: EventData, concert: Option<&str>, words: Vec<Option<SeatWords>>) -> Value {
        let event = Event {
            at: WallTime(1_500),
            logged_at: Timestamp(0),
            concert: concert.map(|_| ConcertNo(1)),
            by: None,
            data,
        };
        let concert = concert.map(|id| ConcertId::parse(id).expect("a fine id"));
        let numbered = NumberedEvent { number: 7, event, concert, words };
        serde_json::to_value(EventBody::of(&numbered)).expect("it can be written")
    }

    #[test]
    fn an_event_names_its_concert_when_it_has_one() {
        let ended = EventData::TokenEnded { user: UserId(42), sequence: Sequence(3), reason: EndReason::Paid };
        let user = "00000000-0000-0000-0000-00000000002a";
        assert_eq!(
            shown(ended, Some("spring"), Vec::new()),
            json!({"seq": 7, "type": "token.ended", "at": "1970-01-01T00:00:01.500Z", "concertId": "spring",
                   "data": {"userId": user, "sequence": 3, "why": "paid"}})
        );
        let charged = EventData::WalletCharged { user: UserId(42), amount: 5, balance: 6, entry: 7 };
        assert_eq!(
            shown(charged, None, Vec::new()),
            json!({"seq": 7, "type": "wallet.charged", "at": "1970-01-01T00:00:01.500Z",
                   "data": {"userId": user, "amount": 5, "balance": 6, "entryId": 7}})
        );
    }

    #[test]
    fn a_seat_is_told_in_words_as_long_as_the_plan_has_it() {
        let date = CalendarDate::new(2030, 12, 24).expect("a date");
        let data =
            |words| shown(EventData::SeatUnblocked { date, seat: 5 }, Some("spring"), vec![words])["data"].clone();
        let (section, row_label, label) = ("Stalls".to_owned(), "B".to_owned(), "B-1".to_owned());
        assert_eq!(
            data(Some(SeatWords { section, row: 2, row_label, label })),
            json!({"date": "2030-12-24", "seat": 5, "rowLabel": "B", "label": "B-1"})
        );
        assert_eq!(data(None), json!({"date": "2030-12-24", "seat": 5}));
    }
}
