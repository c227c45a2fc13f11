//! The box office as a pure function: `apply(state, rows, now, command)` gives a reply or a rejection,
//! the rows that change and the events that tell of it.
//!
//! Nothing here knows a clock, a lock, a socket, a disk, a time zone or randomness: time and fresh ids
//! travel in the command, so that equal logs give equal states on every machine and in every run.
//!
//! Its rooms name each other one way: `commands` change the state, which is made of sales; a `sale` has a queue and
//! seats; `queue` and `seats` lie on `collections`; and all of them name `words`.

mod apply;
mod collections;
pub mod commands;
mod effects;
mod invariants;
mod kept_answers;
mod ledger;
mod memory_rows;
mod operators;
mod ownership;
mod parts;
mod pending;
mod queries;
mod queue;
mod sale;
mod seats;
mod series;
mod state;
mod till;
mod words;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod scenarios;

pub use self::apply::{Origin, Outcome, Stamped, apply};
pub use self::commands::{Charger, Command, Counterpart, Moment, RefundPart, RefundTo, Selection, View, sweep_due};
pub use self::invariants::violations;
pub use self::kept_answers::kept_answer;
pub use self::memory_rows::{InMemory, MemoryRows};
pub use self::operators::{KEYS_MAX, Operators};
pub use self::parts::{Fence, OutOfTurn, PartOrigin};
pub use self::queries::BestPlace;
pub(crate) use self::queue::Waiting;
pub use self::queue::{Queue, WaitingLine, poll_after_seconds};
pub use self::sale::{STEP_MAX, Sale, Stats};
pub use self::seats::{DateStats, Owner, SeatTable, SeatTables, SeatWord, SeatWords, Spot};
pub use self::state::State;
pub use self::words::{
    Account, ActingOperator, Admission, Admittance, Anchor, ApplyError, Archive, ArchivedDate, BALANCE_MAX, Block,
    BlockChanged, BlockRows, Blocked, Blocks, Buyer, CalendarDate, CalledOff, CallingOff, Canceled, Change, Charged,
    CheckedIn, ClockRow, ClusterRow, ConcertId, ConcertNo, ConcertRow, ConcertWritten, Counters, Currency, Definition,
    Digest, Done, EarlyEnds, EmailKey, EndReason, EndedPlace, EntryKind, Epoch, Event, EventData, FIRST_VERSION,
    Idempotency, IdempotencyKey, IdempotencyRecord, IssuedPlace, Joined, KEY_HASH_BYTES, KEY_NAME_LENGTH_MAX,
    KeyChange, KeyId, KeyScope, KeyUse, KeyWritten, Layout, LedgerEntry, Left, Limit, LineOrder, LivePlace, Means,
    MemberChange, Members, MembersRow, Minute, NamedRow, NodeId, Numbering, Offer, OperatorKeyRow, Order, OriginRow,
    Paid, Payment, PaymentId, PaymentStatus, Performance, PlaceRef, PlaceRow, PlaceView, PlanPlace, Policy,
    QueuePolicy, RecordChange, Refunded, Rejection, ReleaseReason, Reply, Reservation, ReservationStatus, Reserved,
    Reserving, RestoredChange, Role, Row, RowFault, RowKey, Rows, SEATS_PER_DATE_MAX, SaleStatus, SaleView, SeatKey,
    SeatRow, SeatsRefunded, Section, SectionRows, Sequence, SeriesRow, Settings, Slot, SlotRow, Sold, SoldSeat,
    Standing, StateChange, Stock, StockDisplay, Swept, Table, Ticket, TicketAccepted, TicketId, TicketOffered,
    TicketReturned, TicketRow, TicketStatus, TillKey, TillRow, TillSum, Timestamp, Totals, Transfers, Translation,
    User, UserChange, UserId, UserStanding, UserWritten, Username, WallOffset, WallTime, Wallet, WholeTables,
    Withdrawn, tables,
};
