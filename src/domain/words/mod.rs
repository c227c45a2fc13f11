//! The words that everything else names: ids, times, money, what a concert says, rows and their tables, events,
//! refusals and answers. They decide nothing.

mod block;
mod concert;
mod digest;
mod early_ends;
mod email_key;
mod event;
mod idempotency_key;
mod idempotency_record;
mod ids;
mod layout;
mod members;
mod money;
mod operators;
mod payments;
mod rejection;
mod reply;
mod row_key;
mod row_reader;
mod rows;
mod section;
mod series;
mod settings;
mod slots;
mod standing;
pub mod tables;
mod ticket;
mod till;
mod time;
mod username;

pub use self::block::{Block, BlockRows, Blocks, Row};
pub use self::concert::{
    Admission, CalledOff, CallingOff, Definition, Limit, Order, Performance, Policy, QueuePolicy, SaleStatus,
    StockDisplay, Transfers, Translation,
};
pub use self::digest::Digest;
pub use self::early_ends::EarlyEnds;
pub use self::email_key::EmailKey;
pub use self::event::{Event, EventData, KeyChange, ReleaseReason, SeatsRefunded, UserChange};
pub use self::idempotency_key::{Idempotency, IdempotencyKey, KeyScope};
pub use self::idempotency_record::IdempotencyRecord;
pub use self::ids::{ConcertId, ConcertNo, LineOrder, PaymentId, PlaceRef, SeatKey, Sequence, TicketId, UserId};
pub use self::layout::Layout;
pub use self::members::{Members, MembersRow};
pub use self::money::{Account, BALANCE_MAX, Currency, EntryKind, Means};
pub use self::operators::{
    ActingOperator, KEY_HASH_BYTES, KEY_NAME_LENGTH_MAX, KeyId, KeyUse, MemberChange, OperatorKeyRow, Role,
};
pub use self::payments::{Admittance, Offer, Payment, PaymentStatus, SoldSeat, TicketRow, TicketStatus};
pub use self::rejection::{ApplyError, Rejection};
pub use self::reply::{
    BlockChanged, Canceled, Charged, CheckedIn, ConcertWritten, Done, IssuedPlace, Joined, KeyWritten, Left, Paid,
    Refunded, Reply, Reserved, Sold, Swept, TicketAccepted, TicketOffered, TicketReturned, UserWritten, Withdrawn,
};
pub use self::row_key::RowKey;
pub use self::row_reader::{Rows, WholeTables};
pub use self::rows::{
    Archive, ArchivedDate, Blocked, Buyer, ConcertRow, Counters, EndReason, EndedPlace, LedgerEntry, PlaceRow,
    Reservation, ReservationStatus, RowFault, SeatRow, Totals, User, UserStanding, Wallet,
};
pub use self::section::{NamedRow, Numbering, PlanPlace, SEATS_PER_DATE_MAX, Section, SectionRows};
pub(in crate::domain) use self::series::CountedMinute;
pub use self::series::SeriesRow;
pub use self::settings::Settings;
pub use self::slots::{ClusterRow, Epoch, NodeId, OriginRow, Slot, SlotRow};
pub use self::standing::{LivePlace, PlaceView, Reserving, SaleView, Standing, Stock};
pub(crate) use self::tables::{Build, Medium, Put, Tables, Visit, visit_all, visit_state};
pub use self::tables::{Change, RecordChange, RestoredChange, StateChange, Table};
pub use self::ticket::{FIRST_VERSION, Ticket};
pub use self::till::{TillKey, TillRow, TillSum};
pub use self::time::{Anchor, CalendarDate, ClockRow, Minute, Timestamp, WallOffset, WallTime};
pub use self::username::Username;
