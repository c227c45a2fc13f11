//! The only clock of the program. It gives the log's time, which goes on with the time since the machine's boot,
//! suspended time included, and is drawn slowly toward the wall clock: it never goes back and never leaps. Where the
//! wall clock was set, not the log's time moves but the offset between the two.

mod machine;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use parking_lot::Mutex;

use self::machine::Reading;
pub use self::machine::{MachineClocks, SystemClocks};
use crate::domain::{Anchor, ClockRow, Timestamp, WallOffset};

/// How often the wall clock is looked at, in microseconds.
const LOOK_EVERY_US: i64 = 1_000_000;
/// The clock goes at most this much faster or slower than time since boot: one part in twenty.
const DRAW_DIVISOR: i64 = 20;
/// A wall clock that is further off than this, in microseconds, was set; one that is less far off has drifted.
const DRIFT_US_MAX: i64 = 1_000_000;
/// The anchor in the log is renewed when time was drawn away from it by so many milliseconds, so that it goes on as
/// exactly after a crash.
const ANCHOR_DRIFT_MS_MAX: i64 = 100;
/// Milliseconds that may have passed between two boots: a wall clock further ahead was wrong at one of them.
const BETWEEN_BOOTS_MS_MAX: i64 = 366 * 24 * 60 * 60 * 1_000;

/// The leader's time.
pub(super) struct Clock {
    machine: Arc<dyn MachineClocks>,
    boot: u128,
    last: Mutex<Look>,
    /// By how many microseconds the wall clock that counts is ahead of the one of this machine.
    wall_ahead_us: AtomicI64,
    /// Whether the clock goes by that of a leader, or is one.
    is_going: AtomicBool,
}

/// What the last look at the wall clock found.
struct Look {
    at: Reading,
    /// The log's time then, in microseconds.
    time_us: i64,
    /// By how much the wall clock is ahead of the log's time, apart from what it has drifted.
    offset_us: i64,
    /// The latest time that was given.
    newest_us: i64,
}

impl Clock {
    /// A clock that goes on where `row` and the latest time in the log left off.
    pub(super) fn start(machine: Arc<dyn MachineClocks>, row: &ClockRow, latest: Timestamp) -> Self {
        let (boot, reading) = (machine.boot(), machine::read_at_once(&*machine));
        Self::of(machine, Look::resume(row, latest, boot, reading), AtomicBool::new(true))
    }

    /// A clock that stands at the latest time in the log until it is known what time it is: from an instance that leads,
    /// or as this one does. The wall clock of one machine says nothing by itself.
    pub(super) fn waiting(machine: Arc<dyn MachineClocks>, row: &ClockRow, latest: Timestamp) -> Self {
        let look = Look::standing(row, latest, machine.since_boot_us());
        let clock = Self::of(machine, look, AtomicBool::new(false));
        if planted!(OwnClock) {
            clock.lead(row, latest);
        }
        clock
    }

    fn of(machine: Arc<dyn MachineClocks>, look: Look, is_going: AtomicBool) -> Self {
        let boot = machine.boot();
        Self { machine, boot, last: Mutex::new(look), wall_ahead_us: AtomicI64::new(0), is_going }
    }

    /// Goes on as the clock by which the log goes: the wall clock counts from now on, and lies to the log's time as `row`
    /// says unless it is far from that. A clock that was waiting goes on where `row` and `latest` left off.
    pub(super) fn lead(&self, row: &ClockRow, latest: Timestamp) {
        let mut last = self.last.lock();
        let at = self.corrected(machine::read_at_once(&*self.machine));
        *last = if self.is_going.swap(true, Ordering::AcqRel) {
            Look { offset_us: row.anchor.offset.0 * 1_000, ..last.going_on(at) }.set_right()
        } else {
            Look::resume(row, latest, self.boot, at)
        };
    }

    /// Whether it is known what time it is.
    pub(super) fn is_going(&self) -> bool {
        self.is_going.load(Ordering::Acquire)
    }

    /// Takes up by how much the wall clock that counts is ahead of the one of this machine.
    pub(super) fn correct_wall(&self, ahead_us: i64) {
        self.wall_ahead_us.store(ahead_us, Ordering::Release);
    }

    fn corrected(&self, at: Reading) -> Reading {
        Reading { wall_us: at.wall_us.saturating_add(self.wall_ahead_us.load(Ordering::Acquire)), ..at }
    }

    /// Is drawn toward the time of the instance by whose clock the log goes.
    pub(super) fn follow(&self, leader: Timestamp) {
        let mut last = self.last.lock();
        *last = last.following(self.machine.since_boot_us(), leader);
    }

    /// Takes the time of the instance by whose clock the log goes, be it earlier or later. Nothing was done by this clock.
    pub(super) fn set(&self, leader: Timestamp) {
        let mut last = self.last.lock();
        let time_us = leader.0.saturating_mul(1_000);
        *last = Look { time_us, newest_us: time_us, ..last.following(self.machine.since_boot_us(), leader) };
        self.is_going.store(true, Ordering::Release);
    }

    /// Is not behind `latest` from now on, by which something was done elsewhere.
    pub(super) fn reach(&self, latest: Timestamp) {
        let mut last = self.last.lock();
        *last = last.reaching(self.machine.since_boot_us(), latest);
    }

    pub(super) fn now(&self) -> Timestamp {
        self.stamp().0
    }

    /// Microseconds since 1970 by the wall clock of this machine.
    pub(super) fn wall_us(&self) -> i64 {
        self.machine.wall_us()
    }

    /// The log's time, and how it lies to the clocks of the machine.
    pub(super) fn stamp(&self) -> (Timestamp, Anchor) {
        let mut last = self.last.lock();
        let mut since_boot_us = self.machine.since_boot_us();
        // It goes back where a machine is put back to an earlier state.
        let is_due = !(0..LOOK_EVERY_US).contains(&(since_boot_us - last.at.since_boot_us));
        if is_due
            && self.is_going()
            && let Some(reading) = machine::read(&*self.machine)
        {
            *last = last.next(self.corrected(reading));
            since_boot_us = reading.since_boot_us;
        }
        let time_us = last.time_us(since_boot_us).max(last.newest_us);
        last.newest_us = time_us;
        let offset = WallOffset(last.offset_us.div_euclid(1_000));
        let since_boot_ms = since_boot_us.div_euclid(1_000);
        (Timestamp(time_us.div_euclid(1_000)), Anchor { boot: self.boot, since_boot_ms, offset })
    }
}

/// Whether the log is to be told of `anchor`, which was taken at `now`.
pub(super) fn is_news(known: &ClockRow, now: Timestamp, anchor: &Anchor) -> bool {
    let drawn_ms = (now.0 - known.at.0) - (anchor.since_boot_ms - known.anchor.since_boot_ms);
    anchor.offset != known.anchor.offset || anchor.boot != known.anchor.boot || drawn_ms.abs() > ANCHOR_DRIFT_MS_MAX
}

impl Look {
    /// Within one boot, time went on with the time since the boot; from one boot to another as the wall clock says, as
    /// far as that can be; otherwise no time has passed.
    fn resume(row: &ClockRow, latest: Timestamp, boot: u128, at: Reading) -> Self {
        let wall_ms = at.wall_us.div_euclid(1_000);
        if latest == Timestamp::default() {
            // Nothing was written yet: the two agree. The beginning of 1970 stands for no time at all.
            let time_us = at.wall_us.max(1_000);
            return Self { at, time_us, offset_us: 0, newest_us: time_us }.set_right();
        }
        let since_boot_ms = at.since_boot_us.div_euclid(1_000) - row.anchor.since_boot_ms;
        let by_wall_ms = wall_ms.saturating_sub(row.at.on_wall(row.anchor.offset).0);
        let passed_ms = if boot == row.anchor.boot && boot != machine::UNKNOWN_BOOT && since_boot_ms >= 0 {
            since_boot_ms
        } else if (0..=BETWEEN_BOOTS_MS_MAX).contains(&by_wall_ms) {
            by_wall_ms
        } else {
            0
        };
        let time_us = (row.at.0 + passed_ms).max(latest.0) * 1_000;
        let offset_us = row.anchor.offset.0 * 1_000;
        Self { at, time_us, offset_us, newest_us: time_us }.set_right()
    }

    /// The latest time in the log, which goes on with the time since the boot.
    fn standing(row: &ClockRow, latest: Timestamp, since_boot_us: i64) -> Self {
        let (time_us, offset_us) = (latest.0.max(1) * 1_000, row.anchor.offset.0 * 1_000);
        let at = Reading { since_boot_us, wall_us: time_us.saturating_add(offset_us) };
        Self { at, time_us, offset_us, newest_us: time_us }
    }

    /// By how much the wall clock was ahead of where it should be.
    fn ahead_us(&self) -> i64 {
        self.at.wall_us.saturating_sub(self.time_us).saturating_sub(self.offset_us)
    }

    /// The time in microseconds when so much has passed since the boot: drawn toward the wall clock by at most one part
    /// in twenty of what has elapsed, at every moment, so that a later reading is never an earlier time.
    fn time_us(&self, since_boot_us: i64) -> i64 {
        let elapsed_us = (since_boot_us - self.at.since_boot_us).max(0);
        let most = elapsed_us / DRAW_DIVISOR;
        self.time_us + elapsed_us + self.ahead_us().clamp(-most, most)
    }

    /// The next look.
    fn next(&self, at: Reading) -> Self {
        self.going_on(at).set_right()
    }

    /// The same time, drawn toward that of another instance.
    fn following(&self, since_boot_us: i64, leader: Timestamp) -> Self {
        let wall_us = leader.0.saturating_mul(1_000).saturating_add(self.offset_us);
        self.going_on(Reading { since_boot_us, wall_us })
    }

    /// The same time, or a later one where that is behind `latest`.
    fn reaching(&self, since_boot_us: i64, latest: Timestamp) -> Self {
        let wall_us = self.at.wall_us + (since_boot_us - self.at.since_boot_us);
        let now = self.going_on(Reading { since_boot_us, wall_us });
        let least_us = latest.0.saturating_mul(1_000);
        Self { time_us: now.time_us.max(least_us), newest_us: now.newest_us.max(least_us), ..now }
    }

    /// The same time, seen from another reading of the clocks.
    fn going_on(&self, at: Reading) -> Self {
        let time_us = self.time_us(at.since_boot_us).max(self.newest_us);
        Self { at, time_us, offset_us: self.offset_us, newest_us: time_us }
    }

    /// Moves the offset when the wall clock was set, by whole milliseconds.
    fn set_right(mut self) -> Self {
        if self.ahead_us().abs() > DRIFT_US_MAX {
            self.offset_us = self.at.wall_us.saturating_sub(self.time_us).div_euclid(1_000) * 1_000;
        }
        self
    }
}

#[cfg(test)]
mod tests;
