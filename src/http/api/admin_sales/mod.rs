//! Sales over the counter of the box office.

mod body;
mod request;

use axum::extract::State;
use axum::response::Response;

use crate::domain::commands::Sell;
use crate::domain::{FIRST_VERSION, Ticket};
use crate::http::access;
use crate::http::api::tickets::{code_of, example};
use crate::http::app::App;
use crate::http::idempotency::{idempotent, respond};
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::response::created;
use body::SoldBody;
use request::SaleRequest;

/// Sell seats at the box office
///
/// Free seats of any date, and those that are kept back, become sold in one step, without a queue and without a hold: while the concert is a draft,
/// before it opens and after it has closed. A user's seats appear among the user's reservations, payments and tickets; a
/// guest has the tickets of the answer, whose codes let in. `paidBy` says which account the money comes from; `free` books nothing and needs
/// a `reason`, `wallet` needs a user. `price` is what each seat costs, in place of the plan's. The limit of seats a user
/// does not count here.
#[utoipa::path(
    post, path = "/api/v1/admin/sales", operation_id = "sellSeats", tag = "operator",
    security(("operatorKey" = [])),
    request_body(content = SaleRequest, example = json!({
        "concertId": "demo", "date": "2030-12-24", "seats": [11, 12], "guest": "Ms Han, press", "paidBy": "cash"
    })),
    responses((status = 201, description = "The seats are sold.", body = SoldBody, example = json!({
        "status": "sold", "paymentId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d", "concertId": "demo",
        "guest": "Ms Han, press", "date": "2030-12-24", "seats": [11], "amount": 5000, "paidBy": "cash",
        "paidAt": "2030-12-01T09:05:00.000Z",
        "tickets": [{"ticketId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e", "code": example::CODE,
                     "date": "2030-12-24", "seat": 11, "section": "A", "row": 2, "rowLabel": "2", "label": "2-1", "price": 5000, "status": "valid"}],
        "items": [{"date": "2030-12-24", "seats": ["A 2-1"], "amount": 5000, "tickets": [
            {"ticketId": "0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e", "date": "2030-12-24", "seat": 11, "section": "A",
             "row": 2, "rowLabel": "2", "label": "2-1", "price": 5000, "status": "valid"}]}]
    }))),
    extensions(("x-refusals" = json!([
        Reason::TokenInvalid, Reason::NotAllowed, Reason::IdempotencyKeyReused, Reason::InvalidRequest, Reason::UserNotFound,
        Reason::ConcertNotFound, Reason::DateNotFound, Reason::DateCalledOff, Reason::SeatNotFound, Reason::SeatTaken,
        Reason::InsufficientBalance
    ])))
)]
pub(crate) async fn sell_seats(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let operator = access::operator(&app, &request)?;
    let answer = idempotent(&app, &request, operator.scope(), async |caller| {
        request.query_only(&[])?;
        let asked = request.read::<SaleRequest>()?.asked()?;
        let concert = access::any_concert(&app, &asked.concert)?;
        let seats = asked.numbers.seats();
        let tickets = seats.iter().map(|_| app.node.ticket_id()).collect();
        let command = Sell {
            concert,
            date: app.node.first_date(concert, asked.date),
            seats,
            buyer: asked.buyer,
            paid_by: asked.paid_by,
            price: asked.price,
            reason: asked.reason,
            payment: app.node.payment_id(),
            tickets,
        };
        app.node.submit(command, caller).await.map_err(|error| asked.numbers.told(error))
    })
    .await?;
    let concert = answer.reply.concert;
    let id = app.node.concert_id(concert).ok_or_else(|| Problem::internal("a sale names no concert"))?;
    let code = |ticket: &Ticket| code_of(&app, ticket.ticket, concert, ticket.key.date, FIRST_VERSION);
    Ok(respond(answer, |sold| created(&SoldBody::of(&sold, &id, code))))
}
