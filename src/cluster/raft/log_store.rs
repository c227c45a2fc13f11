//! The log as the consensus library writes and reads it.
//!
//! Every step is durable when it returns, so the library never waits for a sync of its own. The log counts entries from
//! 1; entry 0, with which the library begins a history, counts as purged, and so as applied.

use std::fmt::Debug;
use std::ops::{Bound, Range, RangeBounds};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use openraft::storage::{LogFlushed, RaftLogStorage};
use openraft::{
    AnyError, ErrorSubject, ErrorVerb, LogState, OptionalSend, RaftLogReader, StorageError, StorageIOError, Vote,
};
use parking_lot::Mutex;

use super::convert::{encoded, log_id, raft_entry, raft_id, raft_vote, vote};
use super::types::Types;
use crate::cluster::tenure::Tenure;
use crate::domain::NodeId;
use crate::log::{Index, LogId};
use crate::storage::{Disk, EncodedEntry, LogError, LogReader, LogWriter};

/// Bytes of entries that one message to another instance takes at most, unless its first entry is larger.
const MESSAGE_BYTES_MAX: u64 = 1024 * 1024;

type Entry = openraft::Entry<Types>;
type Fault = StorageError<NodeId>;

/// The log of an instance that orders it with others.
pub struct LogStore<D: Disk> {
    log: Arc<Mutex<LogWriter<D>>>,
    reader: EntryReader<D>,
    purged: LogId,
    tenure: Arc<Tenure>,
    /// Bytes that were appended so far.
    appended: Arc<AtomicU64>,
}

/// Reads entries beside the writer.
#[derive(Clone)]
pub struct EntryReader<D: Disk> {
    reader: LogReader<D>,
    /// The newest entry that is not read any more. Its file may have others, so that it is still there.
    purged: Arc<AtomicU64>,
}

impl<D: Disk> LogStore<D> {
    /// Over a log that is open for appending. Of each vote `tenure` hears before it is written.
    ///
    /// # Errors
    /// The disk fails.
    pub fn new(mut log: LogWriter<D>, tenure: Arc<Tenure>) -> Result<Self, LogError> {
        let purged = log.purged();
        let reader = EntryReader { reader: log.reader()?, purged: Arc::new(AtomicU64::new(purged.index.0)) };
        if let Some(vote) = log.vote() {
            tenure.promise(vote.leadership);
        }
        Ok(Self { log: Arc::new(Mutex::new(log)), reader, purged, tenure, appended: Arc::default() })
    }

    /// The log, for when the library has ended.
    #[must_use]
    pub fn writer(&self) -> Arc<Mutex<LogWriter<D>>> {
        Arc::clone(&self.log)
    }

    /// Bytes that were appended so far.
    #[must_use]
    pub fn appended(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.appended)
    }

    /// Takes note that everything up to an entry is in a snapshot: what lies beyond the log, or differs from what it has
    /// there, takes the place of its end.
    fn purge_to(&mut self, id: LogId) -> Result<(), LogError> {
        if id.index <= self.purged.index {
            return Ok(());
        }
        let mut log = self.log.lock();
        log.go_through(id)?;
        // No reader begins in a file that goes.
        self.purged = id;
        self.reader.purged.store(id.index.0, Ordering::Release);
        let through = if planted!(PurgedAboveTables) { log.last() } else { id.index };
        log.purge(through)
    }
}

impl<D: Disk> EntryReader<D> {
    /// A range without the entries that are purged.
    fn kept(&self, range: Range<Index>) -> Range<Index> {
        range.start.max(Index(self.purged.load(Ordering::Acquire)).next())..range.end
    }

    fn raft_entries(&self, range: Range<Index>, bytes_max: u64) -> Result<Vec<Entry>, AnyError> {
        let entries = self.reader.read(&range, bytes_max).map_err(|error| AnyError::new(&error))?;
        entries.into_iter().map(|entry| raft_entry(entry).map_err(|error| AnyError::new(&error))).collect()
    }
}

impl<D: Disk> RaftLogReader<Types> for EntryReader<D> {
    async fn try_get_log_entries<R>(&mut self, range: R) -> Result<Vec<Entry>, Fault>
    where
        R: RangeBounds<u64> + Clone + Debug + OptionalSend,
    {
        self.raft_entries(self.kept(indices(&range)), u64::MAX).map_err(read_fault)
    }

    async fn limited_get_log_entries(&mut self, start: u64, end: u64) -> Result<Vec<Entry>, Fault> {
        self.raft_entries(Index(start)..Index(end), MESSAGE_BYTES_MAX).map_err(read_fault)
    }
}

impl<D: Disk> RaftLogReader<Types> for LogStore<D> {
    async fn try_get_log_entries<R>(&mut self, range: R) -> Result<Vec<Entry>, Fault>
    where
        R: RangeBounds<u64> + Clone + Debug + OptionalSend,
    {
        self.reader.try_get_log_entries(range).await
    }

    async fn limited_get_log_entries(&mut self, start: u64, end: u64) -> Result<Vec<Entry>, Fault> {
        self.reader.limited_get_log_entries(start, end).await
    }
}

/// How far entries are committed is asked of the library's core, which tells others before it tells the log: so the log
/// gives nothing of it back.
impl<D: Disk> RaftLogStorage<Types> for LogStore<D> {
    type LogReader = EntryReader<D>;

    async fn get_log_state(&mut self) -> Result<LogState<Types>, Fault> {
        let last = self.log.lock().position().id;
        let known = |id| (last.index > Index(0)).then(|| raft_id(id));
        Ok(LogState { last_purged_log_id: known(self.purged), last_log_id: known(last) })
    }

    async fn get_log_reader(&mut self) -> EntryReader<D> {
        self.reader.clone()
    }

    async fn save_vote(&mut self, new: &Vote<NodeId>) -> Result<(), Fault> {
        let new = vote(new);
        if !planted!(TenureKept) {
            self.tenure.promise(new.leadership);
        }
        if planted!(VoteForgotten) {
            return Ok(());
        }
        self.log.lock().save_vote(new).map_err(|error| fault(ErrorSubject::Vote, ErrorVerb::Write, &error))
    }

    async fn read_vote(&mut self) -> Result<Option<Vote<NodeId>>, Fault> {
        Ok(self.log.lock().vote().map(raft_vote))
    }

    async fn save_committed(&mut self, committed: Option<openraft::LogId<NodeId>>) -> Result<(), Fault> {
        if let Some(committed) = committed {
            self.log.lock().commit(Index(committed.index));
        }
        Ok(())
    }

    async fn append<I>(&mut self, entries: I, flushed: LogFlushed<Types>) -> Result<(), Fault>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries: Vec<EncodedEntry> = entries.into_iter().map(encoded).collect();
        let appended = self.log.lock().append(&entries);
        match appended {
            Ok(bytes) => {
                self.appended.fetch_add(bytes, Ordering::Relaxed);
                flushed.log_io_completed(Ok(()));
                Ok(())
            }
            Err(error) => {
                flushed.log_io_completed(Err(std::io::Error::other(error.to_string())));
                Err(fault(ErrorSubject::Logs, ErrorVerb::Write, &error))
            }
        }
    }

    async fn truncate(&mut self, since: openraft::LogId<NodeId>) -> Result<(), Fault> {
        self.log.lock().cut(Index(since.index)).map_err(|error| fault(ErrorSubject::Logs, ErrorVerb::Delete, &error))
    }

    async fn purge(&mut self, up_to: openraft::LogId<NodeId>) -> Result<(), Fault> {
        self.purge_to(log_id(&up_to)).map_err(|error| fault(ErrorSubject::Logs, ErrorVerb::Delete, &error))
    }
}

fn indices(range: &impl RangeBounds<u64>) -> Range<Index> {
    let start = match range.start_bound() {
        Bound::Included(start) => *start,
        Bound::Excluded(before) => before.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(last) => last.saturating_add(1),
        Bound::Excluded(end) => *end,
        Bound::Unbounded => u64::MAX,
    };
    Index(start)..Index(end)
}

fn read_fault(error: AnyError) -> Fault {
    StorageIOError::new(ErrorSubject::Logs, ErrorVerb::Read, error).into()
}

fn fault(subject: ErrorSubject<NodeId>, verb: ErrorVerb, error: &LogError) -> Fault {
    StorageIOError::new(subject, verb, AnyError::new(error)).into()
}
