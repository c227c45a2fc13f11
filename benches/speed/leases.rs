//! The lease table: a claim that is still open, one that is lost, and the note of a committed hold, by 1 to 4 threads
//! at once. The figure is the time of one claim in one thread; the rate is that of all threads together.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use jari::domain::{PlaceRef, SeatKey, SeatRow, Sequence, Timestamp, UserId};
use jari::replica::{Claim, Leases};

use crate::office::{self, CONCERT, NOW};

/// Held seats of the date, numbered from 1; as many more are free.
const HELD: u32 = 50_000;
const THREADS: [u32; 3] = [1, 2, 4];
/// Prime, so that every seat is met.
const STRIDE: u32 = 7_919;
const CUSTOMER: UserId = UserId(1);

/// What is done with the lease of a seat.
type Work = fn(&Leases, u32);

pub(crate) fn bench(criterion: &mut Criterion) {
    let leases = Leases::default();
    for seat in 1..=HELD {
        note(&leases, seat);
    }
    let mut group = criterion.benchmark_group("leases");
    let works: [(&str, Work); 3] = [("claim_won", claim_won), ("claim_lost", claim_lost), ("note", note)];
    for (name, work) in works {
        for threads in THREADS {
            group.throughput(Throughput::Elements(threads.into()));
            group.bench_with_input(BenchmarkId::new(name, threads), &threads, |bencher, threads| {
                bencher.iter_custom(|times| in_threads(*threads, times, &leases, work));
            });
        }
    }
    group.finish();
}

/// How long the threads take, each for so many times the work.
fn in_threads(threads: u32, times: u64, leases: &Leases, work: Work) -> Duration {
    let begun = Instant::now();
    thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                let mut seat = thread * (HELD / 4);
                for _ in 0..times {
                    seat = (seat + STRIDE) % HELD;
                    work(leases, seat + 1);
                }
            });
        }
    });
    begun.elapsed()
}

fn claim_won(leases: &Leases, seat: u32) {
    assert_eq!(claim(leases, HELD + seat), Claim::Open);
}

fn claim_lost(leases: &Leases, seat: u32) {
    assert_eq!(claim(leases, seat), Claim::Lost { seat });
}

fn claim(leases: &Leases, seat: u32) -> Claim {
    let place_ref = PlaceRef { concert: CONCERT, sequence: Sequence(0), user: CUSTOMER };
    leases.claim(place_ref, office::date(0), black_box(&[seat]), NOW)
}

fn note(leases: &Leases, seat: u32) {
    let row = SeatRow::Held {
        user: office::user(seat),
        sequence: Sequence(seat.into()),
        reservation: seat.into(),
        previous: None,
        reserved_at: office::WALL,
        expires_at: Timestamp(i64::MAX),
        amount: 100,
    };
    leases.note(CONCERT, SeatKey { date: office::date(0), seat }, Some(&row));
}
