//! The units in which people read what was measured.

pub(super) fn ms(microseconds: u64) -> String {
    format!("{:.2}", microseconds as f64 / 1_000.0)
}

pub(super) fn mib(kib: u64) -> u64 {
    kib / 1024
}
