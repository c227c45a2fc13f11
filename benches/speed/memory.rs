//! Memory of a waiting user over what the log and the database need: the queue's own. It is told in bytes a place by
//! which the process grows; the times are of building it. When each was last seen takes ten bytes more.

use std::fs;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use jari::domain::State;

use crate::office;

const PLACES: u32 = 1_000_000;

pub fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("memory");
    group.sample_size(10).throughput(Throughput::Elements(PLACES.into()));
    // Later ones get memory that the process has already.
    let mut told = false;
    group.bench_function(BenchmarkId::new("queue", PLACES), |bencher| {
        bencher.iter_custom(|times| (0..times).map(|_| queue(&mut told)).sum());
    });
    group.finish();
}

fn queue(told: &mut bool) -> Duration {
    let before_kib = resident_kib();
    let begun = Instant::now();
    let mut state = State::default();
    office::waiting_rows(PLACES).for_each(|row| state.restore(row));
    let took = begun.elapsed();
    if !std::mem::replace(told, true) {
        let bytes = (resident_kib() - before_kib) as f64 * 1_024.0 / f64::from(PLACES);
        println!("memory/queue: {bytes:.0} bytes a waiting place");
    }
    took
}

/// KiB of memory that this process has resident.
fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells of its processes");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
