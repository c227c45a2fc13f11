//! The box office as a pure function: `apply(state, rows, now, command)` gives a reply or a rejection,
//! the rows that change and the events that tell of it.
//!
//! Nothing here knows a clock, a lock, a socket, a disk, a time zone or randomness: time and fresh ids
//! travel in the command, so that equal logs give equal states on every machine and in every run.

mod adjacent;
mod admission;
mod apply;
mod archive;
mod command;
pub mod commands;
mod concert;
mod displaced;
mod effects;
mod event;
mod free_runs;
mod held_seats;
mod holds;
mod ids;
mod invariants;
mod ledger;
mod line;
mod live_users;
mod max_tree;
mod memory_rows;
mod money;
mod owned_seats;
mod pending;
mod places;
mod queue;
mod ranks;
mod rejection;
mod reply;
mod row_key;
mod rows;
mod sale;
mod sale_seats;
mod seat_bits;
mod seats;
mod settings;
mod slots;
mod spots;
mod state;
pub mod tables;
mod time;
mod turnover;
mod username;
mod waiting_time;

#[cfg(test)]
mod scenarios;

pub use apply::{Origin, Outcome, apply, kept_answer};
pub use command::{Actor, Bearer, Once, OnceKey, Stamped};
pub use commands::{Charger, Command, Moment, Selection, View, sweep_due};
pub use concert::{
    Block, Definition, Layout, Limit, Order, Performance, Policy, QueuePolicy, SEATS_PER_DATE_MAX, SaleStatus,
    SeatPlace, Section,
};
pub use event::{Event, EventData, ReleaseReason};
pub use ids::{ConcertId, ConcertNo, PaymentId, SeatKey, Sequence, TicketId, UserId};
pub use invariants::violations;
pub use line::Line;
pub use memory_rows::{InMemory, MemoryRows};
pub use money::{Account, BALANCE_MAX, Currency, EntryKind};
pub use places::STEP_MAX;
pub use queue::{Active, Queue, Waiting};
pub use rejection::{ApplyError, Rejection};
pub use reply::{
    Canceled, Charged, ConcertWritten, Done, IssuedPlace, Joined, Left, Paid, Refunded, Reply, Reserved, Swept, Ticket,
    UserWritten,
};
pub use row_key::RowKey;
pub use rows::{
    Answered, Archive, ArchivedDate, ConcertRow, Counters, EndReason, EndedPlace, LedgerEntry, Patron, Payment,
    PaymentStatus, PlaceRow, Reservation, ReservationStatus, RowFault, Rows, SeatRow, SoldSeat, TicketRow,
    TicketStatus, Totals, User, UserStanding, Wallet,
};
pub use sale::{PlaceView, Reserving, Sale, Standing, Stats};
pub use sale_seats::SeatTables;
pub use seats::{DateStats, Owner, SeatTable};
pub use settings::Settings;
pub use slots::{Epoch, Slot};
pub use state::State;
pub use tables::{Change, RecordChange, StateChange, Table};
pub use time::{Anchor, CalendarDate, ClockRow, Timestamp, WallOffset, WallTime};
pub use username::Username;
pub use waiting_time::poll_after_seconds;
