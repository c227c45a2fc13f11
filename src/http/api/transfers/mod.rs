//! Handing a ticket over to another user: offered by whoever has it, accepted by the other.

mod body;
mod request;

use axum::extract::State;
use axum::response::Response;

use crate::domain::commands::{AcceptTicket, OfferTicket, WithdrawOffer};
use crate::domain::{KeyScope, Rejection, TicketAccepted, UserId};
use crate::http::api::tickets::{example, with_code};
use crate::http::api::users;
use crate::http::app::App;
use crate::http::idempotency::{idempotent, respond};
use crate::http::problem::{Problem, Reason};
use crate::http::request::{Request, read};
use crate::http::response::ok;
use crate::http::values::{self, TransferCode};
use crate::random_ids::random_id;
use body::{AcceptedBody, OfferWithdrawnBody, OfferedBody, WithdrawnWord};
use request::{AcceptRequest, OfferRequest, UserName, WithdrawRequest};

/// Offer a ticket to somebody
///
/// The answer has a code for whoever is to have the ticket, who accepts it within 24 hours. Until then the ticket is whose
/// it was, and can be used. A new offer is in place of the one before. A concert lets tickets be handed over when it says
/// so with `transfers`.
#[utoipa::path(
    post, path = "/api/v1/tickets/{ticketId}/transfer", operation_id = "offerTicket", tag = "tickets",
    params(("ticketId" = values::TicketId, Path, example = "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e")),
    request_body(content = OfferRequest, example = json!({
        "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e", "to": "lee"
    })),
    responses((status = 200, description = "It is offered.", body = OfferedBody, example = json!({
        "ticketId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e",
        "transferCode": "AZOkyVsOfR-cKj5PWmt8jmDEoXkCUEvUqJsCjGRxw-g", "to": "lee",
        "expiresAt": "2030-12-02T09:05:00.000Z"
    }))),
    extensions(("x-refusals" = json!([
        Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::UserBlocked, Reason::UserNotFound,
        Reason::TicketNotFound, Reason::TicketVoid, Reason::AlreadyUsed, Reason::TransfersForbidden
    ])))
)]
pub(crate) async fn offer(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let OfferRequest { user_id, to } = request.read()?;
    let user = user_id.map(|values::UserId(user)| user);
    let answer = idempotent(&app, &request, scope_of(user), async |caller| {
        let values::TicketId(ticket) = request.part("ticketId")?;
        let to = match to {
            Some(UserName(name)) => {
                let named = app.node.user_named(&users::canonical_username(&name))?;
                Some(named.ok_or(Rejection::UserNotFound)?)
            }
            None => None,
        };
        let secret = random_id();
        Ok(app.node.submit(OfferTicket { ticket, user, to, secret }, caller).await?)
    })
    .await?;
    let to = name_of(&app, answer.reply.to)?;
    Ok(respond(answer, |offered| ok(&OfferedBody::of(offered, to))))
}

/// Take an offer back
///
/// Its code is worth nothing from then on. The field may also stand in the query.
#[utoipa::path(
    delete, path = "/api/v1/tickets/{ticketId}/transfer", operation_id = "withdrawOffer", tag = "tickets",
    params(("ticketId" = values::TicketId, Path, example = "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e")),
    request_body(content = Option<WithdrawRequest>, example = json!({
        "userId": "0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e"
    })),
    responses((status = 200, description = "It is not offered any more.", body = OfferWithdrawnBody, example = json!({
        "status": "withdrawn", "ticketId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e"
    }))),
    extensions(("x-refusals" = json!([
        Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::UserBlocked, Reason::UserNotFound,
        Reason::TicketNotFound, Reason::TransferNotFound
    ])))
)]
pub(crate) async fn withdraw(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let WithdrawRequest { user_id } = read(&request.fields(&[])?)?;
    let user = user_id.map(|values::UserId(user)| user);
    let answer = idempotent(&app, &request, scope_of(user), async |caller| {
        let values::TicketId(ticket) = request.part("ticketId")?;
        Ok(app.node.submit(WithdrawOffer { ticket, user }, caller).await?)
    })
    .await?;
    let body = OfferWithdrawnBody { status: WithdrawnWord::Withdrawn, ticket_id: request.part("ticketId")? };
    Ok(respond(answer, |_| ok(&body)))
}

/// Accept a ticket
///
/// It is the user's from then on, with a new code: the one that was given out for it before lets nobody in any more.
#[utoipa::path(
    post, path = "/api/v1/transfers/accept", operation_id = "acceptTicket", tag = "tickets",
    request_body(content = AcceptRequest, example = json!({
        "userId": "0193a4c6-0b1c-7d2e-9f3a-4b5c6d7e8f90", "code": "AZOkyVsOfR-cKj5PWmt8jmDEoXkCUEvUqJsCjGRxw-g"
    })),
    responses((status = 200, description = "The user has it.", body = AcceptedBody, example = json!({
        "ticket": {
            "ticketId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e",
            "code": example::NEXT_CODE,
            "status": "valid", "concertId": "demo", "title": "Demo Concert", "date": "2030-12-24", "startsAt": "19:30",
            "beginsAt": "2030-12-24T10:30:00.000Z", "seat": 5, "section": "A", "row": 1, "rowLabel": "1", "label": "1-5",
            "price": 5000, "paymentId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d", "holder": "lee"
        }
    }))),
    extensions(("x-refusals" = json!([
        Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::UserBlocked, Reason::UserNotFound,
        Reason::TransferNotFound, Reason::TransferExpired, Reason::NotYours, Reason::TicketVoid, Reason::AlreadyUsed,
        Reason::TransfersForbidden
    ])))
)]
pub(crate) async fn accept(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let AcceptRequest { user_id: values::UserId(user), code: TransferCode((ticket, secret)) } = request.read()?;
    let answer = idempotent(&app, &request, KeyScope::User(user), async |caller| {
        Ok(app.node.submit(AcceptTicket { ticket, user, secret }, caller).await?)
    })
    .await?;
    let TicketAccepted { ticket, row } = answer.reply.clone();
    let ticket = with_code(&app, app.node.told_ticket(ticket, row)?);
    Ok(respond(answer, |_| ok(&AcceptedBody { ticket })))
}

/// Where the idempotency keys of a request stand: by its user, so that the key of another one is another key. Somebody who
/// has a ticket without an account names no user.
fn scope_of(user: Option<UserId>) -> KeyScope {
    user.map_or(KeyScope::Newcomer, KeyScope::User)
}

/// What a user is called.
fn name_of(app: &App, user: Option<UserId>) -> Result<Option<String>, Problem> {
    let Some(user) = user else { return Ok(None) };
    Ok(app.node.any_user(user)?.map(|written| written.user.username.given))
}
