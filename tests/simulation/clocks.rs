//! The clocks of a simulated machine: one that goes on with virtual time, a little too fast or too slow, and a wall clock
//! that is wrong and is set now and then.

use std::sync::atomic::{AtomicI64, Ordering};

use jari::node::MachineClocks;
use tokio::time::Instant;

/// Microseconds since 1970 as the simulation begins: 2030-06-01.
const BEGIN_US: i64 = 1_906_502_400_000_000;
/// What a rate is given in: parts of a thousand.
const EXACT: i64 = 1_000;

/// The clocks of one machine, which outlive its processes.
pub(crate) struct Clocks {
    began: Instant,
    /// How fast the clock since the boot goes, in parts of a thousand.
    rate: i64,
    boot: u128,
    wall_ahead_us: AtomicI64,
    /// By how much the wall clock is wrong that nobody sets.
    inexact_us: i64,
}

impl Clocks {
    pub(crate) fn new(boot: u128, rate: i64, wall_ahead_us: i64) -> Self {
        Self {
            began: Instant::now(),
            rate,
            boot,
            wall_ahead_us: AtomicI64::new(wall_ahead_us),
            inexact_us: wall_ahead_us,
        }
    }

    /// Sets the wall clock, so that it is wrong by so much.
    pub(crate) fn set_wall(&self, ahead_us: i64) {
        self.wall_ahead_us.store(ahead_us, Ordering::Relaxed);
    }

    /// Sets the wall clock as it was in the beginning.
    pub(crate) fn set_wall_right(&self) {
        self.set_wall(self.inexact_us);
    }

    fn elapsed_us(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_micros()).expect("a simulation is short")
    }
}

impl MachineClocks for Clocks {
    fn boot(&self) -> u128 {
        self.boot
    }

    fn since_boot_us(&self) -> i64 {
        // It was started a while ago.
        3_600_000_000 + self.elapsed_us() * self.rate / EXACT
    }

    fn wall_us(&self) -> i64 {
        BEGIN_US + self.elapsed_us() + self.wall_ahead_us.load(Ordering::Relaxed)
    }
}
