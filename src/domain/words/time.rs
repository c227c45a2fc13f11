//! Time as data: instants in milliseconds and calendar dates. No clock and no time zone.
//!
//! There are two lines of time. Durations run on the log's own, which never leaps; what is absolute is an instant of
//! the wall clock, which is set right now and then. An offset leads from one to the other.

use std::fmt;

use serde::{Deserialize, Serialize};

const MINUTE_MS: i64 = 60_000;

/// An instant of the log's own time in milliseconds. It never goes back and never leaps: whatever lasts for so long is
/// measured on it. What it counts from means nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

/// An instant as the wall clock shows it: milliseconds since 1970-01-01T00:00:00Z. Whatever is read or told as a date
/// and a time of day is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WallTime(pub i64);

/// By how many milliseconds the wall clock is ahead of the log's time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WallOffset(pub i64);

/// How the log's time lies to the clocks of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// Names the boot of the machine.
    pub boot: u128,
    /// Milliseconds since that boot, suspended time included.
    pub since_boot_ms: i64,
    pub offset: WallOffset,
}

/// The newest anchor, and since when its offset holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockRow {
    /// The log's time when the anchor was taken.
    pub at: Timestamp,
    pub anchor: Anchor,
    /// When the wall clock was set right last.
    pub corrected_at: Timestamp,
    /// How the log's time lay to the wall clock before that.
    pub offset_before: WallOffset,
}

impl ClockRow {
    /// What the wall clock shows at `at`.
    pub fn wall(&self, at: Timestamp) -> WallTime {
        at.on_wall(self.anchor.offset)
    }

    /// When the wall clock shows `at`, or when it was set past it. What had come before that has come when it did.
    pub fn due(&self, at: WallTime) -> Timestamp {
        let by = |offset: WallOffset| Timestamp(at.0.saturating_sub(offset.0));
        let due = by(self.anchor.offset);
        if self.corrected_at < due { due } else { by(self.offset_before).min(self.corrected_at) }
    }
}

/// Whole seconds of so many milliseconds, rounded up so that nobody comes too early; 0 when they are none.
fn seconds_of(milliseconds: i64) -> u64 {
    u64::try_from(milliseconds).map_or(0, |milliseconds| milliseconds.div_ceil(1_000))
}

impl WallTime {
    /// The instant `seconds` later.
    pub fn plus_seconds(self, seconds: u32) -> Self {
        Self(self.0.saturating_add(i64::from(seconds) * 1_000))
    }

    /// Whole seconds from `now` until this instant, rounded up; 0 when it has passed.
    pub fn seconds_after(self, now: Self) -> u64 {
        seconds_of(self.0.saturating_sub(now.0))
    }
}

impl Timestamp {
    /// What a wall clock shows then that is ahead by `offset`.
    pub fn on_wall(self, offset: WallOffset) -> WallTime {
        WallTime(self.0.saturating_add(offset.0))
    }

    /// The instant `seconds` later.
    pub fn plus_seconds(self, seconds: u32) -> Self {
        Self(self.0 + i64::from(seconds) * 1_000)
    }

    /// Whole seconds from `now` until this instant, rounded up; 0 when it has passed.
    pub fn seconds_after(self, now: Self) -> u64 {
        seconds_of(self.0.saturating_sub(now.0))
    }
}

/// A minute of the wall clock, counted since 1970-01-01T00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Minute(pub u32);

impl Minute {
    /// The last that can be counted.
    pub const MAX: Self = Self(u32::MAX);

    /// The minute of an instant; what is before the first one counts to it, what is behind the last one to that.
    pub fn of(at: WallTime) -> Self {
        u32::try_from(at.0.max(0) / MINUTE_MS).map_or(Self::MAX, Self)
    }

    pub fn begins(self) -> WallTime {
        WallTime(i64::from(self.0) * MINUTE_MS)
    }
}

/// A calendar date as the number `year * 10_000 + month * 100 + day`, which sorts as dates do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CalendarDate(u32);

impl CalendarDate {
    /// No date is before it.
    pub const FIRST: Self = Self(1_01_01);

    /// The date, or `None` when the Gregorian calendar has no such day or the year is not 1 to 9999.
    pub fn new(year: u32, month: u32, day: u32) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        ((1..=9_999).contains(&year) && (1..=days).contains(&day)).then_some(Self(year * 10_000 + month * 100 + day))
    }

    /// The date written as `YYYY-MM-DD`, or `None` when `text` is not exactly that.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let shape = bytes.len() == 10
            && bytes.iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shape {
            return None;
        }
        Self::new(text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..].parse().ok()?)
    }

    pub fn year(self) -> u32 {
        self.0 / 10_000
    }

    pub fn month(self) -> u32 {
        self.0 / 100 % 100
    }

    pub fn day(self) -> u32 {
        self.0 % 100
    }

    /// Days from 1970-01-01 on; negative before it.
    pub fn days_since_1970(self) -> i32 {
        // Years are counted from March on, so that the day of a leap year is the last one.
        let months = (self.month() + 9) % 12;
        let year = self.year() - u32::from(self.month() < 3);
        let days = year * 365 + year / 4 - year / 100 + year / 400 + (months * 153 + 2) / 5 + self.day();
        i32::try_from(days).expect("ten thousand years have few days") - 719_469
    }

    /// The number that the date is stored as.
    pub fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for CalendarDate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}-{:02}", self.year(), self.month(), self.day())
    }
}

#[cfg(test)]
mod tests {
    use super::{CalendarDate, Timestamp};

    #[test]
    fn dates_are_read_and_written_as_iso_and_nothing_else() {
        for good in ["2030-12-24", "2028-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(CalendarDate::parse(good).map(|date| date.to_string()).as_deref(), Some(good));
        }
        for bad in [
            "2030-2-01",
            "2030-02-30",
            "2029-02-29",
            "2100-02-29",
            "2030-13-01",
            "2030-00-10",
            "+030-01-01",
            "2030-12-24 ",
            "",
            "0000-01-01",
            "２030-01-01",
        ] {
            assert_eq!(CalendarDate::parse(bad), None, "{bad:?} is no date");
        }
    }

    #[test]
    fn days_are_counted_as_the_calendar_has_them() {
        for (date, days) in [
            ("1970-01-01", 0),
            ("1969-12-31", -1),
            ("2000-02-29", 11_016),
            ("2000-03-01", 11_017),
            ("2030-12-24", 22_272),
            ("0001-01-01", -719_162),
            ("9999-12-31", 2_932_896),
        ] {
            assert_eq!(CalendarDate::parse(date).map(CalendarDate::days_since_1970), Some(days), "{date}");
        }
    }

    #[test]
    fn seconds_are_rounded_up_and_never_negative() {
        let at = |ms| Timestamp(ms);
        assert_eq!(at(1_001).seconds_after(at(0)), 2);
        assert_eq!(at(1_000).seconds_after(at(0)), 1);
        assert_eq!(at(0).seconds_after(at(0)), 0);
        assert_eq!(at(0).seconds_after(at(5_000)), 0);
    }
}
