//! What callers ask of the committed state and its rows: a method an answer, which asks the state for all that must agree
//! in one look. None of them waits for the writer, and pages of rows are read where the disk holds nobody up.

mod callings_off;
mod concerts;
mod events;
mod history;
mod naming;
mod one_seat;
mod operators;
mod payments;
mod personal;
mod places;
mod reservations;
mod sales;
mod sales_search;
mod seats;
mod series;
mod tickets;
mod till;
mod users;
mod walk;
mod wallets;

pub use self::callings_off::DateProgress;
pub use self::concerts::{ConcertNow, ConcertPage, ConcertSummary, PublicConcert};
pub use self::events::{Feed, NumberedEvent};
pub use self::history::HistoryPart;
pub use self::one_seat::{SeatHands, SeatNow};
pub use self::operators::ShownKey;
pub use self::payments::ToldPayment;
pub use self::reservations::Reservations;
pub use self::sales::{ListedPayment, ListedTicket};
pub use self::sales_search::{PaymentSearch, PaymentState, SaleText, TicketState};
pub use self::tickets::ToldTicket;
pub use self::till::TillLine;
pub use self::users::UserSearch;
