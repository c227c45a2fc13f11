//! What the server has acknowledged during a run: the side of the generator when both are compared afterwards.

mod effects;
mod places;

pub(crate) use effects::{AcknowledgedEffects, AcknowledgedSeat};
pub(crate) use places::{AcknowledgedPlace, AcknowledgedPlaces};
