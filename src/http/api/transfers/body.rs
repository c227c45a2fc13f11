//! Hand-overs as they are answered.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::TicketOffered;
use crate::http::api::tickets::TicketDetailsBody;
use crate::http::values::{self, Instant, TransferCode};

/// An offer, and what accepting it takes.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfferedBody {
    pub ticket_id: values::TicketId,
    /// To be given to whoever is to have the ticket.
    pub transfer_code: TransferCode,
    /// The name of the user who alone may accept it; `null` is whoever has the code.
    pub to: Option<String>,
    pub expires_at: Instant,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfferWithdrawnBody {
    #[schema(inline)]
    pub status: WithdrawnWord,
    pub ticket_id: values::TicketId,
}

/// The status of what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum WithdrawnWord {
    Withdrawn,
}

/// The ticket with the code that it has now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AcceptedBody {
    pub ticket: TicketDetailsBody,
}

impl OfferedBody {
    pub(super) fn of(TicketOffered { ticket, secret, expires_at, .. }: TicketOffered, to: Option<String>) -> Self {
        Self {
            ticket_id: values::TicketId(ticket),
            transfer_code: TransferCode((ticket, secret)),
            to,
            expires_at: Instant(expires_at),
        }
    }
}
