//! A snapshot in place of everything in the tables, in one transaction.

use std::collections::BTreeSet;

use redb::{Database, ReadableDatabase};

use super::error::SnapshotError;
use super::export::table_names;
use super::received::ReceivedSnapshot;
use crate::log::Position;
use crate::storage::database::{
    BufferedDatabase, Hold, Snapshot, UncommittedRows, create_all, definition, write_applied,
};
use crate::storage::log::Disk;

/// Rows that are in the tables in place of all others, and that no reader sees yet.
#[must_use = "readers see the rows of before until it is published"]
pub struct Replacement<'d> {
    database: &'d BufferedDatabase,
    hold: Hold<'d>,
    snapshot: Snapshot,
    applied: Position,
}

impl Replacement<'_> {
    /// Shows the rows to all readers at once.
    pub fn publish(self) {
        self.hold.replace(self.snapshot, self.applied);
        self.database.note_durable(self.applied.index());
    }
}

/// Writes the rows of a snapshot in place of all rows of the tables, and commits them not. So what takes long is done when
/// they are installed; until then nobody sees anything of them, and they are gone when a checkpoint comes between.
///
/// # Errors
/// The database or the disk fails.
pub(in crate::storage) fn stage(
    received: &ReceivedSnapshot<impl Disk>,
    database: &BufferedDatabase,
) -> Result<(), SnapshotError> {
    let mut staged = database.staged();
    // A transaction waits for the end of the one before.
    *staged = None;
    *staged = Some(written(received, database.database())?);
    Ok(())
}

/// Puts the rows of a snapshot in place of all rows, those that wait above the tables included. Nobody takes rows in until
/// it is published.
///
/// # Errors
/// The database or the disk fails: then the tables are as they were.
pub(in crate::storage) fn install<'d>(
    received: &ReceivedSnapshot<impl Disk>,
    database: &'d BufferedDatabase,
) -> Result<Replacement<'d>, SnapshotError> {
    let applied = Position { id: received.head().id, checksum: 0 };
    assert!(applied.index() >= database.durable(), "a snapshot never goes back");
    let hold = database.overlay().hold();
    let mut staged = database.staged();
    let UncommittedRows { transaction, .. } = match staged.take().filter(|staged| staged.id == applied.id) {
        Some(staged) => staged,
        None => written(received, database.database())?,
    };
    transaction.commit().map_err(redb::Error::from)?;
    drop(staged);
    let transaction = database.database().begin_read().map_err(redb::Error::from)?;
    let snapshot = Snapshot::open(&transaction)?;
    Ok(Replacement { database, hold, snapshot, applied })
}

fn written(received: &ReceivedSnapshot<impl Disk>, database: &Database) -> Result<UncommittedRows, SnapshotError> {
    let id = received.head().id;
    let mut transaction = database.begin_write().map_err(redb::Error::from)?;
    transaction.set_quick_repair(true);
    let names: BTreeSet<&str> = table_names().into_iter().collect();
    for name in &names {
        transaction.delete_table(definition(name)).map_err(redb::Error::from)?;
    }
    create_all(&transaction)?;
    received.each_rows(|table, rows| {
        assert!(names.contains(table), "a snapshot of this format has the tables of this format");
        let mut table = transaction.open_table(definition(table)).map_err(redb::Error::from)?;
        for (key, value) in rows {
            table.insert(key.as_slice(), value.as_slice()).map_err(redb::Error::from)?;
        }
        Ok(())
    })?;
    write_applied(&transaction, Position { id, checksum: 0 })?;
    Ok(UncommittedRows { id, transaction })
}
