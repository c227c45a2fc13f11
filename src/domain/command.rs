//! Everything that can be asked of the box office, as data that goes into the log.

use serde::{Deserialize, Serialize};

use super::{
    Anchor, CalendarDate, ConcertId, ConcertNo, Definition, PaymentId, QueuePolicy, Sequence, Settings, TicketId,
    Timestamp, UserId, UserStanding, Username,
};

/// A command with the leader's time and, when the caller sent an idempotency key, the promise to do it once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamped {
    pub now: Timestamp,
    pub once: Option<Once>,
    pub command: Command,
}

/// Do this once: the key of the caller and a fingerprint of method, path, body and the concert of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Once {
    pub key: OnceKey,
    pub fingerprint: u128,
}

/// An idempotency key within the scope of who acts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OnceKey {
    pub actor: Actor,
    pub key: String,
}

/// Who acts, as far as idempotency keys are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Actor {
    Operator,
    User(UserId),
    /// Somebody who signs up and has no id yet: such keys are told apart by nothing but themselves.
    Newcomer,
}

/// The queue place that a token proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bearer {
    pub concert: ConcertNo,
    pub sequence: Sequence,
    pub user: UserId,
}

/// Who charges a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Charger {
    /// Anyone, on the user's behalf: a blocked user is refused.
    Public,
    /// The operator, who may charge a blocked user's wallet, too.
    Operator,
}

/// Which seats are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Selection {
    /// These seats, ascending, without repeats, at least one.
    Seats(Vec<u32>),
    /// So many adjacent seats, in the named section or anywhere.
    Best { count: u32, section: Option<String> },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// The server's settings from now on; what is due ends under those of before, and nobody is admitted under them.
    Configure(Settings),
    CreateUser {
        user: UserId,
        username: Username,
        email: Option<String>,
    },
    /// Block a user, which ends their places, or let them in again.
    SetUserStanding {
        user: UserId,
        standing: UserStanding,
    },
    /// Soft: the row stays, the wallet must be empty.
    DeleteUser {
        user: UserId,
    },
    /// Put `amount` from outside into a wallet.
    Charge {
        user: UserId,
        amount: i64,
        charger: Charger,
    },
    CreateConcert {
        id: ConcertId,
        definition: Box<Definition>,
    },
    /// Replace the definition of revision `revision`; a newer one refuses with [`super::Rejection::Revised`].
    ReviseConcert {
        concert: ConcertNo,
        revision: u32,
        definition: Box<Definition>,
    },
    /// Replace the queue policy; where a revision is named, a newer one refuses with [`super::Rejection::Revised`].
    SetQueuePolicy {
        concert: ConcertNo,
        revision: Option<u32>,
        policy: QueuePolicy,
    },
    /// Take a place in the queue, or be told the one that the user has.
    Join {
        concert: ConcertNo,
        user: UserId,
    },
    Leave {
        bearer: Bearer,
    },
    /// WAITING places that were not seen for the concert's `abandon_seconds`.
    Abandon {
        concert: ConcertNo,
        sequences: Vec<Sequence>,
    },
    Reserve {
        bearer: Bearer,
        date: CalendarDate,
        selection: Selection,
    },
    Cancel {
        bearer: Bearer,
        date: CalendarDate,
        seats: Vec<u32>,
    },
    /// Pay held seats; one ticket id a seat travels with it.
    Pay {
        bearer: Bearer,
        date: CalendarDate,
        seats: Vec<u32>,
        payment: PaymentId,
        tickets: Vec<TicketId>,
    },
    Refund {
        payment: PaymentId,
        reason: String,
    },
    /// Something of this concert is due: a hold, a place, an opening, a closing, an admission. At most `steps` endings
    /// and admissions are done; the rest stays due.
    Tick {
        concert: ConcertNo,
        steps: u32,
    },
    /// Drop idempotency records and events that are past keeping, a bounded number at a time.
    Sweep,
    /// Admitted places that were not seen for `claim_seconds` since their admission.
    EndUnclaimed {
        concert: ConcertNo,
        sequences: Vec<Sequence>,
    },
    /// As [`Command::Tick`], and admits nobody: what ended while a server was down ends before its settings are taken.
    Settle {
        concert: ConcertNo,
        steps: u32,
    },
    /// How the log's time lies to the clocks of the machine from now on; another offset means that the wall clock was
    /// set right.
    SetClock(Anchor),
}
