//! One copy of the box office: its state, its rows, and what follows from their changes. Entries of the log are applied
//! here and nowhere else, at a start as while it runs, so that equal logs give equal copies.

mod copy;
mod leases;
mod look;
mod projections;
mod recovery;
mod seat_maps;
mod seat_states;

pub use copy::{Applied, Fate, Observer, Replica};
pub use leases::{Claim, Leases};
pub use projections::Projections;
pub use recovery::{Recovered, open, open_with, recover, replay};
pub use seat_maps::{Coding, DateKey, Part, SeatMap, SeatMaps, SharedArray, coded};
pub use seat_states::{SeatState, SeatStates, StatesNow, StatesOfDates, layout_tag};
