//! An example of each reason, as the table of reasons has it.

use axum::http::StatusCode;

use super::reason::{Reason, table};
use crate::domain::{Admittance, CalendarDate, EndReason, Rejection, SeatKey, SeatWords, WallTime};
use crate::http::problem::Problem;
use crate::http::rights::Right;
use crate::http::server::pipeline::BODY_BYTES_MAX;
use crate::node::Fate;

macro_rules! examples {
    ($($reason:ident $status:ident $word:literal $text:literal $(as in $example:expr)?;)*) => {
        impl Reason {
            /// A problem with this reason.
            pub fn example(self) -> Problem {
                match self {
                    $(Self::$reason => examples!(@example $reason $($example)?),)*
                }
            }
        }
    };
    (@example $reason:ident) => { Problem::from(Self::$reason) };
    (@example $reason:ident $example:expr) => { Problem::from($example) };
}

table!(examples);

/// Of seat 5.
fn words() -> SeatWords {
    SeatWords { section: "A".to_owned(), row: 1, row_label: "1".to_owned(), label: "1-5".to_owned() }
}

fn entry_of_north() -> Admittance {
    Admittance { at: WallTime(1_924_337_531_000), gate: Some("North".to_owned()), device: Some("scanner-3".to_owned()) }
}

fn seat_in_use(seat: u32) -> SeatKey {
    SeatKey { date: CalendarDate::new(2030, 12, 24).expect("a day of December"), seat }
}
