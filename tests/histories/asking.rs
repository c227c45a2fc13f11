//! Owns how a customer asks: each request any of the instances, with a key again and again until there is an answer or
//! without one and once, and what is known of it afterwards.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::linearizability::Span;
use super::recorder::Recorder;
use crate::harness::client::{Answer, Call, Client};
use crate::harness::endpoints::{Endpoints, PATIENCE};

/// How long an answer is waited for.
const ANSWER_MAX: Duration = Duration::from_millis(1_500);
/// How long a customer rests when it was told to come later.
const REST: Duration = Duration::from_millis(50);
/// What the system says of a port that nobody listens on.
const REFUSED: &str = "Connection refused";
/// What an answer says when the request may have been done.
const IN_DOUBT: &str = "may have been done";

/// Asks, and takes the times.
pub(crate) struct Asking {
    endpoints: Endpoints,
    recorder: Recorder,
    name: String,
    random: fastrand::Rng,
    keys: u64,
}

/// Whether a change has a key, with which it is asked until there is an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Insistence {
    /// It may be made again.
    Keyed,
    Once,
}

/// What became of a change.
pub(crate) struct Asked {
    /// When it was asked for the first time.
    invoked: Duration,
    /// Whether it may take effect although it was answered otherwise, or not at all.
    in_doubt: bool,
    /// The answer, with the invocation and the response of the request that had it.
    last: Option<(Answer, Duration, Duration)>,
    /// Which instances were asked, for a failing test.
    pub by: String,
}

/// What became of a request that was not answered.
enum Unanswered {
    /// Nothing was done.
    Undone,
    Unknown,
}

impl Asked {
    /// The answer.
    pub(crate) fn answer(&self) -> Option<&Answer> {
        self.last.as_ref().map(|(answer, ..)| answer)
    }

    /// Of a change that was done: from the first request on, whichever of them did it.
    pub(crate) fn done(&self) -> Span {
        Span { invoked: self.invoked, responded: self.last.as_ref().map(|(.., responded)| *responded) }
    }

    /// Of a refusal: it is about the last request alone.
    pub(crate) fn refused(&self) -> Span {
        let (_, invoked, responded) = self.last.as_ref().expect("it was answered");
        Span { invoked: *invoked, responded: Some(*responded) }
    }

    /// Of what may be done at any time, or never.
    pub(crate) fn in_doubt(&self) -> Option<Span> {
        self.in_doubt.then_some(Span { invoked: self.invoked, responded: None })
    }
}

impl Asking {
    pub(crate) fn new((endpoints, recorder): (Endpoints, Recorder), name: String, random: fastrand::Rng) -> Self {
        Self { endpoints, recorder, name, random, keys: 0 }
    }

    /// Asks any instance once for what changes nothing: its answer, with when and where that was.
    pub(crate) async fn read(&mut self, request: impl Fn(&Client) -> Call) -> Option<(Answer, Span, String)> {
        let (instance, invoked) = (self.random.usize(..self.endpoints.count()), self.recorder.now());
        match self.attempt(request(&self.endpoints.client(instance))).await {
            Ok(answer) => {
                let span = Span { invoked, responded: Some(self.recorder.now()) };
                Some((answer, span, format!("{} at {}", self.name, instance + 1)))
            }
            Err(Unanswered::Undone | Unanswered::Unknown) => None,
        }
    }

    /// Asks for a change, each time any instance.
    pub(crate) async fn change(&mut self, insistence: Insistence, request: impl Fn(&Client) -> Call) -> Asked {
        self.keys += 1;
        let key = format!("{}-{}", self.name.replace(' ', "-"), self.keys);
        let give_up = Instant::now() + PATIENCE;
        let mut asked = Asked { invoked: self.recorder.now(), in_doubt: false, last: None, by: self.name.clone() };
        loop {
            let (instance, invoked) = (self.random.usize(..self.endpoints.count()), self.recorder.now());
            asked.by += &format!(" at {}", instance + 1);
            let call = request(&self.endpoints.client(instance));
            let call = match insistence {
                Insistence::Keyed => call.key(&key),
                Insistence::Once => call,
            };
            let story = call.story();
            match self.attempt(call).await {
                Ok(answer) => {
                    // A key has it done once, by whichever request.
                    asked.in_doubt &= answer.status >= 400;
                    asked.last = Some((answer, invoked, self.recorder.now()));
                }
                Err(Unanswered::Undone) => {}
                Err(Unanswered::Unknown) => asked.in_doubt = true,
            }
            if asked.last.is_some() || insistence == Insistence::Once {
                return asked;
            }
            assert!(Instant::now() < give_up, "no answer of any instance to {story}");
        }
    }

    async fn attempt(&self, call: Call) -> Result<Answer, Unanswered> {
        match timeout(ANSWER_MAX, call.attempt()).await {
            Ok(Ok(answer)) if answer.status == 503 => {
                sleep(REST).await;
                let may_be_done = answer.json()["body"]["message"].as_str().is_some_and(|it| it.contains(IN_DOUBT));
                Err(if may_be_done { Unanswered::Unknown } else { Unanswered::Undone })
            }
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(why)) if why.contains(REFUSED) => {
                sleep(REST).await;
                Err(Unanswered::Undone)
            }
            Ok(Err(_)) | Err(_) => Err(Unanswered::Unknown),
        }
    }
}
