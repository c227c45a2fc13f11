//! What happened at a concert, step by step.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{Minute, SeriesRow};
use crate::http::values::{self, Amount, Instant};

/// What happened at a concert, step by step.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SeriesBody {
    pub concert_id: values::ConcertId,
    /// Seconds of a step.
    pub step: u32,
    /// Ascending, one for each step, also where nothing happened.
    pub points: Vec<PointBody>,
}

/// What happened within a step.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PointBody {
    /// When the step begins.
    pub at: Instant,
    pub joined: u32,
    pub admitted: u32,
    pub left: u32,
    pub abandoned: u32,
    /// Seats that were held.
    pub holds: u32,
    /// Seats of which the hold lapsed.
    pub lapses: u32,
    pub sold_seats: u32,
    /// What was paid for them.
    #[schema(value_type = Amount)]
    pub revenue: u64,
    pub refunded_seats: u32,
    #[schema(value_type = Amount)]
    pub refunded: u64,
    /// Requests about the concert that were refused; they are counted up to two minutes later.
    pub refusals: u32,
}

impl PointBody {
    fn of(at: Minute, row: &SeriesRow) -> Self {
        Self {
            at: Instant(at.begins()),
            joined: row.joined,
            admitted: row.admitted,
            left: row.left,
            abandoned: row.abandoned,
            holds: row.holds,
            lapses: row.lapses,
            sold_seats: row.sold_seats,
            revenue: row.revenue,
            refunded_seats: row.refunded_seats,
            refunded: row.refunded,
            refusals: row.refusals,
        }
    }
}

/// The points of `count` steps of so many minutes each, from `from` on; `rows` ascend.
pub(super) fn points(from: Minute, minutes: u32, count: u32, rows: &[(Minute, SeriesRow)]) -> Vec<PointBody> {
    let mut rows = rows.iter().peekable();
    let point = |number: u32| {
        let (begin, end) = (Minute(from.0 + number * minutes), Minute(from.0 + (number + 1) * minutes));
        let mut sum = SeriesRow::default();
        while let Some((_, row)) = rows.next_if(|(minute, _)| *minute < end) {
            sum.add(row);
        }
        PointBody::of(begin, &sum)
    };
    (0..count).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::points;
    use crate::domain::{Minute, SeriesRow};

    #[test]
    fn minutes_add_up_to_steps_and_none_is_left_out() {
        let row = |minute, holds| (Minute(minute), SeriesRow { holds, ..SeriesRow::default() });
        let told = points(Minute(10), 5, 3, &[row(10, 1), row(14, 2), row(21, 4), row(24, 8)]);
        let holds: Vec<u32> = told.iter().map(|point| point.holds).collect();
        assert_eq!(holds, [3, 0, 12]);
        assert_eq!(told[2].at.0, Minute(20).begins());
    }
}
