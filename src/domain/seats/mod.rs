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

pub use self::adjacent::best_run;
pub use self::displaced::{displaced, in_use_anywhere};
pub use self::holds::Holds;
pub use self::sale_seats::{SaleSeats, SeatTables};
pub use self::seat_table::{DateStats, Owner, SeatTable};
pub use self::spots::Spots;
