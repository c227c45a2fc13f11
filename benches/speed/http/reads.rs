//! The routes that change nothing: none waits for the writer or the disk.

use std::hint::black_box;

use axum::http::StatusCode;
use criterion::{BatchSize, Criterion, Throughput};

use super::desk::{Ask, DATE, Desk, Guest, charging, paying, reserving};
use super::ready;

type Make = fn(&Desk) -> Ask;

const READS: &[(&str, Make)] = &[
    ("healthz", |_| Ask::get("/healthz")),
    ("readyz", |_| Ask::get("/readyz")),
    ("metrics", |_| Ask::get("/metrics")),
    ("openapi", |_| Ask::get("/openapi.json")),
    ("docs", |_| Ask::get("/docs")),
    ("concerts", |_| Ask::get("/api/v1/concerts")),
    ("concert", |_| Ask::get("/api/v1/concerts/hall")),
    ("poll_waiting", |desk| Ask::get("/api/v1/token").bearer(&desk.guest("line").token)),
    ("poll_active", |desk| Ask::get("/api/v1/token").bearer(&desk.guest("hall").token)),
    ("availability_50", |desk| Ask::get("/api/v1/concerts/hall/availability").bearer(&desk.guest("hall").token)),
    ("dates", |desk| Ask::get("/api/v1/seats/dates").bearer(&desk.guest("hall").token)),
    ("available_50", |desk| of_date(desk, "/api/v1/seats/available", "hall")),
    ("available_20000", |desk| of_date(desk, "/api/v1/seats/available", "arena")),
    ("map_50", |desk| of_date(desk, "/api/v1/seats", "hall")),
    ("map_20000", |desk| of_date(desk, "/api/v1/seats", "arena")),
    ("map_20000_not_modified", map_not_modified),
    ("balance", |desk| Ask::get(format!("/api/v1/users/{}/balance", buyer(desk).user))),
    ("ledger", |desk| Ask::get(format!("/api/v1/users/{}/ledger", buyer(desk).user))),
    ("payments", |desk| Ask::get(format!("/api/v1/users/{}/payments", buyer(desk).user))),
    ("reservations", |desk| Ask::get(format!("/api/v1/concerts/sale/reservations?userId={}", buyer(desk).user))),
    ("admin_concerts", |_| Ask::get("/api/v1/admin/concerts").operator()),
    ("admin_concert", |_| Ask::get("/api/v1/admin/concerts/hall").operator()),
    ("admin_queue", |_| Ask::get("/api/v1/admin/concerts/line/queue").operator()),
    ("admin_stats", |_| Ask::get("/api/v1/admin/concerts/sale/stats").operator()),
    ("admin_find_user", |_| Ask::get("/api/v1/admin/users?username=user-7").operator()),
    ("admin_user", |desk| Ask::get(format!("/api/v1/admin/users/{}", desk.user())).operator()),
    ("admin_events_100", |_| Ask::get("/api/v1/admin/events?after=0&limit=100").operator()),
];

/// Streams do not end: what is measured is the way to the head of the answer.
const STREAMS: &[(&str, Make)] = &[
    ("follow_place", |desk| Ask::get("/api/v1/token/events").bearer(&desk.guest("line").token)),
    ("follow_events", |_| Ask::get("/api/v1/admin/events/stream").operator()),
];

pub(super) fn bench(criterion: &mut Criterion, desk: &mut Option<Desk>) {
    let mut group = criterion.benchmark_group("http_read");
    group.throughput(Throughput::Elements(1));
    for (name, make) in READS {
        group.bench_function(*name, |bencher| {
            let desk = ready(desk);
            let ask = make(desk);
            desk.must(&ask);
            bencher.iter_batched(|| ask.request(), |request| black_box(desk.answer(request)), BatchSize::SmallInput);
        });
    }
    for (name, make) in STREAMS {
        group.bench_function(*name, |bencher| {
            let desk = ready(desk);
            let ask = make(desk);
            assert_eq!(desk.answer_head(ask.request()), ask.expected, "{name}");
            bencher.iter_batched(|| ask.request(), |request| desk.answer_head(request), BatchSize::SmallInput);
        });
    }
    group.bench_function("poll_waiting_router_alone", |bencher| {
        let desk = ready(desk);
        let ask = Ask::get("/api/v1/token").bearer(&desk.guest("line").token);
        bencher.iter_batched(|| ask.request(), |request| desk.route(request), BatchSize::SmallInput);
    });
    group.finish();
}

fn of_date(desk: &Desk, path: &str, concert: &str) -> Ask {
    Ask::get(format!("{path}?date={DATE}")).bearer(&desk.guest(concert).token)
}

fn map_not_modified(desk: &Desk) -> Ask {
    let ask = of_date(desk, "/api/v1/seats", "arena");
    let tag = desk.tag_of(&ask);
    ask.header("if-none-match", tag).expecting(StatusCode::NOT_MODIFIED)
}

/// A user with a charge, a paid seat and the histories that follow from them.
fn buyer(desk: &Desk) -> Guest {
    let (guest, seat) = (desk.guest("sale"), desk.seat());
    desk.must(&charging(&guest.user));
    desk.must(&reserving(&guest, seat));
    desk.must(&paying(&guest, seat));
    guest
}
