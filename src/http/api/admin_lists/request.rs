//! Which payments and tickets the operator asks for.

use crate::domain::Rejection;
use crate::http::access;
use crate::http::api::users::canonical_username;
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::request::Request;
use crate::http::values::kind::text_kinds;
use crate::http::values::{ConcertId, Date, Instant, UserId};
use crate::node::{PaymentSearch, PaymentState, SaleText, TicketState};

/// The names of the query that lists of sales know.
pub(super) const KNOWN: [&str; 9] = ["concertId", "date", "userId", "status", "from", "to", "q", "limit", "cursor"];

text_kinds! {
    /// The number of a seat.
    SeatInPath(u32) = "the number of a seat", |text| text.parse().ok(), |schema| schema;
    /// What became of a payment.
    PaymentStatusWord(PaymentState) = "\"paid\", \"partly_refunded\" or \"refunded\"", |word| match word {
        "paid" => Some(PaymentState::Paid),
        "partly_refunded" => Some(PaymentState::PartlyRefunded),
        "refunded" => Some(PaymentState::Refunded),
        _ => None,
    }, |schema| schema.enum_values(Some(["paid", "partly_refunded", "refunded"]));
    /// What became of a ticket.
    TicketStatusWord(TicketState) = "\"valid\", \"used\" or \"void\"", |word| match word {
        "valid" => Some(TicketState::Valid),
        "used" => Some(TicketState::Used),
        "void" => Some(TicketState::Void),
        _ => None,
    }, |schema| schema.enum_values(Some(["valid", "used", "void"]));
}

/// The search that a query writes, but for the status.
///
/// # Errors
/// 400 for a name or a value that is none, 404 for a concert or a user that does not exist.
pub(super) fn read_search(app: &App, request: &Request) -> Result<PaymentSearch, Problem> {
    request.query_only(&KNOWN)?;
    let concert = request.optional::<ConcertId>("concertId")?;
    let (date, user) = (request.optional::<Date>("date")?, request.optional::<UserId>("userId")?);
    let (from, to) = (request.optional::<Instant>("from")?, request.optional::<Instant>("to")?);
    let text = request.query("q")?.filter(|text| !text.is_empty());
    let concert = concert.map(|ConcertId(id)| access::any_concert(app, &id)).transpose()?;
    if let Some(UserId(user)) = user {
        app.node.any_user(user)?.ok_or(Rejection::UserNotFound)?;
    }
    Ok(PaymentSearch {
        concert,
        date: date.map(|date| date.0),
        user: user.map(|user| user.0),
        status: None,
        from: from.map(|from| from.0),
        to: to.map(|to| to.0),
        text: text.map(|text| SaleText { folded: text.to_lowercase(), canonical: canonical_username(&text) }),
    })
}
