//! What a check compared, and what it found.

use serde::Serialize;

use super::super::error::Error;

/// Faults that are told in words; all are counted.
const FAULTS_TOLD: usize = 20;

/// What was checked and what was found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Findings {
    /// Whether nothing is wrong.
    pub right: bool,
    /// What was compared, in words.
    pub checked: Vec<String>,
    /// The first faults, in words.
    pub faults: Vec<String>,
    pub fault_count: u64,
}

impl Findings {
    /// Those of a check that came to no end, which is as bad as a fault.
    pub(crate) fn unchecked(error: Error) -> Self {
        let faults = vec![format!("the check came to no end: {error}")];
        Self { right: false, checked: Vec::new(), faults, fault_count: 1 }
    }

    pub(crate) fn fault(&mut self, words: impl FnOnce() -> String) {
        self.fault_count += 1;
        if self.faults.len() < FAULTS_TOLD {
            self.faults.push(words());
        }
    }

    pub(crate) fn checked(&mut self, words: String) {
        self.checked.push(words);
    }
}
