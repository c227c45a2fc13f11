//! All that is kept about one person.

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::api::admin_users::UserBody;
use crate::http::api::payments::PaymentBody;
use crate::http::api::reservations::ReservationBody;
use crate::http::api::tickets::TicketDetailsBody;
use crate::http::api::wallet::LedgerEntryBody;
use crate::http::values;

/// All that is kept about one person, histories newest first.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "it is written as JSON a part after the other")]
pub(super) struct ExportBody {
    pub user: UserBody,
    pub ledger: Vec<LedgerEntryBody>,
    pub payments: Vec<PaymentBody>,
    /// Those that others handed over and the user has still.
    pub received_tickets: Vec<TicketDetailsBody>,
    pub reservations: Vec<ReservationsAtBody>,
    pub places: Vec<PlaceAtBody>,
}

/// What was held and bought at one concert.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "it is written as JSON a part after the other")]
pub(super) struct ReservationsAtBody {
    pub concert_id: values::ConcertId,
    pub reservations: Vec<ReservationBody>,
}

/// A live queue place.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlaceAtBody {
    pub concert_id: values::ConcertId,
    #[schema(inline)]
    pub status: PlaceStatusBody,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum PlaceStatusBody {
    Waiting,
    Active,
}
