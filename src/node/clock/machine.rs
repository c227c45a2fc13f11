//! The clocks of the machine as the C library tells them: the wall clock, and the time since the boot, which goes on
//! while the machine is suspended. Nothing waits by them.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};
use uuid::Uuid;

/// Stands for the boot of a machine that does not name its boots.
pub(super) const UNKNOWN_BOOT: u128 = 0;
/// Where Linux names the boot.
const BOOT_ID_FILE: &str = "/proc/sys/kernel/random/boot_id";
/// The two clocks are one reading when no more than so many microseconds lie between them.
const READING_US_MAX: i64 = 10_000;
/// How often a reading is tried in which the thread was held up.
const ATTEMPTS_MAX: u32 = 4;

/// The two clocks at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// Microseconds since the boot, suspended time included.
    pub since_boot_us: i64,
    /// Microseconds since 1970 by the wall clock.
    pub wall_us: i64,
}

/// The clocks of a machine.
pub trait MachineClocks: Send + Sync {
    /// Which boot of which machine this is; 0 of one that does not name its boots.
    fn boot(&self) -> u128;

    /// Microseconds since the boot, suspended time included.
    fn since_boot_us(&self) -> i64;

    /// Microseconds since 1970 by the wall clock.
    fn wall_us(&self) -> i64;
}

/// The clocks of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClocks;

impl MachineClocks for SystemClocks {
    fn boot(&self) -> u128 {
        let text = fs::read_to_string(BOOT_ID_FILE).unwrap_or_default();
        Uuid::try_parse(text.trim()).map_or(UNKNOWN_BOOT, |id| id.as_u128())
    }

    fn since_boot_us(&self) -> i64 {
        let time = clock_gettime(ClockId::Boottime);
        time.tv_sec.saturating_mul(1_000_000).saturating_add(time.tv_nsec / 1_000)
    }

    fn wall_us(&self) -> i64 {
        let microseconds = |duration: std::time::Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX / 4);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => microseconds(since),
            Err(before) => -microseconds(before.duration()),
        }
    }
}

/// Both clocks; `None` when the thread was held up between them each time.
pub(super) fn read(machine: &dyn MachineClocks) -> Option<Reading> {
    (0..ATTEMPTS_MAX).find_map(|_| {
        let before_us = machine.since_boot_us();
        let reading = read_at_once(machine);
        (0..=READING_US_MAX).contains(&(reading.since_boot_us - before_us)).then_some(reading)
    })
}

/// Both clocks, though the thread may have been held up between them.
pub(super) fn read_at_once(machine: &dyn MachineClocks) -> Reading {
    let wall_us = machine.wall_us();
    Reading { since_boot_us: machine.since_boot_us(), wall_us }
}
