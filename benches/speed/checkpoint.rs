//! The checkpoint: how long the checkpoint thread takes to bring the rows of so many holds into the database, in one
//! durable transaction, from the moment that it may until the log could be purged.

use std::thread;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use jari::log::{Index, LogId, Position};
use jari::replica::Recovered;
use tempfile::TempDir;

use crate::group_commit::{Holds, open_fresh};

/// Holds of one generation; each changes four rows of its own and two that they share.
const HOLDS: [u32; 4] = [100, 1_000, 10_000, 100_000];
/// Holds in the tables before anything is measured.
const HOLDS_BEFORE: u32 = 100_000;
/// How often the end is looked for.
const GLANCE: Duration = Duration::from_micros(50);

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("checkpoint");
    group.sample_size(10);
    let mut tables = None;
    for size in HOLDS {
        group.throughput(Throughput::Elements(size.into()));
        group.bench_with_input(BenchmarkId::new("holds", size), &size, |bencher, size| {
            let tables = tables.get_or_insert_with(Tables::new);
            bencher.iter_custom(|times| (0..times).map(|_| tables.checkpoint(*size)).sum());
        });
    }
    group.finish();
}

struct Tables {
    opened: Recovered,
    holds: Holds,
    index: Index,
    _folder: TempDir,
}

impl Tables {
    fn new() -> Self {
        let (folder, opened) = open_fresh();
        let mut tables = Self { opened, holds: Holds::new(), index: Index(0), _folder: folder };
        tables.checkpoint(HOLDS_BEFORE);
        tables
    }

    fn checkpoint(&mut self, size: u32) -> Duration {
        let store = &self.opened.replica.store();
        self.index = self.index.next();
        // The thread waits until the entry is complete, so nothing is written before the clock runs.
        store.put_all(self.holds.take(size));
        let begun = Instant::now();
        store.applied(Position { id: LogId { index: self.index, ..LogId::default() }, ..Position::default() });
        while store.durable() < self.index {
            thread::sleep(GLANCE);
        }
        begun.elapsed()
    }
}

impl Drop for Tables {
    fn drop(&mut self) {
        self.opened.replica.store().stop().expect("the disk takes it");
    }
}
