//! All that is kept about one person.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{ConcertId, Currency, LivePlace, PlaceView, Reservation, UserId};
use crate::http::api::admin_users::UserBody;
use crate::http::api::payments::PaymentBody;
use crate::http::api::reservations::ReservationBody;
use crate::http::api::wallet::LedgerEntryBody;
use crate::http::values;
use crate::node::{PersonalRecord, ToldPayment};

/// All that is kept about one person, histories newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct ExportBody {
    pub user: UserBody,
    pub ledger: Vec<LedgerEntryBody>,
    pub payments: Vec<PaymentBody>,
    pub reservations: Vec<ReservationsAtBody>,
    pub places: Vec<PlaceAtBody>,
}

/// What was held and bought at one concert.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
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

impl ExportBody {
    pub(super) fn of(id: UserId, record: &PersonalRecord, currency: Currency) -> Self {
        let PersonalRecord { user, wallet, ledger, payments, reservations, places, now, offset } = record;
        let payment = |told: &ToldPayment| PaymentBody::of(told.id, &told.payment, &told.tickets, &told.concert);
        let at = |(concert, rows): &(ConcertId, Vec<Reservation>)| ReservationsAtBody {
            concert_id: values::ConcertId(concert.clone()),
            reservations: rows.iter().map(|row| ReservationBody::of(row, None, (*now, *offset))).collect(),
        };
        let place = |(concert, place): &(ConcertId, LivePlace)| PlaceAtBody {
            concert_id: values::ConcertId(concert.clone()),
            status: match place.view {
                PlaceView::Waiting { .. } => PlaceStatusBody::Waiting,
                PlaceView::Active { .. } => PlaceStatusBody::Active,
            },
        };
        Self {
            user: UserBody::of(id, user, wallet.balance, currency),
            ledger: ledger.iter().map(|(number, entry)| LedgerEntryBody::of(*number, entry)).collect(),
            payments: payments.iter().map(payment).collect(),
            reservations: reservations.iter().map(at).collect(),
            places: places.iter().map(place).collect(),
        }
    }
}
