//! Memory over what the log and the database need, told in bytes by which the process grows; the times are of building
//! it. `queue` is of a waiting user: the queue's own, when each was last seen takes ten bytes more. `sold` is of a sold
//! seat while its sale goes on, `archived` of a whole sale once it is over, whatever it sold.

use std::fs;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use jari::domain::{Change, State};

use crate::office;

const PLACES: u32 = 1_000_000;
const DATES: u32 = 20;
const SEATS_A_DATE: u32 = 50_000;
const ARCHIVED: u32 = 20_000;

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("memory");
    group.sample_size(10);
    let mut bench = |name, what, count: u32, rows: fn() -> Box<dyn Iterator<Item = Change>>| {
        group.throughput(Throughput::Elements(count.into()));
        // Later ones get memory that the process has already.
        let mut told = false;
        group.bench_function(BenchmarkId::new(name, count), |bencher| {
            bencher.iter_custom(|times| {
                let each = |_| {
                    let (took, bytes) = restored(rows());
                    if !std::mem::replace(&mut told, true) {
                        println!("memory/{name}: {:.0} bytes {what}", bytes / f64::from(count));
                    }
                    took
                };
                (0..times).map(each).sum()
            });
        });
    };
    bench("queue", "a waiting place", PLACES, || Box::new(office::waiting_rows(PLACES)));
    bench("sold", "a sold seat", DATES * SEATS_A_DATE, || Box::new(office::sold_rows(DATES, SEATS_A_DATE)));
    bench("archived", "an archived sale", ARCHIVED, || Box::new(office::archived_rows(ARCHIVED)));
    group.finish();
}

/// Takes up rows, and gives the time that it took and the bytes by which the process has grown.
fn restored(rows: impl Iterator<Item = Change>) -> (Duration, f64) {
    let before_kib = resident_kib();
    let begun = Instant::now();
    let mut state = State::default();
    rows.for_each(|row| state.restore(row));
    let took = begun.elapsed();
    (took, (resident_kib() - before_kib) as f64 * 1_024.0)
}

/// KiB of memory that this process has resident.
fn resident_kib() -> i64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells of its processes");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
