//! What the events of the feed tell, by their type. A new type is one entry of the list, and one of what it is made of.

use serde::Serialize;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::entry::EntryData;
use super::seat::{EventSeatBody, SoldSeatBody};
use crate::http::api::payments::MeansBody;
use crate::http::values::{
    Amount, Date, EndWord, Instant, KeyId, PaymentId, Price, RoleWord, SeatNumber, TicketId, UserId,
};

macro_rules! events {
    ($($word:literal $kind:ident { $($(#[$attribute:meta])* $field:ident: $of:ty,)* })*) => {
        $(
            #[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
            #[serde(rename_all = "camelCase")]
            pub(super) struct $kind {
                $($(#[$attribute])* pub $field: $of,)*
            }
        )*

        /// What an event tells.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(untagged)]
        pub(super) enum EventDataBody {
            $($kind($kind),)*
        }

        impl EventDataBody {
            /// Every type, and what the component is called that describes its data.
            pub(super) const TYPES: &[(&'static str, &'static str)] = &[$(($word, stringify!($kind)),)*];

            /// The type of the event.
            pub(super) fn word(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $word,)*
                }
            }

            /// The components that describe the data of all types.
            pub(super) fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                $(
                    schemas.push((stringify!($kind).to_owned(), $kind::schema()));
                    $kind::schemas(schemas);
                )*
            }
        }
    };
}

events! {
    "token.issued" TokenIssued {
        user_id: UserId,
        /// The arrival sequence.
        sequence: u64,
    }
    "token.activated" TokenActivated {
        user_id: UserId,
        sequence: u64,
        expires_at: Instant,
    }
    "token.ended" TokenEnded {
        user_id: UserId,
        sequence: u64,
        why: EndWord,
    }
    "seat.held" SeatHeld {
        user_id: UserId,
        #[serde(flatten)]
        seat: EventSeatBody,
        #[schema(value_type = Price)]
        amount: u32,
        expires_at: Instant,
    }
    "seat.released" SeatReleased {
        /// Absent: a guest had it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        user_id: Option<UserId>,
        #[serde(flatten)]
        seat: EventSeatBody,
        reason: ReleaseWord,
    }
    "seat.sold" SeatSold {
        /// Absent: a guest.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        user_id: Option<UserId>,
        #[serde(flatten)]
        seat: EventSeatBody,
        payment_id: PaymentId,
        ticket_id: TicketId,
    }
    "payment.paid" PaymentPaid {
        /// Absent: a guest.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        user_id: Option<UserId>,
        payment_id: PaymentId,
        paid_by: MeansBody,
        /// The first of its dates.
        date: Date,
        #[schema(value_type = Vec<SeatNumber>)]
        seats: Vec<u32>,
        items: Vec<SoldSeatBody>,
        #[schema(value_type = Amount)]
        amount: u64,
    }
    "payment.refunded" PaymentRefunded {
        /// Absent: a guest.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        user_id: Option<UserId>,
        payment_id: PaymentId,
        /// The seats that were given back.
        items: Vec<SoldSeatBody>,
        #[schema(value_type = Amount)]
        amount: u64,
        /// What the operator wrote.
        reason: String,
        /// Where the money went.
        to: MeansBody,
    }
    "wallet.charged" WalletCharged {
        user_id: UserId,
        #[schema(value_type = Amount)]
        amount: u64,
        /// The balance after it.
        #[schema(value_type = Amount)]
        balance: u64,
        entry_id: u64,
    }
    "wallet.withdrawn" WalletWithdrawn {
        user_id: UserId,
        #[schema(value_type = Amount)]
        amount: u64,
        /// The balance after it.
        #[schema(value_type = Amount)]
        balance: u64,
        entry_id: u64,
        reason: String,
    }
    "concert.changed" ConcertChanged {
        revision: u32,
    }
    "concert.deleted" ConcertDeleted {}
    "seat.blocked" SeatBlocked {
        #[serde(flatten)]
        seat: EventSeatBody,
        /// What the operator wrote.
        reason: String,
    }
    "seat.unblocked" SeatUnblocked {
        #[serde(flatten)]
        seat: EventSeatBody,
    }
    "date.moved" DateMoved {
        /// The one that it was announced for first.
        date: Date,
        from: Date,
        to: Date,
        begins_at: Instant,
    }
    "date.called_off" DateCalledOff {
        date: Date,
        /// What buyers are told.
        reason: String,
    }
    "date.refunding" DateRefunding {
        date: Date,
        /// Payments that are given back so far.
        payments: u64,
        seats: u64,
        #[schema(value_type = Amount)]
        amount: u64,
        /// Seats that are still held or sold; 0 when all is done.
        seats_left: u32,
    }
    "ticket.used" TicketUsed {
        ticket_id: TicketId,
        #[serde(flatten)]
        seat: EventSeatBody,
        used_at: Instant,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        gate: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        device: Option<String>,
        /// A later scan that was taken for the entry until this one was reported.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        conflict: Option<EntryData>,
    }
    "ticket.returned" TicketReturned {
        ticket_id: TicketId,
        #[serde(flatten)]
        seat: EventSeatBody,
        /// Of the entry that was taken back.
        used_at: Instant,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        gate: Option<String>,
        /// What the operator wrote.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        reason: Option<String>,
    }
    "ticket.transferred" TicketTransferred {
        ticket_id: TicketId,
        #[serde(flatten)]
        seat: EventSeatBody,
        /// Who had it. Absent: a guest.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        from_user_id: Option<UserId>,
        to_user_id: UserId,
    }
    "user.blocked" UserBlocked {
        user_id: UserId,
    }
    "user.unblocked" UserUnblocked {
        user_id: UserId,
    }
    "user.deleted" UserDeleted {
        user_id: UserId,
    }
    "key.created" KeyCreated {
        key_id: KeyId,
        name: String,
        role: RoleWord,
        /// `null` is never.
        expires_at: Option<Instant>,
    }
    "key.removed" KeyRemoved {
        key_id: KeyId,
        name: String,
        role: RoleWord,
    }
    "key.refused" KeyRefused {
        /// It was shown after its expiry; told once a minute at most.
        key_id: KeyId,
        name: String,
        role: RoleWord,
    }
    "member.added" MemberAdded {
        /// The instance that was taken into the cluster.
        node_id: u64,
    }
    "member.removed" MemberRemoved {
        /// The instance that was removed from the cluster.
        node_id: u64,
    }
}

/// Why a seat is free again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReleaseWord {
    Canceled,
    Expired,
    Refunded,
    CalledOff,
}
