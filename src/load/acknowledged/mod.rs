//! What the server has acknowledged during a run: the side of the generator when both are compared afterwards.

mod effects;
mod places;

pub use effects::{AcknowledgedEffects, AcknowledgedSeat};
pub use places::{AcknowledgedPlace, AcknowledgedPlaces};
