//! The list of a date for gates that may have to go on without the server.

mod body;

use axum::extract::State;
use axum::response::Response;

use crate::blocking;
use crate::domain::Rejection;
use crate::http::access;
use crate::http::app::App;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::request::page::number;
use crate::http::response::ok;
use crate::http::values::{self, Date};
use crate::identity::TicketCode;
use body::{DoorListBody, DoorTicketBody};

const TICKETS_DEFAULT: u32 = 500;
const TICKETS_MAX: u32 = 1_000;

/// Read the list of a door
///
/// Every ticket that was sold for the date, void ones too, in order of their last change. Ask again with `since` =
/// `version`: at once while there is `more`, and then now and then for what has changed. Codes are not in it: a gate
/// compares hashes, and can tell genuine codes with the key of `GET /api/v1/tickets/key`.
#[utoipa::path(
    get, path = "/api/v1/admin/concerts/{concertId}/dates/{date}/door", operation_id = "readDoorList", tag = "operator",
    params(
        ("concertId" = values::ConcertId, Path, example = "demo"),
        ("date" = Date, Path, example = "2030-12-24"),
        ("since" = Option<u64>, Query, description = "The `version` that is known; 0 by default."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1_000, description = "Tickets at most; 500 by default.")
    ),
    security(("operatorKey" = [])),
    responses((status = 200, description = "A part of the list.", body = DoorListBody, example = json!({
        "concertId": "demo", "date": "2030-12-24", "codeConcert": 1, "codeDate": 22272,
        "tickets": [
            {"ticketId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e",
             "codeSha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "status": "valid",
             "seat": 5, "section": "A", "rowLabel": "1", "label": "1-5", "version": 1}
        ],
        "version": 1, "more": false
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::InvalidRequest, Reason::ConcertNotFound, Reason::DateNotFound
    ])))
)]
pub(crate) async fn read_door(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    request.query_only(&["since", "limit"])?;
    let values::ConcertId(concert_id) = request.part("concertId")?;
    let Date(date) = request.part("date")?;
    let since = number(&request, "since", 0..=u64::MAX)?.unwrap_or_default();
    let limit = number(&request, "limit", 1..=TICKETS_MAX)?.unwrap_or(TICKETS_DEFAULT) as usize;
    let concert = access::any_concert(&app, &concert_id)?;
    let door = app.node.door(concert, date, since, limit).await?;
    let (sold_for, part) = door.ok_or(Rejection::DateNotFound)?;
    let codes = app.keys.tickets.clone();
    let list = move || part.tickets.into_iter().map(|(id, row)| DoorTicketBody::of(id, row, &codes)).collect();
    // A signature a ticket is some work.
    let tickets = blocking::run(list).await.map_err(|error| Problem::internal(error.to_string()))?;
    let TicketCode { concert: code_concert, days: code_date, .. } =
        TicketCode::new(crate::domain::TicketId(0), concert, sold_for, 1);
    let (concert_id, date) = (values::ConcertId(concert_id), Date(date));
    let (version, more) = (part.version, part.more);
    Ok(ok(&DoorListBody { concert_id, date, code_concert, code_date, tickets, version, more }))
}
