//! Pages of long lists: `limit` and an opaque `cursor`, which names the first row of the next page.

use std::ops::RangeInclusive;

use crate::http::problem::Problem;
use crate::http::request::Request;
use crate::http::values::kind::text_kinds;
use crate::http::values::{Kind, TextKind};

/// Rows of a page.
const LIMITS: RangeInclusive<u32> = 1..=100;
const LIMIT_DEFAULT: u32 = 20;
/// Hexadecimal digits of a cursor.
const CURSOR_LENGTH: usize = 32;

text_kinds! {
    /// The start of a page, as the page before it tells; to be given back as it is.
    Cursor(u128) = "the `nextCursor` of an earlier page of the same list", read_cursor,
        |schema| schema.min_length(Some(CURSOR_LENGTH)).max_length(Some(CURSOR_LENGTH));
}

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// Rows at most.
    pub limit: usize,
    /// The key of the first row; none starts at the beginning.
    pub from: Option<u128>,
}

impl Page {
    /// # Errors
    /// 400 when `limit` is no integer from 1 to 100 or `cursor` is none that an answer gave.
    pub(crate) fn of(request: &Request) -> Result<Self, Problem> {
        let limit = number(request, "limit", LIMITS)?.unwrap_or(LIMIT_DEFAULT);
        let from = match request.query("cursor")? {
            None => None,
            Some(text) => Some(Cursor::read(&text).ok_or_else(unknown_cursor)?.0),
        };
        Ok(Self { limit: limit as usize, from })
    }
}

/// The cursor whose page starts at the row with this key.
pub(crate) fn write_cursor(key: u128) -> String {
    format!("{key:032x}")
}

fn read_cursor(text: &str) -> Option<u128> {
    let sane = text.len() == CURSOR_LENGTH && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    sane.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

/// The refusal of a cursor that is malformed or leads nowhere.
pub(crate) fn unknown_cursor() -> Problem {
    Problem::invalid("cursor", Cursor::expected())
}

/// An integer of the query within `range`.
///
/// # Errors
/// 400 when it is given and is anything else.
pub(crate) fn number<T>(request: &Request, field: &str, range: RangeInclusive<T>) -> Result<Option<T>, Problem>
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    let Some(text) = request.query(field)? else {
        return Ok(None);
    };
    let digits_only = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits_only.then(|| text.parse().ok()).flatten().filter(|number| range.contains(number));
    let refusal = || Problem::invalid(field, format_args!("an integer from {} to {}", range.start(), range.end()));
    number.map(Some).ok_or_else(refusal)
}

#[cfg(test)]
mod tests {
    use super::{read_cursor, write_cursor};

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is() {
        for key in [0, 7, u128::MAX] {
            assert_eq!(read_cursor(&write_cursor(key)), Some(key));
        }
        let upper = "A".repeat(32);
        let signed = format!("+{}", "0".repeat(31));
        for bad in ["", "7", &"g".repeat(32), &upper, &signed, &"0".repeat(33)] {
            assert_eq!(read_cursor(bad), None, "{bad:?}");
        }
    }
}
