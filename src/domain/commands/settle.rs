//! Settle: what is due at a concert ends now, and nobody is admitted.

use serde::{Deserialize, Serialize};

use super::execute::{Advance, Scope};
use super::unconditional::Unconditional;
use crate::domain::sale::Pace;
use crate::domain::words::ConcertNo;

/// As [`super::Tick`], and admits nobody: what ended while a server was down ends before its settings are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settle {
    pub concert: ConcertNo,
    pub steps: u32,
}

impl Unconditional for Settle {
    fn scope(&self) -> Scope {
        Scope::Concert(self.concert)
    }

    fn pace(&self) -> Pace {
        Pace::Settle { steps: self.steps }
    }

    fn advance(&self) -> Advance {
        Advance::Ahead
    }
}
