//! The executable `jari`.

use std::process::ExitCode;

fn main() -> ExitCode {
    jari::cli::main()
}
