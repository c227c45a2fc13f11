//! The endpoints, one folder a resource: its handlers, the requests that it reads and the bodies that it answers. A handler
//! takes the request apart, refuses in the contract's order, asks the node once, and answers.

pub mod admin_concerts;
pub mod admin_events;
pub mod admin_queue;
pub mod admin_stats;
pub mod admin_users;
pub mod concerts;
pub mod docs;
pub mod payments;
pub mod reservations;
pub mod seats;
pub mod service;
pub mod token;
pub mod users;
pub mod wallet;
