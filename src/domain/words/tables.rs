//! The one list of tables: the key and the row of each, from which everything follows that is done to all of them.
//!
//! A line here gives the table in the database, the rows in memory over it, the change that a command makes and the
//! reader ([`super::Rows::get`]).

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::concert::CallingOff;
use super::digest;
use super::email_key::EmailKey;
use super::idempotency_key::IdempotencyKey;
use super::idempotency_record::IdempotencyRecord;
use super::ids::{ConcertId, ConcertNo, PaymentId, SeatKey, Sequence, TicketId, UserId};
use super::members::MembersRow;
use super::operators::{KeyId, OperatorKeyRow};
use super::payments::{Payment, TicketRow};
use super::row_key::RowKey;
use super::rows::{self, Archive, Buyer, ConcertRow, EndedPlace, LedgerEntry, PlaceRow, Reservation, SeatRow};
use super::series::SeriesRow;
use super::slots::{ClusterRow, NodeId, OriginRow, Slot, SlotRow};
use super::till::{TillKey, TillRow};
use super::time::{CalendarDate, ClockRow, Minute, Timestamp};
use super::{event, settings};

/// A table: rows of one type by keys of one type.
pub trait Table: Sized + 'static {
    type Key: RowKey;
    type Row: Clone + Debug + Eq + Serialize + DeserializeOwned + Send + Sync;

    /// The name in the database and in reports.
    const NAME: &'static str;

    /// Whether its rows are kept in the order of their keys in memory, too, so that they are read in ranges.
    const IS_RANGED: bool;

    /// The change that writes a row, or removes it.
    fn change(key: Self::Key, row: Option<Self::Row>) -> Change;

    /// What a change writes into this table; `None` when it is about another.
    fn of_change(change: &Change) -> Option<(&Self::Key, Option<&Self::Row>)>;

    /// The table among all.
    fn of<M: Medium>(tables: &Tables<M>) -> &M::Table<Self>;

    fn of_mut<M: Medium>(tables: &mut Tables<M>) -> &mut M::Table<Self>;
}

/// A table that is read in ranges of its keys.
pub trait Ranged: Table {}

/// Where tables lie: in memory, over the database, in it.
pub trait Medium {
    /// What stands for a table there.
    type Table<T: Table>;
}

/// Something done for one table after the other.
pub trait Visit {
    type Error;

    /// # Errors
    /// Those of what is done.
    fn visit<T: Table>(&mut self) -> Result<(), Self::Error>;
}

/// What makes a table at a time.
pub trait Build<M: Medium> {
    type Error;

    /// # Errors
    /// Those of what is made.
    fn build<T: Table>(&mut self) -> Result<M::Table<T>, Self::Error>;
}

/// What takes a row at a time.
pub trait Put {
    /// Writes a row, or removes it.
    fn put<T: Table>(&mut self, key: T::Key, row: Option<T::Row>);
}

macro_rules! tables {
    (
        state { $($(#[$state_doc:meta])* $state:ident, $state_field:ident: $state_key:ty => $state_row:ty;)* }
        restored {
            $($(#[$restored_doc:meta])* $restored:ident, $restored_field:ident: $restored_key:ty => $restored_row:ty;)*
        }
        records { $($(#[$doc:meta])* $record:ident, $field:ident: $key:ty => $row:ty;)* }
        ranged { $($(#[$ranged_doc:meta])* $ranged:ident, $ranged_field:ident: $ranged_key:ty => $ranged_row:ty;)* }
    ) => {
        /// All tables of one medium.
        pub struct Tables<M: Medium> {
            $($(#[$state_doc])* pub $state_field: M::Table<$state>,)*
            $($(#[$restored_doc])* pub $restored_field: M::Table<$restored>,)*
            $($(#[$doc])* pub $field: M::Table<$record>,)*
            $($(#[$ranged_doc])* pub $ranged_field: M::Table<$ranged>,)*
        }

        impl<M: Medium> Tables<M> {
            /// Makes every table, in the order of the list.
            ///
            /// # Errors
            /// Those of the builder.
            pub fn build<B: Build<M>>(builder: &mut B) -> Result<Self, B::Error> {
                Ok(Self {
                    $($state_field: builder.build::<$state>()?,)*
                    $($restored_field: builder.build::<$restored>()?,)*
                    $($field: builder.build::<$record>()?,)*
                    $($ranged_field: builder.build::<$ranged>()?,)*
                })
            }
        }

        /// Visits every table, in the order of the list.
        ///
        /// # Errors
        /// Those of the visitor.
        pub fn visit_all<V: Visit>(visitor: &mut V) -> Result<(), V::Error> {
            $(visitor.visit::<$state>()?;)*
            $(visitor.visit::<$restored>()?;)*
            $(visitor.visit::<$record>()?;)*
            $(visitor.visit::<$ranged>()?;)*
            Ok(())
        }

        /// Visits the tables that a state is restored from, in the order in which that must happen.
        ///
        /// # Errors
        /// Those of the visitor.
        pub fn visit_state<V: Visit>(visitor: &mut V) -> Result<(), V::Error> {
            $(visitor.visit::<$state>()?;)*
            $(visitor.visit::<$restored>()?;)*
            Ok(())
        }

        /// A row that a state is restored from, and that what is kept beside the state may follow.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum StateChange {
            $($(#[$state_doc])* $state($state_key, Option<$state_row>),)*
        }

        /// A row that a state is restored from, and that nothing else follows.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum RestoredChange {
            $($(#[$restored_doc])* $restored($restored_key, Option<$restored_row>),)*
        }

        /// A row that is only looked up.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum RecordChange {
            $($(#[$doc])* $record($key, Option<$row>),)*
            $($(#[$ranged_doc])* $ranged($ranged_key, Option<$ranged_row>),)*
        }

        impl Change {
            /// Hands the row on, with its table.
            pub fn put_into(self, rows: &mut impl Put) {
                match self {
                    $(Self::State(StateChange::$state(key, row)) => rows.put::<$state>(key, row),)*
                    $(Self::Restored(RestoredChange::$restored(key, row)) => rows.put::<$restored>(key, row),)*
                    $(Self::Record(RecordChange::$record(key, row)) => rows.put::<$record>(key, row),)*
                    $(Self::Record(RecordChange::$ranged(key, row)) => rows.put::<$ranged>(key, row),)*
                }
            }
        }

        $(tables!(table State StateChange false $(#[$state_doc])* $state, $state_field: $state_key => $state_row);)*
        $(tables!(
            table Restored RestoredChange false
            $(#[$restored_doc])* $restored, $restored_field: $restored_key => $restored_row
        );)*
        $(tables!(table Record RecordChange false $(#[$doc])* $record, $field: $key => $row);)*
        $(tables!(
            table Record RecordChange true $(#[$ranged_doc])* $ranged, $ranged_field: $ranged_key => $ranged_row
        );)*
        $(impl Ranged for $ranged {})*
    };
    (table $group:ident $change:ident $is_ranged:literal $(#[$doc:meta])* $name:ident, $field:ident: $key:ty => $row:ty) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl Table for $name {
            type Key = $key;
            type Row = $row;

            const NAME: &'static str = stringify!($field);
            const IS_RANGED: bool = $is_ranged;

            fn change(key: $key, row: Option<$row>) -> Change {
                Change::$group($change::$name(key, row))
            }

            fn of_change(change: &Change) -> Option<(&$key, Option<&$row>)> {
                if let Change::$group($change::$name(key, row)) = change { Some((key, row.as_ref())) } else { None }
            }

            fn of<M: Medium>(tables: &Tables<M>) -> &M::Table<Self> {
                &tables.$field
            }

            fn of_mut<M: Medium>(tables: &mut Tables<M>) -> &mut M::Table<Self> {
                &mut tables.$field
            }
        }
    };
}

/// One row that a command writes; `None` removes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    State(StateChange),
    Restored(RestoredChange),
    Record(RecordChange),
}

/// Every command moves several changes: a row that is larger than the others is boxed in the list.
const _: () = assert!(size_of::<Change>() <= 160, "a change is small");

impl From<StateChange> for Change {
    fn from(change: StateChange) -> Self {
        Self::State(change)
    }
}

impl From<RestoredChange> for Change {
    fn from(change: RestoredChange) -> Self {
        Self::Restored(change)
    }
}

tables! {
    // A state is restored from the rows of `state` and then of `restored`, in the order of the list.
    state {
        /// The settings that decide what commands do.
        Settings, settings: () => settings::Settings;
        /// How the log's time lies to the clocks of the machine.
        Clock, clock: () => ClockRow;
        Concerts, concerts: ConcertNo => Box<ConcertRow>;
        /// Live queue places.
        Places, places: (ConcertNo, Sequence) => PlaceRow;
        /// What archived sales sold.
        Archives, archives: ConcertNo => Archive;
        /// Seats that are held or sold.
        Seats, seats: (ConcertNo, SeatKey) => SeatRow;
        /// Seats that are kept back, which are neither held nor sold.
        Blocked, blocked: (ConcertNo, SeatKey) => rows::Blocked;
        /// The keys of operators, but the owner's.
        OperatorKeys, operator_keys: KeyId => Box<OperatorKeyRow>;
    }
    restored {
        /// What is counted over everything.
        Totals, totals: () => rows::Totals;
        /// A fold over what became of every command.
        Digest, digest: () => digest::Digest;
        Counters, counters: ConcertNo => rows::Counters;
        /// The latest time that a command carried at each concert.
        Times, times: ConcertNo => Timestamp;
        /// Admissions within the sliding window: how many places were admitted at an instant.
        Admissions, admissions: (ConcertNo, Timestamp) => u32;
        /// Dates that are called off, and how their money goes back.
        CallingsOff, callings_off: (ConcertNo, CalendarDate) => CallingOff;
        /// The instances that order the log together.
        Members, members: () => MembersRow;
        /// What the instances that lead together share.
        Cluster, cluster: () => ClusterRow;
        /// Who leads the concerts of each slot.
        Slots, slots: Slot => SlotRow;
        /// How far each instance has come with what it adds to entries.
        Origins, origins: NodeId => OriginRow;
    }
    records {
        /// The ids of concerts that were deleted, which events still name by their numbers.
        DeletedConcerts, deleted_concerts: ConcertNo => ConcertId;
        Users, users: UserId => rows::User;
        Wallets, wallets: UserId => rows::Wallet;
        /// Ledger entries by number.
        Ledger, ledger: u64 => LedgerEntry;
        /// Queue places that are over.
        EndedPlaces, ended_places: (ConcertNo, Sequence) => EndedPlace;
        Reservations, reservations: (ConcertNo, u64) => Reservation;
        Buyers, buyers: (ConcertNo, UserId) => Buyer;
        Tickets, tickets: TicketId => Box<TicketRow>;
        /// What operators took and gave, by concert and minute.
        Till, till: (ConcertNo, TillKey) => TillRow;
        /// Kept answers by idempotency key.
        IdempotencyRecords, idempotency_records: IdempotencyKey => Box<IdempotencyRecord>;
        /// Idempotency keys in the order in which they were written, so that old ones are found without a search.
        IdempotencyOrder, idempotency_order: u64 => IdempotencyKey;
        Events, events: u64 => Box<event::Event>;
    }
    ranged {
        /// The tickets of each date by their last change, one row a ticket.
        DateTickets, date_tickets: (ConcertNo, (CalendarDate, u64)) => TicketId;
        /// Tickets that others handed over, by who has them.
        ReceivedTickets, received_tickets: (UserId, TicketId) => ();
        /// Whose a name is, by its canonical form.
        Usernames, usernames: String => UserId;
        /// Users in the order in which they came.
        UserNumbers, user_numbers: u64 => UserId;
        /// Who has an e-mail address.
        Emails, emails: EmailKey => ();
        /// What happened at a concert from minute to minute.
        Series, series: (ConcertNo, Minute) => SeriesRow;
        /// The payments of a concert.
        ConcertPayments, concert_payments: (ConcertNo, PaymentId) => ();
        /// The payments with a seat of a date.
        DatePayments, date_payments: (ConcertNo, (CalendarDate, PaymentId)) => ();
        Payments, payments: PaymentId => Box<Payment>;
        /// Events that are acts of operators, by their numbers, and with whose key each was done.
        Acts, acts: u64 => KeyId;
    }
}
