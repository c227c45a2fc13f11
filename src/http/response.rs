//! Answers: the envelope of a success, and bodies that many answers share.

mod envelope;
mod shared_body;

pub(crate) use envelope::{created, ok, spliced, streamed};
