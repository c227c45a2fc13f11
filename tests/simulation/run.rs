//! A run: customers buy at three instances that one misfortune after the other befalls, and in the end everything is as it
//! should be.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use indexmap::IndexMap;
use jari::domain::Digest;
use jari::log::Index;
use jari::seed_ids;
use jari::storage::end_tasks_only;
use jari::verify::verify_with;
use serde_json::{Value, json};
use tokio::runtime::{self, RngSeed};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, timeout};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::harness::app::{DATE, text};
use crate::harness::client::{Call, Client};
use crate::harness::cluster::OPERATOR_KEY;
use crate::harness::endpoints::Endpoints;
use crate::histories::customer::{CONCERT, Customer, Known, PRICE, SEATS};
use crate::histories::recorder::Recorder;
use crate::machine::End;
use crate::world::World;

/// Seeds of a run, unless the variable says how many.
const SEEDS: u64 = 300;
const SEEDS_VARIABLE: &str = "SIMULATION_SEEDS";
const FROM_VARIABLE: &str = "SIMULATION_FROM";
const SECONDS_VARIABLE: &str = "SIMULATION_SECONDS";
/// What the instances and the simulation log is printed with this.
const LOG_VARIABLE: &str = "SIMULATION_LOG";
const CUSTOMERS: usize = 4;
/// How long a customer rests at most between two requests, in milliseconds.
const REST_MS_MAX: u64 = 300;
/// How long a run is, in virtual seconds, unless the variable says how long.
pub(crate) const SECONDS: u64 = 14;
/// How many are repeated, and how long each is, unless the variables say so.
const SEEDS_REPEATED: u64 = 6;
const SECONDS_REPEATED: u64 = 4;
/// For how long things go well, or ill, in milliseconds.
const COURSE_MS: std::ops::Range<u64> = 200..3_000;
/// A run of fewer changes shows little, on average.
const CHANGES_MIN: usize = 100;

/// A hall of few seats that is on sale, and a user a customer.
async fn open(world: &mut World) -> Known {
    let endpoints = world.endpoints.clone();
    let opening = tokio::spawn(async move {
        let dates = json!([{"date": DATE, "seats": SEATS, "price": PRICE}]);
        let queue = json!({"maxActive": null, "admitCount": null, "abandonSeconds": null});
        let concert = json!({
            "concertId": CONCERT, "title": CONCERT, "status": "on_sale", "timeZone": "Asia/Seoul",
            "dates": dates, "queue": queue,
        });
        let asked = |client: &Client| {
            client.call("POST", "/api/v1/admin/concerts").bearer(OPERATOR_KEY).key("concert").json(concert.clone())
        };
        until_done(&endpoints, asked).await;
        let mut users = Vec::new();
        for number in 0..CUSTOMERS {
            let body = json!({"username": format!("customer-{number}")});
            let asked = |client: &Client| {
                client.call("POST", "/api/v1/users").key(&format!("user-{number}")).json(body.clone())
            };
            users.push(text(&until_done(&endpoints, asked).await["userId"]));
        }
        users
    });
    let users = world.until_done(opening).await;
    Known {
        endpoints: world.endpoints.clone(),
        recorder: Recorder::new(SEATS, CUSTOMERS),
        users: Arc::new(users),
        payments: Arc::new(Mutex::new(IndexMap::new())),
        rest_ms_max: REST_MS_MAX,
    }
}

/// Asks any of the instances again and again.
async fn until_done(endpoints: &Endpoints, asked: impl Fn(&Client) -> Call) -> Value {
    for attempt in 0..10_000 {
        let call = asked(&endpoints.client(attempt));
        match timeout(Duration::from_secs(3), call.attempt()).await {
            Ok(Ok(answer)) if answer.status < 300 => return answer.success(answer.status),
            Ok(Ok(_) | Err(_)) | Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
    panic!("nobody does it");
}

/// Has what is logged carry the time of the simulation.
struct VirtualTime;

impl FormatTime for VirtualTime {
    fn format_time(&self, to: &mut Writer<'_>) -> std::fmt::Result {
        write!(to, "{:.6}", BEGAN.get().map(|began| began.elapsed().as_secs_f64()).unwrap_or_default())
    }
}

thread_local! {
    /// When the run of this thread began.
    static BEGAN: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// What happened in a run, which the same seed repeats.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    digests: BTreeMap<Index, Digest>,
    /// Of all seats and wallets.
    changes: usize,
    ended: Duration,
}

/// Plays a run, and asserts that everything holds.
async fn run(seed: u64, seconds: u64) -> Trace {
    let began = Instant::now();
    BEGAN.set(Some(began));
    let mut world = World::new(seed);
    let known = open(&mut world).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let at_work: Vec<_> = (0..CUSTOMERS)
        .map(|user| tokio::spawn(Customer::new(known.clone(), user, seed).act(Arc::clone(&is_over))))
        .collect();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(seconds) {
        let pause = world.milliseconds(COURSE_MS);
        world.pass(pause).await;
        world.misfortune().await;
        if world.random.below(2) == 0 {
            let pause = world.milliseconds(COURSE_MS);
            world.pass(pause).await;
            world.heal();
        }
    }
    world.heal();
    world.pass(5_000).await;
    is_over.store(true, Ordering::Relaxed);
    let done = tokio::spawn(join_all(at_work));
    for customer in world.until_done(done).await {
        customer.expect("it was told what it may be");
    }
    world.level().await;
    let changes = known.recorder.check().iter().sum();
    for machine in &mut world.machines {
        machine.end(End::Killed).await;
        yield_now().await;
        let report = verify_with(|| machine.hardware.database(), machine.hardware.disk());
        let report = report.unwrap_or_else(|error| panic!("instance {}: {error}", machine.node));
        assert!(report.is_clean(), "instance {}: {report}", machine.node);
    }
    Trace { digests: world.digests, changes, ended: began.elapsed() }
}

pub(crate) fn simulated(seed: u64, seconds: u64) -> Trace {
    fastrand::seed(seed);
    if std::env::var_os(LOG_VARIABLE).is_some() {
        // The runs before have begun it.
        let log = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_ansi(false);
        let _begun = log.with_timer(VirtualTime).try_init();
    }
    end_tasks_only();
    seed_ids();
    let turns = RngSeed::from_bytes(&seed.to_le_bytes());
    let runtime = runtime::Builder::new_current_thread().enable_time().start_paused(true).rng_seed(turns).build();
    runtime.expect("a runtime").block_on(run(seed, seconds))
}

fn number_of(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

/// Runs every second seed, so that two tests share them.
fn run_seeds(first: u64) {
    let (seeds, from) = (number_of(SEEDS_VARIABLE).unwrap_or(SEEDS), number_of(FROM_VARIABLE).unwrap_or(0));
    let seconds = number_of(SECONDS_VARIABLE).unwrap_or(SECONDS);
    let (mut runs, mut changes) = (0, 0);
    for seed in (from + first..from + seeds).step_by(2) {
        println!("seed {seed}");
        changes += simulated(seed, seconds).changes;
        runs += 1;
    }
    assert!(changes > runs * CHANGES_MIN, "{changes} changes in {runs} runs");
}

#[test]
fn three_instances_are_one_whatever_befalls_them() {
    run_seeds(0);
}

#[test]
fn three_instances_are_one_whatever_befalls_them_with_other_seeds() {
    run_seeds(1);
}

#[test]
fn a_seed_repeats_what_happened() {
    let (seeds, from) = (number_of(SEEDS_VARIABLE).unwrap_or(SEEDS_REPEATED), number_of(FROM_VARIABLE).unwrap_or(0));
    let seconds = number_of(SECONDS_VARIABLE).unwrap_or(SECONDS_REPEATED);
    for seed in from..from + seeds {
        let courses = [(); 2].map(|()| simulated(seed, seconds));
        assert_eq!(courses[0], courses[1], "seed {seed}");
    }
}
