//! The seats of a sale: which are held, sold and free, whose they are, and where the best of them lie.

mod adjacent;
mod displaced;
mod free_runs;
mod held_seats;
mod holds;
mod owned_seats;
mod sale_seats;
mod seat_bits;
mod seat_table;
mod spots;

pub(crate) use self::adjacent::{Wanted, best_run};
pub(crate) use self::displaced::{displaced, in_use_anywhere};
pub(crate) use self::free_runs::Kind;
pub(super) use self::holds::Holds;
pub(crate) use self::sale_seats::SaleSeats;
pub use self::sale_seats::SeatTables;
pub use self::seat_table::{DateStats, Owner, SeatTable, SeatWord};
pub use self::spots::{SeatWords, Spot};
