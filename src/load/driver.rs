//! Drives virtual users: threads with connections until the time is over, and the processor time that it takes.

use std::cell::RefCell;
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::task::unconstrained;

use super::histograms::Recorder;
use super::process_usage::Process;
use super::progress::Progress;
use super::run::Run;
use super::virtual_user::VirtualUser;
use super::workload::Workload;

/// How often the live line changes.
const REFRESH_INTERVAL: Duration = Duration::from_millis(100);

/// How a run is driven.
pub(super) struct DriverOptions {
    pub connections: usize,
    pub threads: usize,
    /// That of the server, where it runs on this machine and its process is known.
    pub server_process: Option<Process>,
}

/// What was measured of a run.
pub(super) struct Measurement {
    pub recorder: Recorder,
    /// The first intended start.
    pub began: Instant,
    pub generator_time: Option<Duration>,
    pub server_time: Option<Duration>,
    /// Most memory that the server had resident, in KiB.
    pub server_peak_kib: Option<u64>,
}

impl Measurement {
    /// Of nothing yet, to which runs from `began` on are added.
    pub(super) fn nothing(began: Instant, steps: usize) -> Self {
        Self {
            recorder: Recorder::new(steps),
            began,
            generator_time: Some(Duration::ZERO),
            server_time: Some(Duration::ZERO),
            server_peak_kib: None,
        }
    }

    /// Takes in a further run of the same steps.
    pub(super) fn add(&mut self, other: &Self) {
        self.recorder.add(&other.recorder);
        let both = |one: Option<Duration>, other: Option<Duration>| Some(one? + other?);
        self.generator_time = both(self.generator_time, other.generator_time);
        self.server_time = both(self.server_time, other.server_time);
        self.server_peak_kib = self.server_peak_kib.max(other.server_peak_kib);
    }

    /// From the first intended start to the last response of all.
    pub(super) fn took(&self) -> Duration {
        self.recorder.last().map_or(Duration::ZERO, |last| last.saturating_duration_since(self.began))
    }
}

/// Drives `workload` from `began` on.
pub(super) fn drive(
    run: &Run,
    workload: &Workload,
    options: &DriverOptions,
    began: Instant,
    progress: &Progress,
) -> Measurement {
    let used = || (Process::This.processor_time(), options.server_process.and_then(Process::processor_time));
    let (generator_before, server_before) = used();
    let (recorders, server_peak_kib) = thread::scope(|scope| {
        scope.spawn(|| workload.release(run.iterations));
        if let Some(flood) = &workload.connection_flood {
            scope.spawn(|| flood.run(run.server, workload.fixtures, run.iterations.until));
        }
        let drivers: Vec<_> = (0..options.threads)
            .map(|thread| scope.spawn(move || drive_thread(run, workload, options, thread)))
            .collect();
        let peak = watch(run, options, began, progress, || drivers.iter().all(thread::ScopedJoinHandle::is_finished));
        let ended = drivers.into_iter().map(|driver| driver.join().expect("a driver does not panic"));
        (ended.collect::<Vec<_>>(), peak)
    });
    let (generator_after, server_after) = used();
    let mut recorder = Recorder::new(run.steps.len());
    for other in &recorders {
        recorder.add(other);
    }
    let difference = |after: Option<Duration>, before| Some(after?.saturating_sub(before?));
    Measurement {
        began,
        recorder,
        generator_time: difference(generator_after, generator_before),
        server_time: difference(server_after, server_before),
        server_peak_kib,
    }
}

/// The virtual users of one thread.
fn drive_thread(run: &Run, workload: &Workload, options: &DriverOptions, thread: usize) -> Recorder {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("the first runtime could be made");
    let recorder = RefCell::new(Recorder::new(run.steps.len()));
    runtime.block_on(async {
        let numbers = (thread..options.connections).step_by(options.threads);
        let virtual_users = numbers.map(|number| {
            let mut virtual_user = VirtualUser::new(number, run, &recorder);
            async move { workload.run(&mut virtual_user).await }
        });
        // The virtual users share one task: without this its budget would run out every few requests.
        unconstrained(join_all(virtual_users)).await;
    });
    recorder.into_inner()
}

/// Shows how far the run is until it is over; the most memory that the server had meanwhile.
fn watch(
    run: &Run,
    options: &DriverOptions,
    began: Instant,
    progress: &Progress,
    is_over: impl Fn() -> bool,
) -> Option<u64> {
    let whole = run.iterations.until.saturating_duration_since(began);
    progress.begin("running", whole.as_millis() as u64);
    let (mut before, mut shown, mut peak) = (0, Instant::now(), None);
    while !is_over() {
        thread::sleep(REFRESH_INTERVAL);
        peak = peak.max(options.server_process.and_then(Process::resident_kib));
        let (answered, failed) = run.counts();
        let rate = (answered - before) as f64 / shown.elapsed().as_secs_f64();
        (before, shown) = (answered, Instant::now());
        progress.show(began.elapsed().min(whole), format!("{rate:>8.0}/s  {answered} well, {failed} not"));
    }
    peak
}
