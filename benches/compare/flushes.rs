//! The ceiling of the disk: one thread appends a few bytes to a file and waits for fdatasync, again and again. It prints
//! `appends a second,p50 in ms,p99 in ms`.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

const USE: &str = "use: flushes FOLDER SECONDS BYTES";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder, seconds, bytes] = arguments.as_slice() else {
        eprintln!("{USE}");
        return ExitCode::from(2);
    };
    let (Ok(seconds), Ok(bytes)) = (seconds.parse(), bytes.parse()) else {
        eprintln!("{USE}");
        return ExitCode::from(2);
    };
    match measure(folder, Duration::from_secs(seconds), bytes) {
        Ok(took) => {
            report(took);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("cannot write to {folder}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// How long each append took until it was on the disk.
fn measure(folder: &str, span: Duration, bytes: usize) -> io::Result<Vec<Duration>> {
    let path = format!("{folder}/flushes");
    let mut file = File::create(&path)?;
    let block = vec![7; bytes];
    let mut took = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < span {
        let started = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        took.push(started.elapsed());
    }
    fs::remove_file(path)?;
    Ok(took)
}

fn report(mut took: Vec<Duration>) {
    let total: Duration = took.iter().sum();
    let rate = took.len() as f64 / total.as_secs_f64();
    took.sort_unstable();
    let quantile_ms = |hundredths: usize| took.get(took.len() * hundredths / 100).map_or(0.0, as_ms);
    println!("{rate:.0},{:.3},{:.3}", quantile_ms(50), quantile_ms(99));
}

fn as_ms(took: &Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}
