//! Check-ins at the entrance: one at a time, those of a gate that was offline, and taking one back.

mod body;
mod names;
mod request;
pub(in crate::http) mod scans;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::domain::{CheckedIn, TicketReturned};
use crate::http::access;
use crate::http::api::tickets::TicketDetailsBody;
use crate::http::app::App;
use crate::http::authentication::Operator;
use crate::http::idempotency::{idempotent, respond};
use crate::http::problem::{Problem, Reason};
use crate::http::request::{Request, read};
use crate::http::response::ok;
use crate::http::values;
use body::{CheckInOutcomeBody, CheckInsBody, EnterWord, EnteredBody, EntryBody, RefusedScanBody, ReturnedTicketBody};
use request::{CheckInRequest, UndoRequest};
use scans::{CheckIns, CheckInsRequest, ReportedScanRequest};

/// Scans of one report that are under way at once: they share a few flushes, and leave room for others.
const SCANS_AT_ONCE: usize = 64;

/// Let the bearer of a ticket in
///
/// Of several that show the same ticket exactly one enters, at whichever gate. A used ticket is refused with when and at
/// which gate it was used. `at` names the instant by the clock of the gate, which may be ahead by a minute; with it, the
/// same scan sent again is answered as before. What was scanned while the server could not be asked is for the batch.
#[utoipa::path(
    post, path = "/api/v1/admin/check-ins", operation_id = "checkIn", tag = "operator",
    request_body(content = CheckInRequest, example = json!({
        "ticketId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e", "date": "2030-12-24", "gate": "North", "device": "scanner-3"
    })),
    security(("operatorKey" = [])),
    responses((status = 200, description = "They go in.", body = EnteredBody, example = json!({
        "verdict": "enter",
        "ticket": {
            "ticketId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e", "status": "used", "concertId": "demo",
            "title": "Demo Concert", "date": "2030-12-24", "startsAt": "19:30", "beginsAt": "2030-12-24T10:30:00.000Z",
            "seat": 5, "section": "A", "row": 1, "rowLabel": "1", "label": "1-5", "price": 5000,
            "paymentId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d", "holder": "kim", "usedAt": "2030-12-24T10:02:11.000Z",
            "gate": "North"
        }
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::ConcertNotFound,
        Reason::CodeForged, Reason::TicketNotFound, Reason::TicketVoid, Reason::WrongDate, Reason::AlreadyUsed,
        Reason::ScanUndone
    ])))
)]
pub(crate) async fn check_in(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    let answer = idempotent(&app, &request, operator.scope(), async |caller| {
        request.query_only(&[])?;
        let command = request.read::<CheckInRequest>()?.into_command(&app)?;
        Ok(app.node.submit(command, caller).await?)
    })
    .await?;
    let body = entered(&app, answer.reply.clone())?;
    Ok(respond(answer, |_| ok(&body)))
}

/// Report what was scanned offline
///
/// Each scan has its own time and its own answer: of several of one ticket the earliest is the entry, the others are told
/// as conflicts, in whatever order they come, from however many gates. Sending a report again changes nothing.
#[utoipa::path(
    post, path = "/api/v1/admin/check-ins/batch", operation_id = "reportCheckIns", tag = "operator",
    request_body(content = CheckInsRequest, example = json!({"checkIns": [
        {"ticketId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e", "gate": "South", "device": "scanner-4",
         "at": "2030-12-24T10:01:58.000Z"}
    ]})),
    security(("operatorKey" = [])),
    responses((status = 200, description = "What became of each.", body = CheckInsBody, example = json!({
        "checkIns": [
            {"verdict": "refuse", "refusal": {
                "code": 409, "reason": "ALREADY_USED", "message": "The ticket is used already.",
                "usedAt": "2030-12-24T10:01:12.000Z", "gate": "North", "device": "scanner-3"
            }}
        ],
        "entered": 0, "refused": 1
    }))),
    extensions(("x-refusals" = json!([Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest])))
)]
pub(crate) async fn report(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    request.query_only(&[])?;
    let CheckInsRequest { check_ins: CheckIns(scans) } = request.read()?;
    let outcomes = stream::iter(scans).map(|scan| outcome(&app, operator, scan)).buffered(SCANS_AT_ONCE);
    Ok(ok(&CheckInsBody::of(outcomes.try_collect().await?)))
}

/// What becomes of one scan of a report.
///
/// # Errors
/// What ends the whole report: it is to be sent again.
async fn outcome(app: &App, operator: Operator, scan: ReportedScanRequest) -> Result<CheckInOutcomeBody, Problem> {
    let done = async {
        let command = scan.into_command(app)?;
        entered(app, app.node.submit(command, operator.caller()).await?.reply)
    };
    match done.await {
        Ok(body) => Ok(CheckInOutcomeBody::Entered(Box::new(body))),
        // A key that was taken away says nothing of the scan.
        Err(problem) if problem.status().is_client_error() && problem.status() != StatusCode::UNAUTHORIZED => {
            Ok(CheckInOutcomeBody::Refused(RefusedScanBody::of(&problem)))
        }
        Err(problem) => Err(problem),
    }
}

/// Take a check-in back
///
/// Within a minute the device that let somebody in takes it back without a reason; later, or elsewhere, it takes a `reason`.
/// The fields may also stand in the query.
#[utoipa::path(
    delete, path = "/api/v1/admin/check-ins/{ticketId}", operation_id = "undoCheckIn", tag = "operator",
    params(("ticketId" = values::TicketId, Path, example = "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e")),
    request_body(content = Option<UndoRequest>, example = json!({"device": "scanner-3"})),
    security(("operatorKey" = [])),
    responses((status = 200, description = "The ticket can be used.", body = ReturnedTicketBody, example = json!({
        "ticket": {
            "ticketId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e", "status": "valid", "concertId": "demo",
            "title": "Demo Concert", "date": "2030-12-24", "startsAt": "19:30", "beginsAt": "2030-12-24T10:30:00.000Z",
            "seat": 5, "section": "A", "row": 1, "rowLabel": "1", "label": "1-5", "price": 5000,
            "paymentId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d", "holder": "kim"
        }
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::TicketNotFound,
        Reason::TicketVoid, Reason::TicketNotUsed
    ])))
)]
pub(crate) async fn undo(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    let answer = idempotent(&app, &request, operator.scope(), async |caller| {
        let fields: UndoRequest = read(&request.fields(&[])?)?;
        let values::TicketId(ticket) = request.part("ticketId")?;
        Ok(app.node.submit(fields.into_command(ticket), caller).await?)
    })
    .await?;
    let TicketReturned { ticket, row } = answer.reply.clone();
    let ticket = TicketDetailsBody::of(app.node.told_ticket(ticket, row)?, None);
    Ok(respond(answer, |_| ok(&ReturnedTicketBody { ticket })))
}

fn entered(app: &App, CheckedIn { ticket, row, conflict }: CheckedIn) -> Result<EnteredBody, Problem> {
    let ticket = TicketDetailsBody::of(app.node.told_ticket(ticket, row)?, None);
    Ok(EnteredBody { verdict: EnterWord::Enter, ticket, conflict: conflict.map(EntryBody::of) })
}
