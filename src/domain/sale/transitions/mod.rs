//! The transitions of queue places and holds: admit, hold, release, lapse, end, close. One function a transition;
//! each changes the sale and notes the rows and events that follow.

mod admission;
mod advance;
mod closing;
mod counter_sales;
mod endings;
mod holds;
