//! Everything that can be asked of the box office, as data that goes into the log: a file a command, with what refuses
//! it and what it does.

mod abandon;
mod cancel;
mod charge;
mod configure;
mod create_concert;
mod create_user;
mod delete_user;
mod end_unclaimed;
mod execute;
mod join;
mod leave;
mod pay;
mod place_access;
mod refund;
mod reserve;
mod revise_concert;
mod set_clock;
mod set_queue_policy;
mod set_user_standing;
mod settle;
mod sweep;
mod tick;
mod user_access;

use serde::{Deserialize, Serialize};

pub use self::abandon::Abandon;
pub use self::cancel::Cancel;
pub use self::charge::{Charge, Charger};
pub use self::configure::Configure;
pub use self::create_concert::CreateConcert;
pub use self::create_user::CreateUser;
pub use self::delete_user::DeleteUser;
pub use self::end_unclaimed::EndUnclaimed;
use self::execute::{Execute, execute};
pub use self::execute::{HasReply, Moment, View};
pub use self::join::Join;
pub use self::leave::Leave;
pub use self::pay::Pay;
pub use self::refund::Refund;
pub use self::reserve::{Reserve, Selection};
pub use self::revise_concert::ReviseConcert;
pub use self::set_clock::SetClock;
pub use self::set_queue_policy::SetQueuePolicy;
pub use self::set_user_standing::SetUserStanding;
pub use self::settle::Settle;
pub use self::sweep::{Sweep, sweep_due};
pub use self::tick::Tick;
use crate::domain::effects::Effects;
use crate::domain::sale::Pace;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, Canceled, Charged, ConcertWritten, Done, Joined, Left, Paid, Refunded, Reply, Reserved, Rows, Swept,
    UserWritten,
};

/// A command that is answered when it goes through.
pub trait Answers: Into<Command> + HasReply {}

impl<C: Into<Command> + HasReply> Answers for C {}

macro_rules! commands {
    ($($name:ident -> $reply:ident,)*) => {
        /// A command, in the log's word.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Command {
            $($name($name),)*
        }

        $(impl HasReply for $name {
            type Reply = $reply;
        }

        impl From<$name> for Command {
            fn from(command: $name) -> Self {
                Self::$name(command)
            }
        })*

        impl Command {
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
    Configure -> Done,
    SetClock -> Done,
    CreateUser -> UserWritten,
    SetUserStanding -> UserWritten,
    DeleteUser -> UserWritten,
    Charge -> Charged,
    CreateConcert -> ConcertWritten,
    ReviseConcert -> ConcertWritten,
    SetQueuePolicy -> ConcertWritten,
    Join -> Joined,
    Leave -> Left,
    Abandon -> Done,
    EndUnclaimed -> Done,
    Reserve -> Reserved,
    Cancel -> Canceled,
    Pay -> Paid,
    Refund -> Refunded,
    Tick -> Done,
    Settle -> Done,
    Sweep -> Swept,
}
