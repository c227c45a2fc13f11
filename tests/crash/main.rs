//! Crash rounds: the real binary under a load of whole journeys is killed (`kill -9`) at a random moment and started
//! again on the same folder, round after round. Everything that was acknowledged must be there, everything else wholly
//! or not at all. `CRASH_SEED` repeats a run's choices; the timing stays the machine's.

#[path = "../harness/mod.rs"]
mod harness;

mod called_off;
mod chance;
mod churn;
mod customer;
mod feed;
mod load;

use std::time::{Duration, Instant};

use chance::Chance;
use churn::Churn;
use feed::Feed;
use futures_util::future::join_all;
use harness::app::{App, eventually};
use load::{HALL, LINE, Load};
use serde_json::json;

const ROUNDS: u64 = 24;
/// Rounds end early when the machine is so slow that the whole test would take too long; 20 are always played.
const ROUNDS_MIN: u64 = 20;
const ROUNDS_TIME_MAX: Duration = Duration::from_secs(60);

/// That of `CRASH_SEED`, else one of its own.
fn seed() -> u64 {
    let seed = match std::env::var("CRASH_SEED") {
        Ok(text) => text.parse().expect("CRASH_SEED is a number"),
        Err(_) => u64::from(std::process::id()) << 32 | u64::from(chrono::Utc::now().timestamp_subsec_nanos()),
    };
    println!("CRASH_SEED={seed}");
    seed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_server_is_killed_under_load() {
    let seed = seed();
    let mut chance = Chance::new(seed);
    let mut app = App::start(&["hold.seconds=86400", "queue.active_seconds=86400", "sale.seat_limit=1000"]);
    Load::prepare(&app).await;
    // Nothing touches this wallet again: it must outlive every purge of the log.
    let saver = app.user("saver").await;
    app.charge(&saver, 7).await;
    let mut loads: Vec<_> = (0..8).map(|worker| Load::new(worker, chance.next())).collect();
    let mut churn = Churn::prepare(&app, chance.next()).await;
    let mut feed = Feed::default();

    let begun = Instant::now();
    for round in 0..ROUNDS {
        if round >= ROUNDS_MIN && begun.elapsed() > ROUNDS_TIME_MAX {
            break;
        }
        let moment = Duration::from_millis(30 + chance.below(600));
        let work = join_all(loads.iter_mut().map(|load| load.run(&app)));
        let end = async {
            tokio::time::sleep(moment).await;
            app.process.kill();
        };
        tokio::join!(work, churn.run(&app), feed.follow(&app), end);
        if round % 2 == 0 {
            app.folder.assert_clean();
        }
        app.start_again();
        if chance.below(4) == 0 {
            // Killed again at once, while what was replayed is still on its way into the tables.
            app.process.kill();
            app.start_again();
        }
        feed.check_kept(&app).await;
        churn.check(&app).await;
        let checked: usize = join_all(loads.iter_mut().map(|load| load.check(&app))).await.into_iter().sum();
        println!("round {round}: killed after {moment:?}, {checked} customers checked");
    }

    for load in &mut loads {
        load.check_everybody_next();
    }
    join_all(loads.iter_mut().map(|load| load.check(&app))).await;
    assert_eq!(app.balance(&saver).await, 7);
    check_totals(&app, &loads, &churn, &mut feed).await;
    app.stop_and_verify();
}

/// What all customers were told adds up to what the operator reads.
async fn check_totals(app: &App, loads: &[Load], churn: &Churn, feed: &mut Feed) {
    feed.read_to_end(app).await;
    let sum = |count: fn(&Load) -> u64| loads.iter().map(count).sum::<u64>();
    let (charges, payments, refunds) = (sum(Load::charges), sum(Load::payments), sum(Load::refunds));
    assert!(charges > 0 && payments > 0 && refunds > 0, "the load did nothing: {charges} {payments} {refunds}");
    assert_eq!(feed.count("wallet.charged"), charges + 1, "and the one of the saver");
    assert_eq!(feed.count("payment.paid"), payments);
    assert_eq!(feed.count("payment.refunded"), refunds);

    let stats = app.operator("GET", &format!("/api/v1/admin/concerts/{HALL}/stats")).await.success(200);
    let dates = stats["dates"].as_array().unwrap();
    let total = |name: &str| dates.iter().map(|date| date[name].as_u64().unwrap()).sum::<u64>();
    assert_eq!((total("held"), total("sold")), (sum(Load::held_seats), sum(Load::sold_seats)));
    assert_eq!(stats["revenue"], sum(Load::revenue));
    assert_eq!(stats["active"], sum(Load::active_places));
    let places = sum(Load::places) + churn.joined + 1;
    assert_eq!(feed.count("token.issued"), places, "with the one at the head of the line");

    // The line: a place a customer, positions from 1 without gaps, each as it was first told.
    let mut positions: Vec<u64> = loads.iter().flat_map(Load::line_positions).collect();
    positions.sort_unstable();
    assert_eq!(positions, (1..=positions.len() as u64).collect::<Vec<_>>());
    let waiting = async || {
        let stats = app.operator("GET", &format!("/api/v1/admin/concerts/{LINE}/stats")).await.success(200);
        (stats["waiting"] == json!(positions.len())).then_some(())
    };
    eventually("the figures of the line", waiting).await;
    println!("{charges} charges, {payments} payments, {refunds} refunds, {} in the line", positions.len());
}
