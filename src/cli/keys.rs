//! The keys of a data folder before a start makes any: whether those that are there can be read, and which are missing.

use std::path::Path;

use crate::identity::{
    KeyError, OPERATOR_KEY_FILE, OPERATOR_KEY_VARIABLE, OperatorKey, SigningKey, TICKET_KEY_FILE, TOKEN_KEY_FILE,
    TicketKey,
};
use crate::storage;

/// Reads the keys that are there already, so that one which is refused ends the start before anything is written.
pub(super) fn check(data_dir: &Path) -> Result<(), KeyError> {
    let variable = std::env::var(OPERATOR_KEY_VARIABLE).ok();
    if variable.is_some() || data_dir.join(OPERATOR_KEY_FILE).exists() {
        OperatorKey::load(data_dir, variable.as_deref())?;
    }
    if data_dir.join(TOKEN_KEY_FILE).exists() {
        SigningKey::load(data_dir)?;
    }
    if data_dir.join(TICKET_KEY_FILE).exists() {
        TicketKey::load(data_dir)?;
    }
    Ok(())
}

/// What is lost with keys that are missing although there is data, a line each: they are made anew.
pub(super) fn lost(data_dir: &Path) -> Vec<String> {
    let mut lost = Vec::new();
    if !storage::holds_data(data_dir) {
        return lost;
    }
    let is_missing = |name: &str| !data_dir.join(name).exists();
    let folder = data_dir.display();
    if is_missing(TOKEN_KEY_FILE) {
        lost.push(format!(
            "{folder}/{TOKEN_KEY_FILE} is missing although there is data: a new one is made, so queue tokens that were given \
             out are void (places are kept: POST /api/v1/token gives a new token for each); put it back from a backup if \
             you have one"
        ));
    }
    if is_missing(TICKET_KEY_FILE) {
        lost.push(format!(
            "{folder}/{TICKET_KEY_FILE} is missing although there is data: a new one is made, so codes of tickets that were \
             given out are void, printed ones too (the tickets are kept: each has a new code); put it back from a backup if \
             you have one"
        ));
    }
    if is_missing(OPERATOR_KEY_FILE) && std::env::var_os(OPERATOR_KEY_VARIABLE).is_none() {
        lost.push(format!(
            "{folder}/{OPERATOR_KEY_FILE} is missing although there is data: a new operator key is written there, and the \
             one before is void"
        ));
    }
    lost
}
