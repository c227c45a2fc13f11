//! What the requests of a queue cost a server in whose queue 1,000 and 1,000,000 wait, as processor time of all threads:
//! the flush is waited for by nobody, what writes the tables behind the replies is in the figures.

use std::fs;
use std::time::Duration;

use axum::http::Method;
use criterion::{BenchmarkId, Criterion, Throughput};
use jari::domain::{ConcertId, PlaceRef, Sequence};
use serde_json::json;

use super::desk::{Ask, Desk, joining};
use crate::office::{self, CONCERT};
use crate::replay::write_places;

const LENGTHS: [u32; 2] = [1_000, 1_000_000];
/// Requests at once, and places that are ACTIVE at once.
const AT_ONCE: u32 = 64;
/// Jumps through the line so that neighbours follow rarely: prime, so that every place is met.
const STRIDE: u64 = 611_953;

/// A server and the part of its users who wait; everybody else is ACTIVE.
struct Line {
    desk: Desk,
    concert: ConcertId,
    /// Users, and their places, who are ACTIVE.
    active: Vec<(u32, u64)>,
    /// The first user in line and the user's place; the others follow in order, and behind the last comes user 0 again.
    first: (u32, u64),
    users: u32,
    cursor: u64,
}

pub(super) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("http_queue");
    group.sample_size(10);
    for length in LENGTHS {
        let mut line = None;
        for (name, requests, step) in [
            ("poll", 1, Line::poll as fn(&mut Line, u64) -> Duration),
            ("leave_and_admit", AT_ONCE.into(), |line, times| line.turns(times).0),
            ("join", AT_ONCE.into(), |line, times| line.turns(times).1),
        ] {
            group.throughput(Throughput::Elements(requests));
            group.bench_with_input(BenchmarkId::new(name, length), &length, |bencher, length| {
                let line = line.get_or_insert_with(|| Line::new(*length));
                bencher.iter_custom(|times| step(line, times));
            });
        }
    }
    group.finish();
}

impl Line {
    fn new(length: u32) -> Self {
        let waiting = length + AT_ONCE - 1;
        let desk = Desk::over(write_places(waiting));
        let policy = json!({"maxActive": AT_ONCE});
        desk.must(&Ask::new(Method::PUT, "/api/v1/admin/concerts/speed/queue").json(policy).operator());
        let place = |user: u32| (user, u64::from(user) + 1);
        let active = (0..AT_ONCE).map(place).collect();
        let concert = office::concert_id("speed");
        Self { desk, concert, active, first: place(AT_ONCE), users: waiting + 1, cursor: 0 }
    }

    fn token(&self, (user, sequence): (u32, u64)) -> String {
        let place_ref = PlaceRef { concert: CONCERT, sequence: Sequence(sequence), user: office::user(user) };
        self.desk.token(place_ref, &self.concert)
    }

    /// The place so many behind the first in line.
    fn waiting(&self, behind: u64) -> (u32, u64) {
        let user = (u64::from(self.first.0) + behind) % u64::from(self.users);
        (user as u32, self.first.1 + behind)
    }

    fn poll(&mut self, times: u64) -> Duration {
        const ASKS: u64 = 8_192;
        let waiting = u64::from(self.users - AT_ONCE);
        let mut took = Duration::ZERO;
        let mut left = times;
        while left > 0 {
            let some = left.min(ASKS);
            let asks = (0..some).map(|_| {
                self.cursor = (self.cursor + STRIDE) % waiting;
                Ask::get("/api/v1/token").bearer(&self.token(self.waiting(self.cursor))).request()
            });
            let asks: Vec<_> = asks.collect();
            let begun = processor_time();
            for ask in asks {
                assert_eq!(self.desk.answer(ask).0, 200);
            }
            took += processor_time() - begun;
            left -= some;
        }
        took
    }

    /// Everybody ACTIVE leaves, so that as many are admitted, and joins again at the end of the line.
    fn turns(&mut self, times: u64) -> (Duration, Duration) {
        let (mut leaving, mut joining_again) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..times {
            let left = std::mem::take(&mut self.active);
            let asks = left.iter().map(|place| Ask::new(Method::DELETE, "/api/v1/token").bearer(&self.token(*place)));
            leaving += self.all(&asks.collect::<Vec<_>>());
            self.active = (0..u64::from(AT_ONCE)).map(|behind| self.waiting(behind)).collect();
            self.first = self.waiting(AT_ONCE.into());
            // They reach the writer in this order, so that everybody's place is known.
            let asks = left.iter().map(|(user, _)| joining(&office::uuid(*user), "speed"));
            joining_again += self.all(&asks.collect::<Vec<_>>());
        }
        (leaving, joining_again)
    }

    fn all(&self, asks: &[Ask]) -> Duration {
        let begun = processor_time();
        self.desk.answer_all(asks);
        processor_time() - begun
    }
}

/// Processor time that the threads of this process which still run have used.
fn processor_time() -> Duration {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux tells of its threads");
    let nanoseconds = tasks.filter_map(Result::ok).filter_map(|task| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}
