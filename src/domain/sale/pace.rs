//! How much of what is due is done at once.

/// Endings and admissions that one step does at most; the rest stays due for the steps of later entries, so that no entry
/// keeps the others waiting for long.
pub const STEP_MAX: u32 = 1_000;
/// What a command does beside its own work, so that an entry full of commands stays short.
const STEP_FEW: u32 = 4;

/// How much of what is due is done at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Some endings and some admissions: the command of a user, of which an entry may hold many.
    Few,
    /// A step: the command of an operator, who expects to see its effect.
    Whole,
    /// So many endings and admissions together.
    Tick { steps: u32 },
    /// So many endings, and no admission: others in front of those who would be admitted are still to be ended.
    Settle { steps: u32 },
}

impl Pace {
    /// The endings that it allows.
    pub(crate) fn steps(self) -> u32 {
        match self {
            Self::Few => STEP_FEW,
            Self::Whole => STEP_MAX,
            Self::Tick { steps } | Self::Settle { steps } => steps,
        }
    }
}
