//! Tick: what is due at a concert happens now.

use serde::{Deserialize, Serialize};

use super::execute::{Advance, Scope};
use super::unconditional::Unconditional;
use crate::domain::sale::Pace;
use crate::domain::words::ConcertNo;

/// Something of this concert is due: a hold, a place, an opening, a closing, an admission. At most `steps` endings and
/// admissions are done; the rest stays due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    pub concert: ConcertNo,
    pub steps: u32,
}

impl Unconditional for Tick {
    fn scope(&self) -> Scope {
        Scope::Concert(self.concert)
    }

    fn pace(&self) -> Pace {
        Pace::Tick { steps: self.steps }
    }

    fn advance(&self) -> Advance {
        Advance::Behind
    }
}
