//! The endpoints, one folder a resource: its handlers, the requests that it reads and the bodies that it answers. A handler
//! takes the request apart, refuses in the contract's order, asks the node once, and answers.

pub(super) mod admin_check_ins;
pub(super) mod admin_cluster;
pub(super) mod admin_concerts;
pub(super) mod admin_dates;
pub(super) mod admin_door_list;
pub(super) mod admin_events;
pub(super) mod admin_exports;
pub(super) mod admin_keys;
pub(super) mod admin_lists;
pub(super) mod admin_queue;
pub(super) mod admin_reports;
pub(super) mod admin_sales;
pub(super) mod admin_seats;
pub(super) mod admin_stats;
pub(super) mod admin_users;
pub(super) mod concerts;
pub(super) mod docs;
pub(super) mod payments;
pub(super) mod reservations;
pub(super) mod seats;
pub(super) mod service;
pub(super) mod site;
pub(super) mod tickets;
pub(super) mod token;
pub(super) mod transfers;
pub(super) mod users;
pub(super) mod wallet;
