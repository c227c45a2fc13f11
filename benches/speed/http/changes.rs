//! The routes that change something. Each request is answered when it is on the disk, so that one at a time costs a
//! flush each; 64 at once share one. What a request needs beforehand is done outside of the measure.

use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use criterion::{Criterion, Throughput};
use serde_json::json;

use super::desk::{Ask, DATE, Desk, Guest, charging, joining, paying, reserving, text_of};
use super::ready;

/// Prepares a request that was not made before.
type Prepare = fn(&Desk) -> Ask;

const AT_ONCE: usize = 64;

const CHANGES: &[(&str, Prepare)] = &[
    ("create_user", Desk::creating_user),
    ("join", |desk| joining(&desk.user(), "sale")),
    ("leave", |desk| Ask::new(Method::DELETE, "/api/v1/token").bearer(&desk.guest("sale").token)),
    ("charge", |desk| charging(&desk.user())),
    ("charge_with_key", |desk| charging(&desk.user()).header("idempotency-key", "once")),
    ("charge_replayed", |desk| {
        let ask = charging(&desk.user()).header("idempotency-key", "once");
        desk.must(&ask);
        ask
    }),
    ("reserve", |desk| reserving(&desk.guest("sale"), desk.seat())),
    ("reserve_best", |desk| {
        // At a concert where nobody asks for a numbered seat.
        let guest = desk.guest("arena");
        let body = json!({"userId": guest.user, "date": DATE, "bestAvailable": {"count": 1}});
        Ask::post("/api/v1/seats/reserve", body).bearer(&guest.token)
    }),
    ("reserve_lost", |desk| {
        let (_, seat) = held(desk);
        reserving(&desk.guest("sale"), seat).expecting(StatusCode::CONFLICT)
    }),
    ("cancel", |desk| {
        let (guest, seat) = held(desk);
        let body = json!({"userId": guest.user, "date": DATE, "seat": seat});
        Ask::new(Method::DELETE, "/api/v1/seats/cancel").json(body).bearer(&guest.token)
    }),
    ("pay", paying_held),
    ("refund", |desk| {
        let payment = text_of(&desk.must(&paying_held(desk)), "paymentId");
        Ask::post(format!("/api/v1/payments/{payment}/refund"), json!({"reason": "ill"})).operator()
    }),
    ("create_concert", |desk| Desk::creating_concert(&format!("small-{}", desk.name()), 50, &json!({}))),
    ("change_concert", |desk| {
        let body = json!({"description": format!("Version {}", desk.name())});
        Ask::new(Method::PATCH, "/api/v1/admin/concerts/hall").json(body).operator()
    }),
    ("replace_queue", |_| {
        let body = json!({"maxActive": 1});
        Ask::new(Method::PUT, "/api/v1/admin/concerts/line/queue").json(body).operator()
    }),
    ("block_user", |desk| {
        let path = format!("/api/v1/admin/users/{}", desk.user());
        Ask::new(Method::PATCH, path).json(json!({"blocked": true})).operator()
    }),
    ("delete_user", |desk| Ask::new(Method::DELETE, format!("/api/v1/admin/users/{}", desk.user())).operator()),
];

/// The changes of a sale's rush.
const RUSH: &[&str] = &["create_user", "join", "charge", "reserve", "reserve_lost", "pay"];

pub(super) fn bench(criterion: &mut Criterion, desk: &mut Option<Desk>) {
    let mut group = criterion.benchmark_group("http_change");
    group.sample_size(10).throughput(Throughput::Elements(1));
    for (name, prepare) in CHANGES {
        group.bench_function(*name, |bencher| {
            let desk = ready(desk);
            bencher.iter_custom(|times| (0..times).map(|_| one(desk, *prepare)).sum());
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("http_change_64_at_once");
    group.sample_size(10).throughput(Throughput::Elements(AT_ONCE as u64));
    for (name, prepare) in CHANGES.iter().filter(|(name, _)| RUSH.contains(name)) {
        group.bench_function(*name, |bencher| {
            let desk = ready(desk);
            bencher.iter_custom(|times| (0..times).map(|_| at_once(desk, *prepare)).sum());
        });
    }
    group.finish();
}

fn one(desk: &Desk, prepare: Prepare) -> Duration {
    let ask = prepare(desk);
    let request = ask.request();
    let begun = Instant::now();
    let (status, body) = desk.answer(request);
    let took = begun.elapsed();
    assert_eq!(status, ask.expected, "{body:?}");
    took
}

fn at_once(desk: &Desk, prepare: Prepare) -> Duration {
    let asks: Vec<Ask> = (0..AT_ONCE).map(|_| prepare(desk)).collect();
    let begun = Instant::now();
    desk.answer_all(&asks);
    begun.elapsed()
}

fn held(desk: &Desk) -> (Guest, u32) {
    let (guest, seat) = (desk.guest("sale"), desk.seat());
    desk.must(&reserving(&guest, seat));
    (guest, seat)
}

fn paying_held(desk: &Desk) -> Ask {
    let (guest, seat) = held(desk);
    desk.must(&charging(&guest.user));
    paying(&guest, seat)
}
