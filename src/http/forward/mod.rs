//! Requests that another instance answers: taking them there, again when nothing came of it and that is safe, and the
//! answer back. Which routes these are the reaches say; which instance it is the leadership says.

mod asked;
pub(super) mod head;
mod leadership;
mod passing;

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use metrics::counter;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};

use self::asked::{Asked, Repetition};
use self::head::not_leading;
use self::passing::passed_on;
use super::phase::Phase;
use super::problem::Problem;
use super::reach::Reaches;
use crate::domain::NodeId;
use crate::node::{Fate, Lead};
use crate::telemetry::metrics::{FORWARD_SECONDS, FORWARDS};

pub use self::leadership::Leadership;

/// For how long a request waits for an instance that leads, when none is known.
const LEADER_WAIT: Duration = Duration::from_secs(2);
/// How long a request rests before it is asked where it was asked in vain. The rest doubles with each time, since many
/// requests wait together for another leader.
const REST_MIN: Duration = Duration::from_millis(20);
const REST_MAX: Duration = Duration::from_millis(320);

/// What takes requests to the instance that leads.
pub struct Forwarding {
    leadership: Box<dyn Leadership>,
    reaches: Reaches,
    /// Tells streams that are passed on when to end.
    shutdown: watch::Receiver<Phase>,
}

/// An answer, and where it was made.
pub(super) enum Outcome {
    Here(Response),
    At(NodeId, Response),
}

/// Why a request has no answer of another instance.
enum NoAnswer {
    /// Its time is over.
    TooLate,
    /// The instance does not lead, or could not be asked to the end.
    Lost(Fate),
}

impl Forwarding {
    /// Of the requests that the route table has, as `leadership` decides. Streams that are passed on end when `shutdown`
    /// says that this instance stops.
    pub fn new(leadership: impl Leadership, shutdown: watch::Receiver<Phase>) -> Self {
        Self::of(Reaches::of_table(), leadership, shutdown)
    }

    pub(super) fn of(reaches: Reaches, leadership: impl Leadership, shutdown: watch::Receiver<Phase>) -> Self {
        Self { leadership: Box::new(leadership), reaches, shutdown }
    }

    /// Whether this instance leads at this moment.
    pub(super) fn leads_here(&self) -> bool {
        self.leadership.lead() == Lead::Here
    }

    /// Answers a request with `body` that has `limit` left and is known here as `id`: by `here`, which is told how much is
    /// left then, or by another instance.
    pub(super) async fn answer<F: Future<Output = Response>>(
        &self,
        request: Request,
        body: Bytes,
        id: &HeaderValue,
        limit: Duration,
        here: impl Fn(Request, Duration) -> F,
    ) -> Outcome {
        let Some(template) = self.reaches.led(request.method(), request.uri().path()) else {
            return Outcome::Here(here(request, limit).await);
        };
        let asked = Asked::new(request, body);
        asked.note_route(template);
        let deadline = Instant::now() + limit;
        let mut fate = Fate::Undone;
        let mut rest = REST_MIN;
        let mut has_lost = false;
        let mut lead = self.known_lead(deadline).await;
        loop {
            let lost = match lead {
                Lead::Nowhere => return no_leader(fate),
                Lead::Here => {
                    let response = here(asked.here(), left_until(deadline)).await;
                    match response.extensions().get::<Fate>() {
                        None => return Outcome::Here(response),
                        Some(fate) => *fate,
                    }
                }
                Lead::At(peer) => match self.ask(peer, &asked, id, deadline).await {
                    Ok(response) => return Outcome::At(peer, response),
                    Err(NoAnswer::TooLate) => {
                        return match (has_lost, asked.repetition()) {
                            (false, _) => Outcome::Here(Problem::request_timeout(limit.as_secs()).into_response()),
                            // It is not the request that takes long: whoever is taken for the leader is not reached.
                            (true, Repetition::Safe) => no_leader(Fate::Undone),
                            (true, Repetition::Keyed | Repetition::Unsafe) => no_leader(Fate::Unknown),
                        };
                    }
                    Err(NoAnswer::Lost(fate)) => fate,
                },
            };
            match (lost, asked.repetition()) {
                (Fate::Undone, _) | (Fate::Unknown, Repetition::Safe) => {}
                (Fate::Unknown, Repetition::Keyed) => fate = Fate::Unknown,
                (Fate::Unknown, Repetition::Unsafe) => return no_leader(Fate::Unknown),
            }
            has_lost = true;
            if self.leadership.lead() == lead {
                sleep_until(deadline.min(Instant::now() + rest)).await;
                rest = (rest * 2).min(REST_MAX);
            }
            if left_until(deadline).is_zero() {
                return no_leader(fate);
            }
            lead = self.known_lead(deadline).await;
        }
    }

    /// The instance that leads, when one is known within the time that a request may wait for it.
    async fn known_lead(&self, deadline: Instant) -> Lead {
        match self.leadership.lead() {
            Lead::Nowhere => self.leadership.lead_within(LEADER_WAIT.min(left_until(deadline))).await,
            lead @ (Lead::Here | Lead::At(_)) => lead,
        }
    }

    /// Asks another instance, and counts what comes of it.
    async fn ask(
        &self,
        peer: NodeId,
        asked: &Asked,
        id: &HeaderValue,
        deadline: Instant,
    ) -> Result<Response, NoAnswer> {
        let begun = Instant::now();
        let request = asked.for_peer(id, left_until(deadline));
        let answer = timeout_at(deadline, self.leadership.forward(peer, request)).await;
        let (result, answer) = match answer {
            Err(_) => ("timed_out", Err(NoAnswer::TooLate)),
            Ok(Err(error)) => {
                tracing::debug!("a request is not answered: {error}");
                if error.is_unsent() {
                    ("unsent", Err(NoAnswer::Lost(Fate::Undone)))
                } else {
                    ("broken", Err(NoAnswer::Lost(Fate::Unknown)))
                }
            }
            Ok(Ok(answer)) => match not_leading(&answer) {
                None => ("answered", Ok(passed_on(answer, asked.connection(), self.shutdown.clone()))),
                Some(fate) => ("not_leading", Err(NoAnswer::Lost(fate))),
            },
        };
        FORWARD_SECONDS.record(begun.elapsed().as_secs_f64());
        counter!(FORWARDS.name, "peer" => peer.to_string(), "result" => result).increment(1);
        answer
    }
}

fn left_until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

fn no_leader(fate: Fate) -> Outcome {
    Outcome::Here(Problem::no_leader(fate).into_response())
}

#[cfg(test)]
mod tests;
