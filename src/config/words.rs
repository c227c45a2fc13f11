//! Settings that are one of a few words.

use super::value::Words;

/// How a user proves who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityMode {
    /// Not at all: a user id is taken at its word.
    Open,
}

/// What needs an ACTIVE queue place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Dates, seats and payment.
    Booking,
    /// Wallet and history as well.
    All,
}

/// Who may charge a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charging {
    Open,
    Operator,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl Words for IdentityMode {
    const WORDS: &[(&str, Self)] = &[("open", Self::Open)];
}

impl Words for Guard {
    const WORDS: &[(&str, Self)] = &[("booking", Self::Booking), ("all", Self::All)];
}

impl Words for Charging {
    const WORDS: &[(&str, Self)] = &[("open", Self::Open), ("operator", Self::Operator)];
}

impl Words for LogFormat {
    const WORDS: &[(&str, Self)] = &[("text", Self::Text), ("json", Self::Json)];
}

impl Words for tracing::Level {
    const WORDS: &[(&str, Self)] = &[
        ("error", Self::ERROR),
        ("warn", Self::WARN),
        ("info", Self::INFO),
        ("debug", Self::DEBUG),
        ("trace", Self::TRACE),
    ];
}
