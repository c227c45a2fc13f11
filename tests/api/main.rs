//! Black-box scenarios, written from the contract alone: one module a theme, together they mirror the route table.
//! Every scenario starts the real binary on its own folder.

#[path = "../harness/mod.rs"]
mod harness;

mod admin_concerts;
mod admin_stats;
mod admin_users;
mod best_available;
mod blocked;
mod cancel;
mod clock;
mod command_line;
mod concerts;
mod conventions;
mod currency;
mod editors;
mod events;
mod free_space;
mod history;
mod idempotency;
mod layouts;
mod lifetime;
mod log;
mod order;
mod origin_policy;
mod pause;
mod payment;
mod pipeline;
mod plan;
mod presence;
mod queue_admission;
mod queue_ends;
mod queue_places;
mod queue_stream;
mod refund;
mod refusals;
mod repair;
mod reserve;
mod restart;
mod seat_map;
mod seat_plan;
mod seat_states;
mod settings;
mod shape;
mod signals;
mod stream;
mod strict;
mod system;
mod times;
mod tokens;
mod users;
mod verify;
mod wallet;
