//! One virtual user: begins an iteration, sends requests over one connection, records how each ended and how long it
//! took.

use std::cell::RefCell;
use std::pin::Pin;
use std::time::{Duration, Instant};

use tokio::time::Sleep;

use super::client::{Connection, Fault, Request, Response};
use super::histograms::{Outcome, Recorder};
use super::run::Run;
use super::scenario::Expected;

/// The reason under which a refusal counts that does not say when to come again, and has to.
pub(super) const WITHOUT_RETRY_AFTER: &str = "without Retry-After";
/// How long a connection rests after a fault, so that a server that is gone is not asked a million times.
const REST: Duration = Duration::from_millis(10);

/// What a virtual user has in hand. It belongs to one thread of the generator.
pub(super) struct VirtualUser<'a> {
    /// From 0 on, over all threads.
    pub number: usize,
    pub run: &'a Run<'a>,
    pub request: Request,
    recorder: &'a RefCell<Recorder>,
    connection: Option<Connection>,
    /// Ends when no response is waited for any longer.
    graceful_stop: Pin<Box<Sleep>>,
    random: u64,
}

impl<'a> VirtualUser<'a> {
    pub(super) fn new(number: usize, run: &'a Run<'a>, recorder: &'a RefCell<Recorder>) -> Self {
        Self {
            number,
            run,
            request: Request::new(&run.server.host),
            recorder,
            connection: None,
            graceful_stop: Box::pin(tokio::time::sleep_until(run.graceful_stop_ends.into())),
            random: number as u64,
        }
    }

    /// Waits for the next iteration; its intended time, from which latency counts.
    pub(super) async fn next(&mut self) -> Option<Instant> {
        let intended = self.run.iterations.next().await?;
        self.began(intended);
        Some(intended)
    }

    /// Notes that an iteration meant for `intended` begins now.
    pub(super) fn began(&self, intended: Instant) {
        self.recorder.borrow_mut().began(intended, Instant::now());
    }

    /// Sends the request in hand as step number `step` and records it; its latency counts from `from`.
    ///
    /// # Errors
    /// There is no response; that is recorded, too. The next request gets a new connection.
    pub(super) async fn send(&mut self, step: usize, from: Instant) -> Result<Response<'_>, Fault> {
        self.exchange_as(step, from, |_| step).await
    }

    /// Sends the request in hand and records it as the step that its response makes it; one without a response counts
    /// as `unanswered`.
    async fn exchange_as(
        &mut self,
        unanswered: usize,
        from: Instant,
        step: impl FnOnce(&Response<'_>) -> usize,
    ) -> Result<Response<'_>, Fault> {
        let exchanged = self.exchange().await;
        let now = Instant::now();
        match exchanged {
            Ok(()) => {
                let connection = self.connection.as_ref().expect("the response came over it");
                let response = connection.response();
                let step = step(&response);
                let outcome = judge(self.run.steps[step].expected, &response);
                self.run.count(outcome);
                self.recorder.borrow_mut().record(step, outcome, from, now);
                Ok(response)
            }
            Err(fault) => {
                let outcome = Outcome::Unanswered(fault.reason());
                self.run.count(outcome);
                self.recorder.borrow_mut().record(unanswered, outcome, from, now);
                self.run.note_fault(&fault);
                self.connection = None;
                if !matches!(fault, Fault::Late) {
                    tokio::time::sleep(REST).await;
                }
                Err(fault)
            }
        }
    }

    /// As [`Self::send`], as that of the steps whose expectation the response meets, else as the first.
    ///
    /// # Errors
    /// There is no response.
    pub(super) async fn send_as(&mut self, steps: [usize; 2], from: Instant) -> Result<Response<'_>, Fault> {
        let run = self.run;
        self.exchange_as(steps[0], from, |response| {
            let meets = |step: &usize| judge(run.steps[*step].expected, response) == Outcome::Succeeded;
            steps.into_iter().find(meets).unwrap_or(steps[0])
        })
        .await
    }

    /// The response to the last request that had one.
    pub(super) fn response(&self) -> Response<'_> {
        self.connection.as_ref().expect("a response came over it").response()
    }

    /// Records something that consists of several requests, as step number `step`.
    pub(super) fn completed(&self, step: usize, from: Instant) {
        self.recorder.borrow_mut().record(step, Outcome::Succeeded, from, Instant::now());
    }

    /// Thinks for about as long as the run says: half of it to one and a half, evenly.
    pub(super) async fn think(&mut self) {
        if !self.run.think.is_zero() {
            let share = 0.5 + self.draw();
            tokio::time::sleep(self.run.think.mul_f64(share)).await;
        }
    }

    async fn exchange(&mut self) -> Result<(), Fault> {
        let Self { connection, request, graceful_stop, run, .. } = self;
        if connection.as_ref().is_none_or(|connection| !connection.is_open()) {
            *connection = Some(Connection::open(run.server.address).await?);
        }
        let connection = connection.as_mut().expect("it was opened");
        tokio::select! {
            biased;
            exchanged = connection.exchange(request.bytes()) => exchanged,
            () = graceful_stop => Err(Fault::Late),
        }
    }

    /// A number from 0 up to 1, the same ones in every run (SplitMix64).
    fn draw(&mut self) -> f64 {
        const MANTISSA_BITS: u32 = 53;
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> (u64::BITS - MANTISSA_BITS)) as f64 / (1u64 << MANTISSA_BITS) as f64
    }
}

/// How a request ended that got this response.
fn judge<'a>(expected: Expected, response: &Response<'a>) -> Outcome<'a> {
    if matches!(response.status, 429 | 503) && response.retry_after_seconds.is_none() {
        return Outcome::Refused(WITHOUT_RETRY_AFTER);
    }
    match expected {
        Expected::Success if response.is_success() => Outcome::Succeeded,
        Expected::Success => Outcome::Refused(response.reason()),
        Expected::Refusal(_) if response.is_success() => Outcome::Refused("won"),
        Expected::Refusal(reason) if response.reason() == reason => Outcome::Succeeded,
        Expected::Refusal(_) => Outcome::Refused(response.reason()),
    }
}
