//! One connection of a run: takes a start, sends requests, notes how each ended and how long it took.

use std::cell::RefCell;
use std::pin::Pin;
use std::time::{Duration, Instant};

use tokio::time::Sleep;

use super::answer::{Answer, Fault};
use super::connection::Connection;
use super::request::Request;
use super::run::Run;
use super::tally::{Ended, Recorder, Wanted};

/// The reason under which a refusal counts that does not say when to come again, and has to.
pub const WITHOUT_RETRY_AFTER: &str = "without Retry-After";
/// How long a connection rests after a fault, so that a server that is gone is not asked a million times.
const REST: Duration = Duration::from_millis(10);

/// What a connection has in hand. It belongs to one thread of the generator.
pub struct Lane<'a> {
    /// From 0 on, over all threads.
    pub number: usize,
    pub run: &'a Run<'a>,
    pub request: Request,
    recorder: &'a RefCell<Recorder>,
    connection: Option<Connection>,
    /// Ends when no answer is waited for any longer.
    patience: Pin<Box<Sleep>>,
    random: u64,
}

impl<'a> Lane<'a> {
    pub fn new(number: usize, run: &'a Run<'a>, recorder: &'a RefCell<Recorder>) -> Self {
        Self {
            number,
            run,
            request: Request::new(&run.server.host),
            recorder,
            connection: None,
            patience: Box::pin(tokio::time::sleep_until(run.patience_ends.into())),
            random: number as u64,
        }
    }

    /// Waits for the next start; its intended time, from which latency counts.
    pub async fn next(&mut self) -> Option<Instant> {
        let intended = self.run.starts.next().await?;
        self.began(intended);
        Some(intended)
    }

    /// Notes that work meant for `intended` begins now.
    pub fn began(&self, intended: Instant) {
        self.recorder.borrow_mut().began(intended, Instant::now());
    }

    /// Sends the request in hand as step number `step` and records it; its latency counts from `from`.
    ///
    /// # Errors
    /// There is no answer; that is recorded, too. The next request gets a new connection.
    pub async fn send(&mut self, step: usize, from: Instant) -> Result<Answer<'_>, Fault> {
        let exchanged = self.exchange().await;
        let now = Instant::now();
        match exchanged {
            Ok(()) => {
                let connection = self.connection.as_ref().expect("the answer came over it");
                let answer = connection.answer();
                let ended = ended(self.run.steps[step].wanted, &answer);
                self.run.count(ended);
                self.recorder.borrow_mut().record(step, ended, from, now);
                Ok(answer)
            }
            Err(fault) => {
                let ended = Ended::Unanswered(fault.reason());
                self.run.count(ended);
                self.recorder.borrow_mut().record(step, ended, from, now);
                self.run.note_fault(&fault);
                self.connection = None;
                if !matches!(fault, Fault::Late) {
                    tokio::time::sleep(REST).await;
                }
                Err(fault)
            }
        }
    }

    /// The answer to the last request that had one.
    pub fn answer(&self) -> Answer<'_> {
        self.connection.as_ref().expect("an answer came over it").answer()
    }

    /// Records something that consists of several requests, as step number `step`.
    pub fn completed(&self, step: usize, from: Instant) {
        self.recorder.borrow_mut().record(step, Ended::Well, from, Instant::now());
    }

    /// Thinks for about as long as the run says: half of it to one and a half, evenly.
    pub async fn think(&mut self) {
        if !self.run.think.is_zero() {
            let share = 0.5 + self.draw();
            tokio::time::sleep(self.run.think.mul_f64(share)).await;
        }
    }

    async fn exchange(&mut self) -> Result<(), Fault> {
        let Self { connection, request, patience, run, .. } = self;
        if connection.as_ref().is_none_or(|connection| !connection.is_open()) {
            *connection = Some(Connection::open(run.server.address).await?);
        }
        let connection = connection.as_mut().expect("it was opened");
        tokio::select! {
            biased;
            outcome = connection.exchange(request.bytes()) => outcome,
            () = patience => Err(Fault::Late),
        }
    }

    /// A number from 0 up to 1, the same ones in every run (SplitMix64).
    fn draw(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        const MANTISSA_BITS: u32 = 53;
        ((mixed ^ (mixed >> 31)) >> (u64::BITS - MANTISSA_BITS)) as f64 / (1u64 << MANTISSA_BITS) as f64
    }
}

/// How a request ended that `answer` was given to.
fn ended<'a>(wanted: Wanted, answer: &Answer<'a>) -> Ended<'a> {
    if matches!(answer.status, 429 | 503) && answer.retry_after_seconds.is_none() {
        return Ended::Refused(WITHOUT_RETRY_AFTER);
    }
    match wanted {
        Wanted::Success if answer.is_success() => Ended::Well,
        Wanted::Success => Ended::Refused(answer.reason()),
        Wanted::Refusal(_) if answer.is_success() => Ended::Refused("won"),
        Wanted::Refusal(reason) if answer.reason() == reason => Ended::Well,
        Wanted::Refusal(_) => Ended::Refused(answer.reason()),
    }
}
