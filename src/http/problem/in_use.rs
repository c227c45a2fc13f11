//! The refusal of a change that would move seats which are held or sold, with the seats that stand in its way.

use serde_json::{Value, json};

use super::{Problem, Reason};
use crate::domain::SeatKey;

impl Problem {
    /// 409: these seats, ascending and at least one, would be taken away or lie elsewhere on the plan. `date` and `seats`
    /// are those of the first date, `dates` has every date.
    pub(super) fn seats_in_use(in_use: &[SeatKey]) -> Self {
        let numbers = |seats: &[SeatKey]| seats.iter().map(|key| key.seat).collect::<Vec<u32>>();
        let dates: Vec<&[SeatKey]> = in_use.chunk_by(|one, other| one.date == other.date).collect();
        let first = dates.first().expect("a refusal names at least one seat");
        let (date, seat) = (first[0].date.to_string(), first[0].seat);
        let what = "is held or sold, and where it is on the plan it has to stay";
        let listed: Vec<Value> =
            dates.iter().map(|seats| json!({"date": seats[0].date.to_string(), "seats": numbers(seats)})).collect();
        Self::from(Reason::ConcertInUse)
            .saying(format!("The concert is in use: seat {seat} of {date} {what}."))
            .with("date", date)
            .with("seats", numbers(first))
            .with("dates", listed)
    }
}
