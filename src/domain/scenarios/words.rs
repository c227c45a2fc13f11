//! The words of scenarios that are not steps: times, dates, seats, limits. Read and written in one place.

use crate::domain::{CalendarDate, Limit, Timestamp, WallTime};

/// Second 0 of every scenario; a time of day and year as a server would have it.
const BEGINNING_MS: i64 = 1_900_000_000_000;

/// A step without what stands behind ` # `; a `#` inside a word, as in `kim#2`, belongs to the word.
pub(super) fn without_comment(line: &str) -> &str {
    let comment = if line.starts_with('#') { Some(0) } else { line.find(" #") };
    comment.map_or(line, |at| &line[..at])
}

/// `301.999`: seconds from the beginning.
pub(super) fn time(text: &str) -> Timestamp {
    let (seconds, milliseconds) = text.split_once('.').unwrap_or((text, "0"));
    let milliseconds = format!("{milliseconds:0<3}");
    Timestamp(BEGINNING_MS + number::<i64>(seconds) * 1_000 + number::<i64>(&milliseconds))
}

/// The same on the wall clock, which shows the log's time until it is set.
pub(super) fn wall(text: &str) -> WallTime {
    WallTime(time(text).0)
}

pub(super) fn time_text(at: Timestamp) -> String {
    wall_text(WallTime(at.0))
}

pub(super) fn wall_text(at: WallTime) -> String {
    let (seconds, milliseconds) = ((at.0 - BEGINNING_MS) / 1_000, (at.0 - BEGINNING_MS) % 1_000);
    if milliseconds == 0 { format!("{seconds}") } else { format!("{seconds}.{milliseconds:03}") }
}

/// A day of December 2030.
pub(super) fn date(day: &str) -> CalendarDate {
    CalendarDate::new(2030, 12, number(day)).expect("a day of December")
}

pub(super) fn seats(text: &str) -> Vec<u32> {
    text.split(',').map(number).collect()
}

pub(super) fn joined<T: ToString>(things: impl IntoIterator<Item = T>) -> String {
    let things: Vec<String> = things.into_iter().map(|thing| thing.to_string()).collect();
    if things.is_empty() { "none".to_owned() } else { things.join(",") }
}

/// `server`, `off` or a number.
pub(super) fn limit(text: &str) -> Limit {
    match text {
        "server" => Limit::Server,
        "off" => Limit::Off,
        number_text => Limit::Set(number(number_text)),
    }
}

/// A number, or `off` for none.
pub(super) fn optional<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> Option<T> {
    (text != "off").then(|| number(text))
}

pub(super) fn number<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap_or_else(|error| panic!("{text:?} is a number: {error:?}"))
}

/// `key=value`.
pub(super) fn pair(word: &str) -> (&str, &str) {
    word.split_once('=').unwrap_or_else(|| panic!("{word:?} is key=value"))
}
