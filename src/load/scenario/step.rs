//! The kinds of requests that a scenario counts apart, and which responses to them it expects.

/// One kind of request of a scenario.
#[derive(Debug)]
pub(crate) struct Step {
    pub name: &'static str,
    pub expected: Expected,
}

/// Which response is a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Any response of 200 to 299.
    Success,
    /// The refusal with this reason: a claim that must be lost.
    Refusal(&'static str),
}

impl Step {
    /// A step whose requests are to succeed.
    pub(crate) const fn success(name: &'static str) -> Self {
        Self { name, expected: Expected::Success }
    }
}
