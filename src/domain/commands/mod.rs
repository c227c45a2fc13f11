//! Everything that can be asked of the box office, as data that goes into the log: a file a command, with what refuses
//! it and what it does.

mod abandon;
mod accept_ticket;
mod assign;
mod block_seats;
mod call_off;
mod cancel;
mod charge;
mod check_in;
mod configure;
mod count_refusals;
mod create_concert;
mod create_key;
mod create_user;
mod delete_concert;
mod delete_user;
mod end_unclaimed;
mod enrol;
mod execute;
mod form;
mod giving_back;
mod join;
mod leave;
mod note_key_use;
mod offer_ticket;
mod pay;
mod place_access;
mod refund;
mod refunding;
mod remove_key;
mod reserve;
mod return_ticket;
mod revise_concert;
mod sell;
mod set_clock;
mod set_queue_policy;
mod set_user_standing;
mod settle;
mod sweep;
mod tell_member;
mod tick;
mod unblock_seats;
mod unconditional;
mod user_access;
mod withdraw;
mod written_sale;

use serde::{Deserialize, Serialize};

pub use self::charge::Charger;
pub use self::check_in::{GATE_CLOCK_SKEW_SECONDS, Scan};
use self::execute::{Execute, execute};
pub use self::execute::{HasReply, Moment, View};
pub use self::refund::{RefundPart, RefundTo};
pub use self::reserve::Selection;
pub use self::return_ticket::SLIP_SECONDS;
pub use self::sell::Counterpart;
pub use self::sweep::sweep_due;
use crate::domain::effects::Effects;
use crate::domain::sale::Pace;
use crate::domain::state::State;
use crate::domain::words::{self, ApplyError, ConcertId, Reply, RowFault, Rows};

/// A command that is answered when it goes through.
pub trait Answers: Into<Command> + HasReply {}

impl<C: Into<Command> + HasReply> Answers for C {}

macro_rules! commands {
    ($($file:ident::$name:ident -> $reply:ident,)*) => {
        $(pub use self::$file::$name;)*

        /// A command, in the log's word.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Command {
            $($name($name),)*
        }

        $(impl HasReply for $name {
            type Reply = words::$reply;
        }

        impl From<$name> for Command {
            fn from(command: $name) -> Self {
                Self::$name(command)
            }
        })*

        impl Command {
            /// The names of all commands.
            pub const NAMES: &[&str] = &[$(stringify!($name)),*];

            /// The name of the command, without what it carries.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => stringify!($name),)*
                }
            }

            /// Whether it may do a whole step of endings and admissions, so that an entry holds one such command at most.
            pub fn is_large(&self) -> bool {
                match self {
                    $(Self::$name(command) => command.pace() == Pace::Whole,)*
                }
            }

            /// Whether what `view` shows would refuse it. Nothing changes.
            ///
            /// # Errors
            /// The rejection, or the fault of a row that could not be read.
            pub fn judge(&self, view: &impl View) -> Result<(), ApplyError> {
                match self {
                    $(Self::$name(command) => command.judge(view).map(drop),)*
                }
            }

            /// The concert that it is about, be it there or not; `None` where it is about none, or about more than one.
            ///
            /// # Errors
            /// A row could not be read.
            pub fn concert(&self, state: &State, rows: &impl Rows) -> Result<Option<ConcertId>, RowFault> {
                match self {
                    $(Self::$name(command) => command.concert(state, rows),)*
                }
            }

            pub(super) fn execute(
                &self,
                state: &mut State,
                rows: &impl Rows,
                effects: &mut Effects<'_>,
            ) -> Result<Reply, ApplyError> {
                match self {
                    $(Self::$name(command) => execute(command, state, rows, effects).map(Reply::from),)*
                }
            }
        }
    };
}

commands! {
    configure::Configure -> Done,
    set_clock::SetClock -> Done,
    create_user::CreateUser -> UserWritten,
    set_user_standing::SetUserStanding -> UserWritten,
    delete_user::DeleteUser -> UserWritten,
    charge::Charge -> Charged,
    create_concert::CreateConcert -> ConcertWritten,
    revise_concert::ReviseConcert -> ConcertWritten,
    set_queue_policy::SetQueuePolicy -> ConcertWritten,
    join::Join -> Joined,
    leave::Leave -> Left,
    abandon::Abandon -> Done,
    end_unclaimed::EndUnclaimed -> Done,
    reserve::Reserve -> Reserved,
    cancel::Cancel -> Canceled,
    pay::Pay -> Paid,
    refund::Refund -> Refunded,
    tick::Tick -> Done,
    settle::Settle -> Done,
    sweep::Sweep -> Swept,
    block_seats::BlockSeats -> BlockChanged,
    unblock_seats::UnblockSeats -> BlockChanged,
    sell::Sell -> Sold,
    call_off::CallOff -> ConcertWritten,
    withdraw::Withdraw -> Withdrawn,
    count_refusals::CountRefusals -> Done,
    check_in::CheckIn -> CheckedIn,
    return_ticket::ReturnTicket -> TicketReturned,
    offer_ticket::OfferTicket -> TicketOffered,
    offer_ticket::WithdrawOffer -> Done,
    accept_ticket::AcceptTicket -> TicketAccepted,
    delete_concert::DeleteConcert -> Done,
    form::Form -> Done,
    assign::Assign -> Done,
    enrol::Enrol -> Done,
    create_key::CreateKey -> KeyWritten,
    remove_key::RemoveKey -> KeyWritten,
    note_key_use::NoteKeyUse -> Done,
    tell_member::TellMember -> Done,
}
