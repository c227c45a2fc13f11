//! An export as JSON text, a part after the other, each read when the client has taken the one before: however much is
//! kept about a person, an export needs the memory of a part.

use axum::body::Bytes;
use futures_util::{Stream, stream};
use serde::Serialize;

use super::body::{PlaceAtBody, PlaceStatusBody};
use crate::domain::{ConcertId, ConcertNo, LivePlace, PaymentId, PlaceView, TicketId, UserId, UserWritten};
use crate::http::api::admin_users::UserBody;
use crate::http::api::payments::PaymentBody;
use crate::http::api::reservations::shown;
use crate::http::api::tickets::TicketDetailsBody;
use crate::http::api::wallet::LedgerEntryBody;
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::request::page::unknown_cursor;
use crate::http::values;
use crate::node::{HistoryPart, ToldPayment};

/// Rows of a part: as many as a page has at most.
const PART_ROWS: usize = 100;

/// What comes next in an export; each list begins with `None`.
enum Next {
    Ledger(Option<u64>),
    Payments(Option<PaymentId>),
    ReceivedTickets(Option<TicketId>),
    /// The concert behind this one.
    Concert(Option<ConcertNo>),
    Reservations(ConcertNo, Option<u64>),
    Places,
    Nothing,
}

/// An export that is written.
struct Export {
    app: App,
    user: UserId,
    next: Next,
    /// What no part has given yet.
    json: Vec<u8>,
    /// Whether the list that is written has an element yet.
    has_elements: bool,
}

/// All that is kept about a user, as the text of one JSON object.
pub(super) fn parts_of(app: App, written: &UserWritten) -> impl Stream<Item = Result<Bytes, Problem>> + use<> {
    let user = UserBody::of(written.id, &written.user, written.balance, app.node.currency());
    let mut export = Export { app, user: written.id, next: Next::Ledger(None), json: Vec::new(), has_elements: false };
    export.add_text(r#"{"user":"#);
    export.add_value(&user);
    export.add_text(r#","ledger":["#);
    stream::try_unfold(export, async |mut export: Export| {
        if matches!(export.next, Next::Nothing) {
            return Ok(None);
        }
        export.write_part().await?;
        let part = Bytes::from(std::mem::take(&mut export.json));
        Ok(Some((part, export)))
    })
}

impl Export {
    /// # Errors
    /// A fault.
    async fn write_part(&mut self) -> Result<(), Problem> {
        self.next = match self.next {
            Next::Ledger(from) => self.write_ledger(from).await?,
            Next::Payments(from) => self.write_payments(from).await?,
            Next::ReceivedTickets(from) => self.write_received_tickets(from).await?,
            Next::Concert(behind) => self.write_concert(behind).await?,
            Next::Reservations(concert, from) => self.write_reservations(concert, from).await?,
            Next::Places => self.write_places(),
            Next::Nothing => Next::Nothing,
        };
        Ok(())
    }

    async fn write_ledger(&mut self, from: Option<u64>) -> Result<Next, Problem> {
        let part = self.app.node.ledger(self.user, from, PART_ROWS).await?.ok_or_else(unknown_cursor)?;
        self.add_elements(part.rows.iter().map(|(number, entry)| LedgerEntryBody::of(*number, entry)));
        if part.next.is_some() {
            return Ok(Next::Ledger(part.next));
        }
        self.begin_list(r#"],"payments":["#);
        Ok(Next::Payments(None))
    }

    async fn write_payments(&mut self, from: Option<PaymentId>) -> Result<Next, Problem> {
        let part = self.app.node.payments(self.user, from, PART_ROWS).await?.ok_or_else(unknown_cursor)?;
        let body = |told: &ToldPayment| PaymentBody::of(told.id, &told.payment, &told.tickets, &told.concert);
        self.add_elements(part.rows.iter().map(body));
        if part.next.is_some() {
            return Ok(Next::Payments(part.next));
        }
        self.begin_list(r#"],"receivedTickets":["#);
        Ok(Next::ReceivedTickets(None))
    }

    async fn write_received_tickets(&mut self, from: Option<TicketId>) -> Result<Next, Problem> {
        let HistoryPart { rows, next } = self.app.node.received_tickets(self.user, from, PART_ROWS).await?;
        self.add_elements(rows.into_iter().map(|told| TicketDetailsBody::of(told, None)));
        if next.is_some() {
            return Ok(Next::ReceivedTickets(next));
        }
        self.begin_list(r#"],"reservations":["#);
        Ok(Next::Concert(None))
    }

    async fn write_concert(&mut self, behind: Option<ConcertNo>) -> Result<Next, Problem> {
        let Some((no, id)) = self.app.node.next_concert_of(self.user, behind).await? else {
            self.begin_list(r#"],"places":["#);
            return Ok(Next::Places);
        };
        self.begin_list(if self.has_elements { r#",{"concertId":"# } else { r#"{"concertId":"# });
        self.add_value(&values::ConcertId(id));
        self.add_text(r#","reservations":["#);
        Ok(Next::Reservations(no, None))
    }

    async fn write_reservations(&mut self, concert: ConcertNo, from: Option<u64>) -> Result<Next, Problem> {
        let part = self.app.node.reservations(concert, self.user, from, PART_ROWS).await?;
        let reservations = part.ok_or_else(unknown_cursor)?;
        self.add_elements(shown(&self.app, concert, &reservations));
        if reservations.part.next.is_some() {
            return Ok(Next::Reservations(concert, reservations.part.next));
        }
        self.add_text("]}");
        self.has_elements = true;
        Ok(Next::Concert(Some(concert)))
    }

    fn write_places(&mut self) -> Next {
        let place = |(concert, place): (ConcertId, LivePlace)| PlaceAtBody {
            concert_id: values::ConcertId(concert),
            status: match place.view {
                PlaceView::Waiting { .. } => PlaceStatusBody::Waiting,
                PlaceView::Active { .. } => PlaceStatusBody::Active,
            },
        };
        self.add_elements(self.app.node.live_places(self.user).into_iter().map(place));
        self.add_text("]}");
        Next::Nothing
    }

    /// Goes on with a list that has no element yet.
    fn begin_list(&mut self, text: &str) {
        self.add_text(text);
        self.has_elements = false;
    }

    fn add_elements<T: Serialize>(&mut self, elements: impl IntoIterator<Item = T>) {
        for element in elements {
            if self.has_elements {
                self.add_text(",");
            }
            self.add_value(&element);
            self.has_elements = true;
        }
    }

    fn add_value(&mut self, value: &impl Serialize) {
        serde_json::to_writer(&mut self.json, value).expect("answers hold texts, numbers and lists only");
    }

    fn add_text(&mut self, text: &str) {
        self.json.extend_from_slice(text.as_bytes());
    }
}
