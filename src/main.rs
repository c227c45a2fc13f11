//! The executable `jari`.

use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;

/// Rows are made by one thread and freed by another, a few megabytes at a time: this allocator keeps such memory for
/// the next ones and does not give it back to the system at once.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    jari::cli::main()
}
