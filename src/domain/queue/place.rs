//! The live places of a queue, waiting and admitted, and when an admitted one ends.

use crate::domain::seats::Holds;
use crate::domain::words::{LineOrder, PlaceRow, Sequence, Timestamp, UserId};

/// A place that is not admitted yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub sequence: Sequence,
    pub user: UserId,
    pub issued_at: Timestamp,
}

/// An admitted place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Active {
    pub user: UserId,
    pub issued_at: Timestamp,
    /// Where it stood in line.
    pub order: LineOrder,
    pub activated_at: Timestamp,
    /// Until when it may reserve, and when it ends unless holds carry it on.
    pub active_until: Timestamp,
    pub holds: Holds,
}

/// What the lapse of a place's last hold means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lapse {
    /// The place ends with it.
    #[default]
    Ends,
    /// The place goes on for its active time.
    GoesOn,
}

impl Active {
    /// When it ends as it stands.
    pub(super) fn end(&self, lapse: Lapse) -> Timestamp {
        match (self.holds.last(), lapse) {
            (None, Lapse::Ends | Lapse::GoesOn) => self.active_until,
            (Some(last), Lapse::Ends) => last,
            (Some(last), Lapse::GoesOn) => last.max(self.active_until),
        }
    }

    pub fn row(&self) -> PlaceRow {
        let Self { user, issued_at, order, activated_at, active_until, .. } = *self;
        PlaceRow { user, issued_at, order, active: Some((activated_at, active_until)) }
    }
}

impl Waiting {
    pub fn row(&self, order: LineOrder) -> PlaceRow {
        PlaceRow { user: self.user, issued_at: self.issued_at, order, active: None }
    }
}
