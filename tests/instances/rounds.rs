//! Rounds in which one instance after the other is killed or held while customers buy. Everything that was acknowledged
//! must be there afterwards, nothing twice, and the same in all three folders.

use std::time::{Duration, Instant};

use crate::cluster::{Cluster, SIZE};
use crate::shopper::{Crowd, SETTINGS, check_everything, open_halls};

/// Rounds without `INSTANCES_ROUNDS`.
const ROUNDS: usize = 8;
/// Rounds end early when the machine is so slow that the whole test would take too long; these are always played.
const ROUNDS_MIN: usize = 6;
const ROUNDS_TIME_MAX: Duration = Duration::from_secs(90);
const CUSTOMERS: usize = 5;
/// For how long an instance may be held, in milliseconds.
const HELD_MS: std::ops::Range<u64> = 200..3_000;
/// How many sales there are between two misfortunes.
const SALES: usize = 30;

/// A variable of the environment that is a number, where it is set.
pub(crate) fn number_of(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_instances_are_killed_and_held_under_load() {
    let wanted = number_of("INSTANCES_ROUNDS").map(|rounds| usize::try_from(rounds).expect("some rounds"));
    let seed = number_of("INSTANCES_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("INSTANCES_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut cluster = Cluster::start(&SETTINGS).await;
    open_halls(cluster.at(0)).await;
    let crowd = Crowd::gather(&cluster, CUSTOMERS, seed).await;
    let begun = Instant::now();
    let mut gaps = Vec::new();
    for round in 0..wanted.unwrap_or(ROUNDS) {
        if wanted.is_none() && round >= ROUNDS_MIN && begun.elapsed() > ROUNDS_TIME_MAX {
            break;
        }
        crowd.sales.go_on(SALES).await;
        let leads = cluster.leadership().map(|it| it.instance);
        // The one that leads every second time, so that there are elections.
        let instance = leads.filter(|_| round % 2 == 0).unwrap_or_else(|| random.usize(..SIZE));
        let role = if leads == Some(instance) { "leader" } else { "follower" };
        let since = Instant::now();
        let what = if random.bool() {
            cluster.at(instance).process.kill();
            crowd.sales.go_on(SALES).await;
            cluster.start_again(instance);
            "killed".to_owned()
        } else {
            let held = Duration::from_millis(random.u64(HELD_MS));
            cluster.at(instance).process.signal("STOP");
            tokio::time::sleep(held).await;
            cluster.at(instance).process.signal("CONT");
            format!("held for {held:?}")
        };
        crowd.sales.go_on(SALES).await;
        let gap = crowd.sales.longest_gap(since);
        println!("round {round}: instance {}, a {role}, {what}; longest time without a sale {gap:?}", instance + 1);
        gaps.push(gap);
    }
    gaps.sort_unstable();
    let sales = crowd.sales.count();
    println!(
        "{} rounds, {sales} sales; longest time without a sale of a round: median {:?}, maximum {:?}",
        gaps.len(),
        gaps[gaps.len() / 2],
        gaps[gaps.len() - 1]
    );
    let shoppers = crowd.go_home().await;
    shoppers.iter().for_each(|shopper| println!("{:?}", shopper.misses()));
    check_everything(&cluster, &shoppers).await;
    cluster.stop_and_verify().await;
}
