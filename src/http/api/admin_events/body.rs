//! Events of the feed as the operator reads them.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::calendar::write_instant;
use crate::domain::{ConcertId, Event, EventData, ReleaseReason};
use crate::http::end_word;
use crate::http::values::write_uuid;

/// A part of the feed.
#[derive(Serialize, ToSchema)]
pub struct EventsBody {
    pub events: Vec<EventBody>,
    /// What to send as `after` next: the number of the last event given here, or `after` itself when there is none.
    pub next: u64,
    /// The number of the oldest event that is kept; one more than `newest` when none is.
    pub oldest: u64,
    /// The number of the newest event; 0 before the first.
    pub newest: u64,
}

/// Something that happened. The fields of `data` follow from the `type`.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventBody {
    /// From 1 without gaps or repeats.
    pub seq: u64,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concert_id: Option<String>,
    #[schema(value_type = Object)]
    pub data: Value,
}

impl EventBody {
    pub fn of(seq: u64, event: &Event, concert: Option<&ConcertId>) -> Self {
        Self {
            seq,
            kind: kind(&event.data),
            at: write_instant(event.at),
            concert_id: concert.map(ConcertId::to_string),
            data: data(&event.data),
        }
    }
}

fn kind(data: &EventData) -> &'static str {
    match data {
        EventData::TokenIssued { .. } => "token.issued",
        EventData::TokenActivated { .. } => "token.activated",
        EventData::TokenEnded { .. } => "token.ended",
        EventData::SeatHeld { .. } => "seat.held",
        EventData::SeatReleased { .. } => "seat.released",
        EventData::SeatSold { .. } => "seat.sold",
        EventData::PaymentPaid { .. } => "payment.paid",
        EventData::PaymentRefunded { .. } => "payment.refunded",
        EventData::WalletCharged { .. } => "wallet.charged",
        EventData::ConcertChanged { .. } => "concert.changed",
    }
}

fn data(data: &EventData) -> Value {
    match data {
        EventData::TokenIssued { user, sequence } => json!({"userId": write_uuid(user.0), "sequence": sequence.0}),
        EventData::TokenActivated { user, sequence, expires_at } => {
            json!({"userId": write_uuid(user.0), "sequence": sequence.0, "expiresAt": write_instant(*expires_at)})
        }
        EventData::TokenEnded { user, sequence, reason } => {
            json!({"userId": write_uuid(user.0), "sequence": sequence.0, "why": end_word(*reason)})
        }
        EventData::SeatHeld { user, date, seat, amount, expires_at } => json!({
            "userId": write_uuid(user.0), "date": date.to_string(), "seat": seat, "amount": amount,
            "expiresAt": write_instant(*expires_at),
        }),
        EventData::SeatReleased { user, date, seat, reason } => json!({
            "userId": write_uuid(user.0), "date": date.to_string(), "seat": seat, "reason": release_word(*reason),
        }),
        EventData::SeatSold { user, date, seat, payment } => json!({
            "userId": write_uuid(user.0), "date": date.to_string(), "seat": seat, "paymentId": write_uuid(payment.0),
        }),
        EventData::PaymentPaid { user, payment, date, seats, amount } => json!({
            "userId": write_uuid(user.0), "paymentId": write_uuid(payment.0), "date": date.to_string(),
            "seats": seats, "amount": amount,
        }),
        EventData::PaymentRefunded { user, payment, amount, reason } => json!({
            "userId": write_uuid(user.0), "paymentId": write_uuid(payment.0), "amount": amount, "reason": reason,
        }),
        EventData::WalletCharged { user, amount, balance, entry } => json!({
            "userId": write_uuid(user.0), "amount": amount, "balance": balance, "entryId": entry,
        }),
        EventData::ConcertChanged { revision } => json!({ "revision": revision }),
    }
}

fn release_word(reason: ReleaseReason) -> &'static str {
    match reason {
        ReleaseReason::Canceled => "canceled",
        ReleaseReason::Expired => "expired",
        ReleaseReason::Refunded => "refunded",
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
