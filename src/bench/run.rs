//! The measured part: threads that drive connections until the time is over, and the processor time that it takes.

use std::cell::RefCell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::task::unconstrained;

use super::answer::Fault;
use super::crew::Server;
use super::lane::Lane;
use super::processor::Process;
use super::progress::Progress;
use super::schedule::Starts;
use super::tally::{Ended, Recorder, Step};
use super::work::Job;

/// How often the live line changes.
const GLANCE: Duration = Duration::from_millis(100);

/// What all connections of a run share.
pub struct Run<'a> {
    pub server: &'a Server,
    pub starts: &'a Starts,
    pub steps: &'static [Step],
    pub think: Duration,
    /// Nobody waits for an answer any longer.
    pub patience_ends: Instant,
    pub answered: AtomicU64,
    pub failed: AtomicU64,
    /// The first fault, in words.
    pub fault: Mutex<Option<String>>,
}

/// How a run is driven.
pub struct Drive {
    pub connections: usize,
    pub threads: usize,
    /// The server, where it runs on this machine and its process is known.
    pub server: Option<Process>,
}

/// What a run gave.
pub struct Measured {
    pub recorder: Recorder,
    /// The first intended start.
    pub began: Instant,
    pub generator_time: Option<Duration>,
    pub server_time: Option<Duration>,
    /// Most memory that the server had resident, in KiB.
    pub server_peak_kib: Option<u64>,
}

impl Measured {
    /// Of nothing yet, to which runs from `began` on are added.
    pub fn nothing(began: Instant, steps: usize) -> Self {
        Self {
            recorder: Recorder::new(steps),
            began,
            generator_time: Some(Duration::ZERO),
            server_time: Some(Duration::ZERO),
            server_peak_kib: None,
        }
    }

    /// Takes in a further run of the same steps.
    pub fn add(&mut self, other: &Self) {
        self.recorder.add(&other.recorder);
        let both = |one: Option<Duration>, other: Option<Duration>| Some(one? + other?);
        self.generator_time = both(self.generator_time, other.generator_time);
        self.server_time = both(self.server_time, other.server_time);
        self.server_peak_kib = self.server_peak_kib.max(other.server_peak_kib);
    }

    /// From the first intended start to the last answer of all.
    pub fn took(&self) -> Duration {
        self.recorder.last().map_or(Duration::ZERO, |last| last.saturating_duration_since(self.began))
    }
}

impl Run<'_> {
    pub fn count(&self, ended: Ended) {
        match ended {
            Ended::Well => self.answered.fetch_add(1, Ordering::Relaxed),
            Ended::Refused(_) | Ended::Unanswered(_) => self.failed.fetch_add(1, Ordering::Relaxed),
        };
    }

    /// Keeps the words of the first fault: a report counts faults by one word.
    pub fn note_fault(&self, fault: &Fault) {
        let mut first = self.fault.lock().expect("nobody panics while it is locked");
        first.get_or_insert_with(|| fault.to_string());
    }

    /// Requests so far, however they ended.
    pub fn requests(&self) -> u64 {
        let (answered, failed) = self.seen();
        answered + failed
    }

    fn seen(&self) -> (u64, u64) {
        (self.answered.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed))
    }
}

/// Drives `job` from `began` on.
pub fn measure(run: &Run, job: &Job, drive: &Drive, began: Instant, progress: &Progress) -> Measured {
    let used = || (Process::This.processor_time(), drive.server.and_then(Process::processor_time));
    let (generator_before, server_before) = used();
    let (recorders, server_peak_kib) = thread::scope(|scope| {
        scope.spawn(|| job.pace(run.starts));
        if let Some(siege) = &job.siege {
            scope.spawn(|| siege.lay(run.server, job.stage, run.starts.until));
        }
        let drivers: Vec<_> =
            (0..drive.threads).map(|thread| scope.spawn(move || drive_lanes(run, job, drive, thread))).collect();
        let peak = watch(run, drive, began, progress, || drivers.iter().all(|driver| driver.is_finished()));
        let ended = drivers.into_iter().map(|driver| driver.join().expect("a driver does not panic"));
        (ended.collect::<Vec<_>>(), peak)
    });
    let (generator_after, server_after) = used();
    let mut recorder = Recorder::new(run.steps.len());
    for other in &recorders {
        recorder.add(other);
    }
    let difference = |after: Option<Duration>, before| Some(after?.saturating_sub(before?));
    Measured {
        began,
        recorder,
        generator_time: difference(generator_after, generator_before),
        server_time: difference(server_after, server_before),
        server_peak_kib,
    }
}

/// The connections of one thread.
fn drive_lanes(run: &Run, job: &Job, drive: &Drive, thread: usize) -> Recorder {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("the first runtime could be made");
    let recorder = RefCell::new(Recorder::new(run.steps.len()));
    runtime.block_on(async {
        let numbers = (thread..drive.connections).step_by(drive.threads);
        let lanes = numbers.map(|number| {
            let mut lane = Lane::new(number, run, &recorder);
            async move { job.work(&mut lane).await }
        });
        // The lanes share one task: without this its budget would run out every few requests.
        unconstrained(join_all(lanes)).await;
    });
    recorder.into_inner()
}

/// Shows how far the run is until it is over; the most memory that the server had meanwhile.
fn watch(run: &Run, drive: &Drive, began: Instant, progress: &Progress, is_over: impl Fn() -> bool) -> Option<u64> {
    let whole = run.starts.until.saturating_duration_since(began);
    progress.begin("running", whole.as_millis() as u64);
    let (mut before, mut shown, mut peak) = (0, Instant::now(), None);
    while !is_over() {
        thread::sleep(GLANCE);
        peak = peak.max(drive.server.and_then(Process::resident_kib));
        let (answered, failed) = run.seen();
        let rate = (answered - before) as f64 / shown.elapsed().as_secs_f64();
        (before, shown) = (answered, Instant::now());
        progress.show(began.elapsed().min(whole), format!("{rate:>8.0}/s  {answered} well, {failed} not"));
    }
    peak
}
