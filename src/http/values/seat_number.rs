//! The number of a seat, in requests as it was sent. Whether there is such a seat is judged by the command.

use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::kind::{IntegerKind, Kind, kind, within};
use crate::domain::SEATS_PER_DATE_MAX;

/// The number of a seat as it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SeatNumber(pub i128);

impl Kind for SeatNumber {
    const TYPE: Type = Type::Integer;

    fn expected() -> String {
        "an integer".to_owned()
    }

    fn describe(schema: ObjectBuilder) -> ObjectBuilder {
        within(schema.description(Some("The number of a seat of the date.")), 1..=SEATS_PER_DATE_MAX.into())
    }
}

impl IntegerKind for SeatNumber {
    fn read(number: i128) -> Option<Self> {
        Some(Self(number))
    }
}

kind!(SeatNumber by IntegerVisitor);

impl SeatNumber {
    /// As the core knows seats: a number that no seat of any date has is the nearest such number.
    pub(crate) fn nearest(self) -> u32 {
        u32::try_from(self.0).unwrap_or(if self.0 < 0 { 0 } else { u32::MAX })
    }
}
