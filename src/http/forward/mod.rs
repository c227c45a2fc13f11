//! Where several instances answer: each request is answered by the one that may, here or where it is taken, again when
//! nothing came of it and that is safe, and the answer is taken back. What may answer it the reaches say; which instance
//! that is the leadership says.

mod asked;
pub(super) mod head;
mod leadership;
mod looking;
mod named;
mod passing;
mod plan;
mod report;

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use metrics::counter;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};

use self::asked::{Asked, Repetition};
use self::head::not_leading;
use self::leadership::NotFresh;
use self::looking::left_until;
use self::passing::passed_on;
use self::plan::{Plan, Subject, plan};
use super::phase::Phase;
use super::problem::Problem;
use super::reach::{Found, Reach, Reaches, Source};
use super::values::new_concert_id;
use crate::domain::NodeId;
use crate::node::{Fate, Lead, Led};
use crate::telemetry::metrics::{FORWARD_SECONDS, FORWARDS};

pub use self::leadership::Leadership;

/// For how long a request waits for an instance that leads, when none is known.
const LEADER_WAIT: Duration = Duration::from_secs(2);
/// How long a request rests before it is asked where it was asked in vain. The rest doubles with each time, since many
/// requests wait together for another leader.
const REST_MIN: Duration = Duration::from_millis(20);
const REST_MAX: Duration = Duration::from_millis(320);

/// What has requests answered by the instances that may.
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

impl Outcome {
    pub(super) fn response_mut(&mut self) -> &mut Response {
        match self {
            Self::Here(response) | Self::At(_, response) => response,
        }
    }
}

/// What is known of a request that is to be answered.
#[derive(Clone, Copy)]
struct Way<'a> {
    found: &'a Found<'a>,
    /// Under which it is known here.
    id: &'a HeaderValue,
    /// How much time it had at first.
    limit: Duration,
    deadline: Instant,
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
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let Some(found) = self.reaches.find(&method, uri.path()).filter(|found| found.reach != Reach::Here) else {
            return Outcome::Here(here(request, limit).await);
        };
        let asked = Asked::new(request, body);
        asked.note_route(found.template);
        let way = Way { found: &found, id, limit, deadline: Instant::now() + limit };
        if found.reach == Reach::Concert(Source::BodyScans) {
            match report::parts(&*self.leadership, &asked, way.deadline).await {
                Ok(None) => {}
                Ok(Some(parts)) => return self.take_parts(parts, way, &here).await,
                Err(NotFresh) => return no_leader(Fate::Undone),
            }
        }
        self.take(&asked, way, &here).await
    }

    /// Answers a report part by part.
    async fn take_parts<F: Future<Output = Response>>(
        &self,
        parts: Vec<report::Part>,
        way: Way<'_>,
        here: &impl Fn(Request, Duration) -> F,
    ) -> Outcome {
        let mut answers = report::Answers::default();
        for part in parts {
            let (Outcome::Here(response) | Outcome::At(_, response)) = self.take(&part.asked, way, here).await;
            if let Err(refused) = answers.add(part, response).await {
                return Outcome::Here(refused);
            }
        }
        Outcome::Here(answers.whole())
    }

    /// Answers a request that another instance sent here, as [`Self::answer`]; but it is not sent on. Where the request is
    /// about what is not led here, nothing is done, and the answer says [`Fate::Undone`].
    pub(super) async fn answer_sent_here<F: Future<Output = Response>>(
        &self,
        request: Request,
        body: Bytes,
        limit: Duration,
        here: impl Fn(Request, Duration) -> F,
    ) -> Response {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let Some(found) = self.reaches.find(&method, uri.path()) else { return here(request, limit).await };
        let asked = Asked::new(request, body);
        asked.note_route(found.template);
        let deadline = Instant::now() + limit;
        let answer = async {
            let Plan { subject, look } = plan(&*self.leadership, &found, &asked, deadline).await?;
            if subject.led().is_some_and(|led| self.leadership.lead(led) != Lead::Here) {
                return Ok(Problem::no_leader(Fate::Undone).into_response());
            }
            looking::look(&*self.leadership, look, &asked, deadline, &here).await
        };
        answer.await.unwrap_or_else(|NotFresh| Problem::no_leader(Fate::Undone).into_response())
    }

    /// Answers a request here or where its subject is led, wherever that is by then, for as long as it has time.
    async fn take<F: Future<Output = Response>>(
        &self,
        asked: &Asked,
        way: Way<'_>,
        here: &impl Fn(Request, Duration) -> F,
    ) -> Outcome {
        let Way { found, limit, deadline, .. } = way;
        let mut fate = Fate::Undone;
        let mut rest = REST_MIN;
        let mut has_lost = false;
        loop {
            let Ok(Plan { subject, look }) = plan(&*self.leadership, found, asked, deadline).await else {
                return no_leader(fate);
            };
            // Wherever it is made, so that new concerts are spread.
            let subject = if subject == Subject::NewConcert { Subject::Concert(new_concert_id()) } else { subject };
            let lead = self.known_lead(&subject, deadline).await;
            let lost = match lead {
                Lead::Nowhere => return no_leader(fate),
                Lead::Here => match looking::look(&*self.leadership, look, asked, deadline, here).await {
                    Err(NotFresh) => return no_leader(fate),
                    Ok(response) => match response.extensions().get::<Fate>() {
                        None if has_lost && response.status() == StatusCode::REQUEST_TIMEOUT => {
                            return lost_too_long(asked);
                        }
                        None => return Outcome::Here(response),
                        Some(fate) => *fate,
                    },
                },
                Lead::At(peer) => match self.ask(peer, asked, way).await {
                    Ok(response) => return Outcome::At(peer, response),
                    Err(NoAnswer::TooLate) if has_lost => return lost_too_long(asked),
                    Err(NoAnswer::TooLate) => {
                        return Outcome::Here(Problem::request_timeout(limit.as_secs()).into_response());
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
            if self.lead(&subject) == lead {
                sleep_until(deadline.min(Instant::now() + rest)).await;
                rest = (rest * 2).min(REST_MAX);
            }
            if left_until(deadline).is_zero() {
                return no_leader(fate);
            }
        }
    }

    /// Where a request about `subject` is answered at this moment.
    fn lead(&self, subject: &Subject) -> Lead {
        match subject {
            Subject::Proposal => proposing(self.leadership.lead(Led::Log)),
            Subject::Nothing | Subject::Log | Subject::Concert(_) | Subject::NewConcert => {
                subject.led().map_or(Lead::Here, |led| self.leadership.lead(led))
            }
        }
    }

    /// The same; where nobody leads it waits for somebody who does, for as long as a request may.
    async fn known_lead(&self, subject: &Subject, deadline: Instant) -> Lead {
        let lead = self.lead(subject);
        if lead != Lead::Nowhere {
            return lead;
        }
        let limit = LEADER_WAIT.min(left_until(deadline));
        match subject.led() {
            Some(led) => self.leadership.lead_within(led, limit).await,
            None => proposing(self.leadership.lead_within(Led::Log, limit).await),
        }
    }

    /// Asks another instance, and counts what comes of it.
    async fn ask(&self, peer: NodeId, asked: &Asked, Way { id, deadline, .. }: Way<'_>) -> Result<Response, NoAnswer> {
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

/// Where a change is proposed when the log is ordered there.
fn proposing(ordered: Lead) -> Lead {
    match ordered {
        Lead::Here | Lead::At(_) => Lead::Here,
        Lead::Nowhere => Lead::Nowhere,
    }
}

/// The end of a request that was lost before, and whose time is over: it is not the request that takes long, but whoever is
/// taken for the leader is not reached.
fn lost_too_long(asked: &Asked) -> Outcome {
    match asked.repetition() {
        Repetition::Safe => no_leader(Fate::Undone),
        Repetition::Keyed | Repetition::Unsafe => no_leader(Fate::Unknown),
    }
}

fn no_leader(fate: Fate) -> Outcome {
    Outcome::Here(Problem::no_leader(fate).into_response())
}

#[cfg(test)]
mod tests;
