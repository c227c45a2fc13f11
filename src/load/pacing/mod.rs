//! When virtual users begin what they do, and how the arrival rate changes during a run.

mod iterations;
mod ramp;
mod release;
mod schedule;

pub(crate) use iterations::Iterations;
pub(crate) use ramp::{Phase, PhaseLengths, Ramp};
pub(crate) use release::release_when_due;
pub(crate) use schedule::ArrivalSchedule;
