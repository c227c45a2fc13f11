//! What each part costs by itself, one file a theme; docs/PERFORMANCE.md says what every figure means.
//!
//! One executable for all of it, so that `cargo bench` links once; `cargo bench -- queue` runs a part.

mod checkpoint;
mod codec;
mod commands;
mod group_commit;
mod http;
mod leases;
mod memory;
mod office;
mod queue;
mod replay;
mod tokens;

use std::time::Duration;

use criterion::{Criterion, criterion_main};

/// The same as the executable's.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Long enough for a median that repeats within a few percent, short enough for all of it to end within 15 minutes.
const MEASURED: Duration = Duration::from_secs(2);
const WARMED_UP: Duration = Duration::from_millis(500);
const SAMPLES: usize = 20;

fn speed() {
    let mut criterion = Criterion::default()
        .measurement_time(MEASURED)
        .warm_up_time(WARMED_UP)
        .sample_size(SAMPLES)
        .configure_from_args();
    leases::bench(&mut criterion);
    memory::bench(&mut criterion);
    commands::bench(&mut criterion);
    queue::bench(&mut criterion);
    codec::bench(&mut criterion);
    tokens::bench(&mut criterion);
    group_commit::bench(&mut criterion);
    checkpoint::bench(&mut criterion);
    replay::bench(&mut criterion);
    http::bench(&mut criterion);
    criterion.final_summary();
}

criterion_main!(speed);
