//! What the database says of itself, in the table `meta`: its format, and the history that it was written from.

use redb::{Database, ReadTransaction, ReadableDatabase, WriteTransaction};

use super::table_reader::{TableReader, definition};
use super::tables;
use crate::domain::{NodeId, RowFault};
use crate::log::{Index, Leadership, LogId, Position, Term};

/// The version of the database's tables, the only one that this build writes and reads.
pub const FORMAT_VERSION: u64 = 8;

/// The table.
const META: &str = "meta";
/// Its rows.
const META_FORMAT: &str = "format";
const META_APPLIED: &str = "applied";
const META_TERM: &str = "term";
const META_NODE: &str = "node";
/// Over every entry up to the applied one; the salt is that of the log which the entries came from.
const META_CHECKSUM: &str = "checksum";
const META_SALT: &str = "salt";

/// The history that a database was written from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct History {
    pub salt: u64,
    /// How far the tables hold it.
    pub applied: Position,
}

/// The table as one committed transaction left it.
pub(crate) struct Meta(TableReader<String, u64>);

impl Meta {
    /// Opens it.
    ///
    /// # Errors
    /// The database fails, or is none of ours.
    pub(crate) fn of(database: &Database) -> Result<Self, redb::Error> {
        Self::at(&database.begin_read()?)
    }

    /// Opens it as a transaction sees it.
    ///
    /// # Errors
    /// As for [`Meta::of`].
    pub(crate) fn at(transaction: &ReadTransaction) -> Result<Self, redb::Error> {
        Ok(Self(TableReader::open(transaction, META)?))
    }

    /// Of which format the tables are.
    ///
    /// # Errors
    /// The database does not say it.
    pub(crate) fn format_version(&self) -> Result<u64, RowFault> {
        self.told(META_FORMAT)
    }

    /// The history that the tables hold.
    ///
    /// # Errors
    /// The database does not say all of it.
    pub(crate) fn history(&self) -> Result<History, RowFault> {
        let leadership = Leadership { term: Term(self.told(META_TERM)?), node: NodeId(self.told(META_NODE)?) };
        let id = LogId { leadership, index: Index(self.told(META_APPLIED)?) };
        let applied = Position { id, checksum: self.told(META_CHECKSUM)? };
        Ok(History { salt: self.told(META_SALT)?, applied })
    }

    /// What the database says under a key; it says all of it from its creation on.
    fn told(&self, key: &str) -> Result<u64, RowFault> {
        self.0.get(&key.to_owned())?.ok_or_else(|| RowFault(format!("row {key} of table meta is missing")))
    }
}

/// Creates the tables and says of which format they are, and to which log they belong.
///
/// # Errors
/// The database fails.
pub(crate) fn initialise(database: &Database, salt: u64) -> Result<(), redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    transaction.open_table(definition(META))?;
    tables::create_all(&transaction)?;
    write(&transaction, META_FORMAT, FORMAT_VERSION)?;
    write(&transaction, META_SALT, salt)?;
    write_applied(&transaction, Position::default())?;
    transaction.commit()?;
    Ok(())
}

/// Notes how far the history has come that the tables hold.
///
/// # Errors
/// The database fails.
pub(crate) fn write_applied(transaction: &WriteTransaction, applied: Position) -> Result<(), redb::Error> {
    write(transaction, META_APPLIED, applied.index().0)?;
    write(transaction, META_TERM, applied.id.leadership.term.0)?;
    write(transaction, META_NODE, applied.id.leadership.node.0)?;
    write(transaction, META_CHECKSUM, applied.checksum)
}

fn write(transaction: &WriteTransaction, key: &str, value: u64) -> Result<(), redb::Error> {
    tables::write_rows(transaction, META, &[(&key.to_owned(), &Some(value))])
}
