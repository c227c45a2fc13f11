//! A seat as one object: free, held for a user, or sold to one, and what is said of that. No hold lapses here. A user has
//! one place in the queue at a time, so what the place holds is what the user holds.

use uuid::Uuid;

use super::linearizability::Model;

/// A seat, which is free at first.
pub(crate) enum Seat {}

/// How a seat stands. Users are numbers of the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SeatState {
    Unknown,
    Free,
    Held {
        user: usize,
    },
    Sold {
        user: usize,
        /// Absent until it was told.
        payment: Option<Uuid>,
    },
}

/// What happened to a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SeatAction {
    Reserve {
        user: usize,
    },
    /// The user's hold is over, by a cancellation or by a payment of another seat.
    Release {
        user: usize,
    },
    Pay {
        user: usize,
        /// Absent when nobody was told.
        payment: Option<Uuid>,
    },
    Refund {
        user: usize,
        payment: Uuid,
    },
    /// A request was refused, or told something, as the seat stands like this.
    Stands(Standing),
}

/// What is said of a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Free,
    Held,
    Sold,
    HeldFor {
        user: usize,
    },
    SoldTo {
        user: usize,
        payment: Uuid,
    },
    /// Somebody else holds it or has bought it.
    TakenFrom {
        user: usize,
    },
    /// The user has bought it.
    OwnedBy {
        user: usize,
    },
    NotHeldFor {
        user: usize,
    },
    NeitherHeldForNorOwnedBy {
        user: usize,
    },
    /// It is not, or not any more, sold by this payment.
    NotSoldBy {
        payment: Uuid,
    },
}

impl Model for Seat {
    type State = SeatState;
    type Action = SeatAction;

    const NEW: SeatState = SeatState::Free;
    const UNKNOWN: SeatState = SeatState::Unknown;

    fn after(now: &SeatState, action: &SeatAction) -> Option<SeatState> {
        use SeatState::{Free, Held, Sold};
        let is_free = *now == Free;
        let is_held_for = |user| *now == Held { user };
        let is_unknown = *now == SeatState::Unknown;
        let (may_be, then) = match *action {
            SeatAction::Reserve { user } => (is_free || is_held_for(user), Held { user }),
            SeatAction::Release { user } => (is_held_for(user), Free),
            SeatAction::Pay { user, payment } => (is_held_for(user), Sold { user, payment }),
            SeatAction::Refund { user, payment } => (now.may_be_sold(user, payment), Free),
            SeatAction::Stands(standing) => return standing.of(*now),
        };
        (may_be || is_unknown).then_some(then)
    }

    fn unanswered(action: &SeatAction) -> Option<SeatAction> {
        match *action {
            SeatAction::Pay { user, .. } => Some(SeatAction::Pay { user, payment: None }),
            SeatAction::Reserve { .. } | SeatAction::Release { .. } | SeatAction::Refund { .. } => Some(*action),
            SeatAction::Stands(_) => None,
        }
    }
}

impl SeatState {
    /// Whether a user may have it by a payment: one that was not told may be any.
    fn may_be_sold(self, user: usize, payment: Uuid) -> bool {
        matches!(self, Self::Sold { user: owner, payment: by } if owner == user && by.is_none_or(|by| by == payment))
    }
}

impl Standing {
    /// The state again where this may be true of it, with what is learnt of it.
    fn of(self, now: SeatState) -> Option<SeatState> {
        use SeatState::{Free, Held, Sold, Unknown};
        let (holder, owner) = match now {
            Unknown => return Some(self.learnt()),
            Free => (None, None),
            Held { user } => (Some(user), None),
            Sold { user, .. } => (None, Some(user)),
        };
        let may_be = match self {
            Self::Free => now == Free,
            Self::Held => holder.is_some(),
            Self::Sold => owner.is_some(),
            Self::HeldFor { user } => holder == Some(user),
            Self::SoldTo { user, payment } => {
                return now.may_be_sold(user, payment).then_some(Sold { user, payment: Some(payment) });
            }
            Self::TakenFrom { user } => holder.or(owner).is_some_and(|by| by != user),
            Self::OwnedBy { user } => owner == Some(user),
            Self::NotHeldFor { user } => holder != Some(user),
            Self::NeitherHeldForNorOwnedBy { user } => holder.or(owner) != Some(user),
            // One whose payment was not told may be by another.
            Self::NotSoldBy { payment } => !matches!(now, Sold { payment: Some(by), .. } if by == payment),
        };
        may_be.then_some(now)
    }

    /// The state of a seat of which nothing but this is known, or still unknown where this leaves several.
    fn learnt(self) -> SeatState {
        match self {
            Self::Free => SeatState::Free,
            Self::HeldFor { user } => SeatState::Held { user },
            Self::SoldTo { user, payment } => SeatState::Sold { user, payment: Some(payment) },
            Self::OwnedBy { user } => SeatState::Sold { user, payment: None },
            Self::Held
            | Self::Sold
            | Self::TakenFrom { .. }
            | Self::NotHeldFor { .. }
            | Self::NeitherHeldForNorOwnedBy { .. }
            | Self::NotSoldBy { .. } => SeatState::Unknown,
        }
    }
}
