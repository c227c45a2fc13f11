//! When virtual users begin what they do, and how the arrival rate changes during a run.

mod iterations;
mod ramp;
mod release;
mod schedule;

pub use iterations::Iterations;
pub use ramp::{Phase, PhaseLengths, Ramp};
pub use release::release_when_due;
pub use schedule::ArrivalSchedule;
