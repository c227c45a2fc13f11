//! Times as clients read and write them: instants in RFC 3339, in answers always UTC with milliseconds; times of day
//! in a concert's zone, and the instants that they amount to.

use std::fmt;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta, TimeZone};
use chrono_tz::Tz;

use crate::domain::{CalendarDate, WallTime};

/// Minutes for which no clock of a zone can be put forward at once: the widest gap so far skipped a whole day.
const GAP_MINUTES_MAX: i64 = 2 * 24 * 60;
const MINUTES_AN_HOUR: u32 = 60;

/// `2030-12-01T09:00:00.000Z`; an instant that no calendar has is shown as the epoch's.
pub(crate) fn write_instant(at: WallTime) -> String {
    DateTime::from_timestamp_millis(at.0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The instant that `text` names with any offset, cut to milliseconds, or `None` when its form is not RFC 3339
/// or its year has not four digits.
pub(crate) fn read_instant(text: &str) -> Option<WallTime> {
    let at = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    (1..=9_999).contains(&at.year()).then(|| WallTime(at.timestamp_millis()))
}

/// Minutes after midnight that `HH:MM` names, or `None` when `text` has another form.
pub(crate) fn read_time_of_day(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |digits: &str, below: u32| -> Option<u32> {
        let sane = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        sane.then(|| digits.parse().ok()).flatten().filter(|number| *number < below)
    };
    Some(number(hours, 24)? * MINUTES_AN_HOUR + number(minutes, MINUTES_AN_HOUR)?)
}

/// `HH:MM`.
pub(crate) fn write_time_of_day(minutes: u32) -> String {
    format!("{:02}:{:02}", minutes / MINUTES_AN_HOUR, minutes % MINUTES_AN_HOUR)
}

/// The instant at which a performance begins in `zone`; without a time of day that is the end of its day. Of an hour
/// that clocks show twice it is the first.
pub(crate) fn begins_at(zone: Tz, date: CalendarDate, starts_at_minutes: Option<u32>) -> WallTime {
    let day = day(date);
    let local = match starts_at_minutes {
        Some(minutes) => day.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minutes)),
        None => (day + Days::new(1)).and_time(NaiveTime::MIN),
    };
    let (_, first) = next_shown(zone, local);
    WallTime(first.timestamp_millis())
}

/// The date that calendars in `zone` show at `now`.
pub(crate) fn today(zone: Tz, now: WallTime) -> NaiveDate {
    DateTime::from_timestamp_millis(now.0).unwrap_or_default().with_timezone(&zone).date_naive()
}

fn day(date: CalendarDate) -> NaiveDate {
    let day = i32::try_from(date.year()).ok().and_then(|year| NaiveDate::from_ymd_opt(year, date.month(), date.day()));
    day.expect("a calendar date exists")
}

/// The first minute from `local` on that clocks in `zone` show, and its first instant.
fn next_shown(zone: Tz, local: NaiveDateTime) -> (NaiveDateTime, DateTime<Tz>) {
    let minutes = (0..=GAP_MINUTES_MAX).map(|minutes| local + TimeDelta::minutes(minutes));
    let mut shown = minutes.filter_map(|minute| Some((minute, zone.from_local_datetime(&minute).earliest()?)));
    shown.next().expect("no zone skips two days")
}

/// Local time that clocks skip when they are put forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    from: NaiveDateTime,
    /// What clocks show next.
    to: NaiveDateTime,
}

impl Gap {
    /// The gap of `zone` in which a time of `date` lies, when it lies in one.
    pub(crate) fn around(zone: Tz, date: CalendarDate, minutes: u32) -> Option<Self> {
        let local = day(date).and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minutes));
        let (to, _) = next_shown(zone, local);
        if to == local {
            return None;
        }
        let is_skipped = |minute: &NaiveDateTime| zone.from_local_datetime(minute).earliest().is_none();
        let before = (0..=GAP_MINUTES_MAX).map(|minutes| local - TimeDelta::minutes(minutes));
        let from = before.take_while(is_skipped).last().unwrap_or(local);
        Some(Self { from, to })
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        if from.date() == to.date() {
            write!(out, "from {} to {} on {}", from.format("%H:%M"), to.format("%H:%M"), from.date())
        } else {
            write!(out, "from {} to {}", from.format("%F %H:%M"), to.format("%F %H:%M"))
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::{Gap, begins_at, read_instant, read_time_of_day, write_instant, write_time_of_day};
    use crate::domain::CalendarDate;

    #[test]
    fn instants_are_answered_in_utc_with_milliseconds() {
        for (given, answered) in [
            ("2030-12-01T09:00:00Z", "2030-12-01T09:00:00.000Z"),
            ("2030-12-01T18:00:00.25+09:00", "2030-12-01T09:00:00.250Z"),
            ("2030-12-01T09:00:00.123456Z", "2030-12-01T09:00:00.123Z"),
            ("2030-12-01t09:00:00z", "2030-12-01T09:00:00.000Z"),
            ("2030-12-01T09:00:00-00:00", "2030-12-01T09:00:00.000Z"),
            ("2030-12-01T00:30:00-12:30", "2030-12-01T13:00:00.000Z"),
            // A leap second is the instant behind it.
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(read_instant(given).map(write_instant).as_deref(), Some(answered));
        }
    }

    #[test]
    fn other_forms_are_no_instants() {
        for bad in ["", "2030-12-01", "2030-12-01T09:00:00", "1700000000", "2030-13-01T09:00:00Z", "tomorrow"] {
            assert_eq!(read_instant(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_performance_begins_in_its_zone_and_a_day_without_a_time_ends_at_midnight() {
        let begins = |zone: Tz, date: &str, time: Option<&str>| {
            let date = CalendarDate::parse(date).expect("a date");
            let minutes = time.map(|time| read_time_of_day(time).expect("a time"));
            write_instant(begins_at(zone, date, minutes))
        };
        assert_eq!(begins(Tz::Asia__Seoul, "2030-12-24", Some("19:30")), "2030-12-24T10:30:00.000Z");
        assert_eq!(begins(Tz::Asia__Seoul, "2030-12-24", None), "2030-12-24T15:00:00.000Z");
        assert_eq!(begins(Tz::Asia__Seoul, "9999-12-31", None), "9999-12-31T15:00:00.000Z");
        // Clocks go from 02:00 to 03:00: 02:30 is never shown, 03:00 is what comes next.
        assert_eq!(begins(Tz::Europe__Berlin, "2026-03-29", Some("02:30")), "2026-03-29T01:00:00.000Z");
        // Clocks go back from 03:00 to 02:00: the first of the two 02:30 counts.
        assert_eq!(begins(Tz::Europe__Berlin, "2026-10-25", Some("02:30")), "2026-10-25T00:30:00.000Z");
        // Midnight itself is skipped.
        assert_eq!(begins(Tz::America__Santiago, "2025-09-06", None), "2025-09-07T04:00:00.000Z");
        // A whole day is skipped.
        assert_eq!(begins(Tz::Pacific__Apia, "2011-12-30", Some("12:00")), "2011-12-30T10:00:00.000Z");
    }

    #[test]
    fn a_time_that_clocks_skip_is_told_with_what_they_do() {
        let gap = |zone: Tz, date: &str, time: &str| {
            let date = CalendarDate::parse(date).expect("a date");
            Gap::around(zone, date, read_time_of_day(time).expect("a time")).map(|gap| gap.to_string())
        };
        let spring = Some("from 02:00 to 03:00 on 2031-03-30".to_owned());
        for time in ["02:00", "02:30", "02:59"] {
            assert_eq!(gap(Tz::Europe__Berlin, "2031-03-30", time), spring, "{time}");
        }
        for time in ["01:59", "03:00", "19:30"] {
            assert_eq!(gap(Tz::Europe__Berlin, "2031-03-30", time), None, "{time}");
        }
        // Shown twice is shown; half an hour; the end of a day and a whole day.
        assert_eq!(gap(Tz::Europe__Berlin, "2031-10-26", "02:30"), None);
        assert_eq!(
            gap(Tz::Australia__Lord_Howe, "2031-10-05", "02:10").as_deref(),
            Some("from 02:00 to 02:30 on 2031-10-05")
        );
        assert_eq!(
            gap(Tz::Pacific__Apia, "2011-12-30", "12:00").as_deref(),
            Some("from 2011-12-30 00:00 to 2011-12-31 00:00")
        );
    }

    #[test]
    fn a_time_of_day_is_two_digits_a_colon_and_two_digits() {
        for good in ["00:00", "19:30", "23:59"] {
            assert_eq!(read_time_of_day(good).map(write_time_of_day).as_deref(), Some(good));
        }
        for bad in ["", "24:00", "19:60", "9:30", "19.30", "19:3", "19:30:00", "+1:30", " 9:30", "19:30 "] {
            assert_eq!(read_time_of_day(bad), None, "{bad:?}");
        }
    }
}
