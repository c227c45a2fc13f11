//! Everything that is wrong with a configuration, so that one message tells it all.

use std::fmt;

/// The faults of a configuration, each with the place where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<String>);

impl Faults {
    /// Notes that `what` is wrong at `place`.
    pub fn add(&mut self, place: impl fmt::Display, what: impl fmt::Display) {
        self.0.push(format!("{place}: {what}"));
    }

    /// Notes why something at `place` was refused, if it was.
    pub(super) fn note(&mut self, place: impl fmt::Display, outcome: Result<(), String>) {
        if let Err(fault) = outcome {
            self.add(place, fault);
        }
    }

    /// `value` when nothing is wrong.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [only] => write!(out, "the configuration has a fault:\n  {only}"),
            many => {
                write!(out, "the configuration has {} faults:", many.len())?;
                many.iter().try_for_each(|fault| write!(out, "\n  {fault}"))
            }
        }
    }
}

impl std::error::Error for Faults {}
