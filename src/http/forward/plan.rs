//! How a request is answered: what has to be led where that is done, and how what is known there is looked at.

use tokio::time::{Instant, timeout_at};

use super::asked::Asked;
use super::leadership::{Leadership, NotFresh};
use super::named::Named;
use crate::domain::{ConcertId, TicketId};
use crate::http::reach::{Found, Reach, Source};
use crate::node::Led;

/// How a request is answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub subject: Subject,
    pub look: Look,
}

/// What has to be led where a request is answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// Nothing: any instance answers it.
    Nothing,
    /// Nothing here; but somebody has to order the log, to which a change of no concert is proposed.
    Proposal,
    Log,
    Concert(ConcertId),
    /// A concert that is given an id where the request is answered, which is then led there.
    NewConcert,
}

/// How what is known is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// As it is.
    Once,
    /// As it is; for a refusal that rests on what other instances may have changed, once more when it is fresh.
    Twice,
    /// When it is fresh.
    Fresh,
}

impl Subject {
    /// What has to be led; nothing when any instance will do.
    pub(super) fn led(&self) -> Option<Led<'_>> {
        match self {
            Self::Nothing | Self::Proposal | Self::NewConcert => None,
            Self::Log => Some(Led::Log),
            Self::Concert(id) => Some(Led::Concert(id)),
        }
    }
}

/// How a request of a route that was `found` is answered, as far as this instance knows.
///
/// # Errors
/// [`NotFresh`] where that takes a fresh look, and there is none.
pub(super) async fn plan(
    leadership: &dyn Leadership,
    found: &Found<'_>,
    asked: &Asked,
    deadline: Instant,
) -> Result<Plan, NotFresh> {
    let plan = |subject, look| Ok(Plan { subject, look });
    let source = match found.reach {
        Reach::Here => return plan(Subject::Nothing, Look::Once),
        Reach::Fresh => return plan(Subject::Nothing, Look::Fresh),
        Reach::Anyone => return plan(Subject::Proposal, Look::Twice),
        Reach::Log => return plan(Subject::Log, Look::Once),
        Reach::Concert(source) => source,
    };
    let concert = match Named::of(source, found.part, asked) {
        None => None,
        Some(Named::NewConcert) => return plan(Subject::NewConcert, Look::Twice),
        Some(Named::Concert(id)) => Some(id),
        Some(Named::OnlyOpen) => {
            // That there is no other one is what has to be known.
            fresh_by(leadership, deadline).await?;
            leadership.only_open_concert()
        }
        Some(Named::Payment(payment)) => {
            known_or_fresh(leadership, deadline, || leadership.concert_of_payment(payment)).await?
        }
        Some(Named::Tickets(tickets)) => concert_of_any(leadership, deadline, &tickets).await?,
    };
    match concert {
        // It is about nothing that there is, and refused.
        None => plan(Subject::Nothing, Look::Fresh),
        // The refusals of single scans are no refusals of the request.
        Some(id) if source == Source::BodyScans => plan(Subject::Concert(id), Look::Fresh),
        Some(id) => plan(Subject::Concert(id), Look::Twice),
    }
}

/// The concert of the first of these tickets that has one.
pub(super) async fn concert_of_any(
    leadership: &dyn Leadership,
    deadline: Instant,
    tickets: &[TicketId],
) -> Result<Option<ConcertId>, NotFresh> {
    let concert = || tickets.iter().find_map(|ticket| leadership.concert_of_ticket(*ticket));
    known_or_fresh(leadership, deadline, concert).await
}

/// What is looked up as it is known, and where it is not found, once more when that is fresh.
async fn known_or_fresh<T>(
    leadership: &dyn Leadership,
    deadline: Instant,
    look: impl Fn() -> Option<T>,
) -> Result<Option<T>, NotFresh> {
    if let Some(known) = look() {
        return Ok(Some(known));
    }
    fresh_by(leadership, deadline).await?;
    Ok(look())
}

/// Waits until what this instance knows is fresh.
///
/// # Errors
/// [`NotFresh`] where that cannot be known by `deadline`.
pub(super) async fn fresh_by(leadership: &dyn Leadership, deadline: Instant) -> Result<(), NotFresh> {
    timeout_at(deadline, leadership.fresh()).await.unwrap_or(Err(NotFresh))
}
