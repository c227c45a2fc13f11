//! What a sale is to do by itself, and when.

use crate::domain::words::{SeatKey, Sequence};

/// What happens by itself at an instant; the order is that of things due at the same instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    HoldLapse(SeatKey),
    /// The active time of a place is over.
    ActiveEnd(Sequence),
    Opening,
    Closing,
    /// Places are still to be ended after a closing.
    CloseOut,
    /// The sliding window has room again, or an admission was cut into steps.
    Admission,
    /// The sale is over, and memory keeps too much of it.
    Archive,
}
