//! A copy from what the disk has: the state from the rows, and what the log has more applied over both.

use redb::StorageBackend;

use super::copy::{Applied, Observer, Replica};
use crate::log::{Entry, Index};
use crate::panics::{self, Panicked};
use crate::storage::{
    AnyDisk, Checkpointer, DATABASE_FILE, DataAtRest, Disk, EntryError, LogWriter, OpenError, Opened, Options,
    PAGES_DAMAGED, SoundLog, Store, read, read_with,
};

/// A copy that was recovered, and the log that it goes on with.
pub struct Recovered<D: Disk = AnyDisk> {
    pub replica: Replica,
    pub log: LogWriter<D>,
    /// The newest entry that the database held when it was opened.
    pub applied: Index,
}

/// Opens the data folder, or creates it.
///
/// # Errors
/// It cannot be used; nothing in it was created, changed or removed then.
pub fn open(options: &Options) -> Result<Recovered, OpenError> {
    let data = read(options)?;
    let replica = recover(data.store(), data.log()).map_err(|error| data.advise(error))?;
    begin(replica, data, Checkpointer::of_server(options.data_dir.join(DATABASE_FILE)))
}

/// Opens data that lies on any disk and in any database backend: for tests and simulations.
///
/// # Errors
/// It cannot be used.
pub fn open_with<D: Disk>(
    backend: impl StorageBackend,
    disk: D,
    salt: u64,
    segment_bytes: u64,
    checkpointer: Checkpointer,
) -> Result<Recovered<D>, OpenError> {
    let data = read_with(backend, disk, salt, segment_bytes)?;
    let replica = recover(data.store(), data.log())?;
    begin(replica, data, checkpointer)
}

fn begin<D: Disk>(
    replica: Replica,
    data: DataAtRest<D>,
    checkpointer: Checkpointer,
) -> Result<Recovered<D>, OpenError> {
    let Opened { store: _, log, applied } = data.begin(checkpointer)?;
    Ok(Recovered { replica, log, applied })
}

/// The copy that rows and log make, with nothing written.
///
/// # Errors
/// A row or an entry cannot be read, or an entry cannot be applied.
pub fn recover(store: &Store, log: &SoundLog<impl Disk>) -> Result<Replica, OpenError> {
    let damaged = |_| Err(OpenError::Damaged { path: DATABASE_FILE.into(), what: PAGES_DAMAGED });
    let restored = panics::caught(|| Replica::restored(store.clone()).map_err(OpenError::from));
    let replica = restored.unwrap_or_else(damaged)?;
    replay(&replica, log, |_| Ok(()))?;
    Ok(replica)
}

/// Applies what the log has above the tables, with a look at the rows behind every entry. Where several instances order
/// the log, so that there is a vote in it, that is what it knows to be committed: another leader may have replaced what
/// lies behind it.
///
/// # Errors
/// As for [`recover`], or what `each` says.
pub fn replay(
    replica: &Replica,
    log: &SoundLog<impl Disk>,
    mut each: impl FnMut(&Store) -> Result<(), OpenError>,
) -> Result<(), OpenError> {
    log.replay(replica.store().durable(), log.last(), |entry, position| {
        if entry.index() > log.committed() && log.vote().is_some() && !planted!(ReplayedToTheEnd) {
            return Ok(());
        }
        let mut under_way = UnderWay(None);
        let applied = panics::caught(|| replica.apply(&entry, position, &mut under_way));
        applied.map_err(|panicked| tripped(&entry, under_way, panicked))??;
        each(replica.store())
    })
}

/// The number of the command that is begun and not done.
struct UnderWay(Option<u32>);

impl Observer for UnderWay {
    fn begins(&mut self, number: u32) {
        self.0 = Some(number);
    }

    fn done(&mut self, _applied: Applied<'_>) {
        self.0 = None;
    }
}

/// The command under way meets a bug, or the database is damaged.
fn tripped(entry: &Entry, UnderWay(number): UnderWay, panicked: Panicked) -> OpenError {
    match panicked {
        Panicked::Database => OpenError::Damaged { path: DATABASE_FILE.into(), what: PAGES_DAMAGED },
        Panicked::Own(what) => {
            let number = number.unwrap_or_else(|| panic!("an entry trips outside of its commands: {what}"));
            let stamped = entry.batch().nth(number as usize).expect("the entry has the command");
            // What a command carries is nothing for a log.
            let kind = stamped.command.name();
            EntryError { index: entry.index(), number, commands: entry.batch().count(), kind, what }.into()
        }
    }
}
