//! A database that is closed without a word of the database library on the screen.
//!
//! redb writes its record of free pages when it is closed, and frees what was still pending. Damage there gets past a start
//! and shows only then.

use std::ops::Deref;

use redb::Database;

use crate::panics;

/// An open database. A panic of the library over a damaged page ends its closing as a crash would: everything that was
/// committed is there at the next start.
pub(super) struct Closing(Option<Database>);

impl Closing {
    pub(super) fn new(database: Database) -> Self {
        Self(Some(database))
    }
}

impl Deref for Closing {
    type Target = Database;

    fn deref(&self) -> &Database {
        self.0.as_ref().expect("the database is open until it is dropped")
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        let database = self.0.take();
        if panics::caught(|| drop(database)).is_err() {
            tracing::error!("the database is damaged, which showed when it was closed; see `jari verify`");
        }
    }
}
