//! The handlers, one file a theme. Each takes the request apart, refuses in the contract's order, asks the node once,
//! and answers.

pub mod admin_concerts;
pub mod admin_events;
pub mod admin_users;
pub mod concerts;
mod conditions;
pub mod docs;
pub mod payments;
pub mod reservations;
pub mod seats;
pub mod service;
pub mod token;
pub mod token_events;
pub mod users;
pub mod wallet;

mod access;
mod history;
mod shown_concert;
