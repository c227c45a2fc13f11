//! The executable `jari`.

use std::process::ExitCode;

/// Rows are made by one thread and freed by another, a few megabytes at a time: this allocator keeps such memory for
/// the next ones and does not give it back to the system at once.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    jari::cli::main()
}
