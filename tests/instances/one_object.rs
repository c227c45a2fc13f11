//! Histories: customers ask three instances at once for few seats and few wallets while one instance after the other is
//! killed, held and cut off, and each seat and each wallet must have been one object all the time, whichever instance was
//! asked. `INSTANCES_HISTORY_SECONDS` makes the history longer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use indexmap::IndexMap;
use serde_json::json;
use tokio::time::sleep;

use crate::cluster::{Cluster, SIZE};
use crate::harness::app::DATE;
use crate::histories::customer::{CONCERT, Customer, Known, PRICE, SEATS};
use crate::histories::recorder::Recorder;
use crate::rounds::number_of;
use crate::shopper::SETTINGS;

const CUSTOMERS: usize = 8;
/// A history of fewer changes shows little; a machine of two busy cores has three times as many.
const CHANGES_MIN: usize = 20;
/// How long the history is without `INSTANCES_HISTORY_SECONDS`.
const SECONDS: u64 = 22;
/// For how long an instance is away, and for how long all are there in between, in milliseconds.
const AWAY_MS: std::ops::Range<u64> = 300..2_500;
const THERE_MS: std::ops::Range<u64> = 200..800;

/// What happens to an instance.
#[derive(Clone, Copy, Debug)]
enum Misfortune {
    /// `kill -9`.
    Killed,
    /// SIGSTOP.
    Held,
    /// Nothing comes from or to it.
    CutOff,
    /// It hears the others, and they do not hear it.
    Unheard,
}

const MISFORTUNES: [Misfortune; 4] = [Misfortune::Killed, Misfortune::Held, Misfortune::CutOff, Misfortune::Unheard];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_seat_and_each_wallet_is_one_whichever_instance_is_asked_and_whatever_happens_to_them() {
    let length = Duration::from_secs(number_of("INSTANCES_HISTORY_SECONDS").unwrap_or(SECONDS));
    let seed = number_of("INSTANCES_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("INSTANCES_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut cluster = Cluster::start(&SETTINGS).await;
    let known = prepared(&cluster).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let at_work = (0..CUSTOMERS).map(|user| {
        let customer = Customer::new(known.clone(), user, seed);
        tokio::spawn(customer.act(Arc::clone(&is_over)))
    });
    let at_work: Vec<_> = at_work.collect();

    let begun = Instant::now();
    for (round, misfortune) in MISFORTUNES.into_iter().cycle().enumerate() {
        sleep(Duration::from_millis(random.u64(THERE_MS))).await;
        if begun.elapsed() >= length {
            break;
        }
        let leads = cluster.leadership().map(|it| it.instance);
        // The one that leads more often than not.
        let instance = leads.filter(|_| round % 3 != 2).unwrap_or_else(|| random.usize(..SIZE));
        let role = if leads == Some(instance) { "leader" } else { "follower" };
        let away = Duration::from_millis(random.u64(AWAY_MS));
        println!("{:?}: instance {}, a {role}, {misfortune:?} for {away:?}", begun.elapsed(), instance + 1);
        befall(&mut cluster, instance, misfortune, away).await;
    }
    is_over.store(true, Ordering::Relaxed);
    for customer in join_all(at_work).await {
        customer.expect("it was told what it may be");
    }
    let changes = known.recorder.check();
    assert!(changes.iter().all(|changes| *changes >= CHANGES_MIN), "{changes:?} changes are too few");
    cluster.stop_and_verify().await;
}

/// A hall of few seats that is on sale, and a user a customer.
async fn prepared(cluster: &Cluster) -> Known {
    let dates = json!([{"date": DATE, "seats": SEATS, "price": PRICE}]);
    let queue = json!({"maxActive": null, "admitCount": null, "abandonSeconds": null});
    cluster.at(0).concert(CONCERT, json!({"dates": dates, "queue": queue})).await;
    let mut users = Vec::new();
    for number in 0..CUSTOMERS {
        users.push(cluster.at(number).user(&format!("customer-{number}")).await);
    }
    Known {
        endpoints: cluster.endpoints.clone(),
        recorder: Recorder::new(SEATS, CUSTOMERS),
        users: Arc::new(users),
        payments: Arc::new(Mutex::new(IndexMap::new())),
        rest_ms_max: 0,
    }
}

async fn befall(cluster: &mut Cluster, instance: usize, misfortune: Misfortune, away: Duration) {
    match misfortune {
        Misfortune::Killed => {
            cluster.at(instance).process.kill();
            sleep(away).await;
            cluster.start_again(instance);
        }
        Misfortune::Held => {
            cluster.at(instance).process.signal("STOP");
            sleep(away).await;
            cluster.at(instance).process.signal("CONT");
        }
        Misfortune::CutOff => {
            cluster.site.network.cut_off(instance);
            sleep(away).await;
            cluster.site.network.heal();
        }
        Misfortune::Unheard => {
            cluster.site.network.cut_from(instance);
            sleep(away).await;
            cluster.site.network.heal();
        }
    }
}
