//! The log with its entries counted from 0, as the suite counts them: ours is one higher. Where the suite leaves a gap,
//! a snapshot fills it, since nothing else may; what it appends although that is purged already is left out.

use std::fmt::Debug;
use std::ops::{Bound, RangeBounds};

use jari::cluster::raft::{EntryReader, LogStore, Types};
use jari::domain::NodeId;
use jari::simulation::SimulatedDisk;
use openraft::storage::{LogFlushed, RaftLogStorage};
use openraft::{Entry, LogId, LogState, OptionalSend, RaftLogReader, StorageError, Vote};

type Fault = StorageError<NodeId>;

pub(crate) struct Shifted<S>(pub S);

fn up(id: LogId<NodeId>) -> LogId<NodeId> {
    LogId { index: id.index + 1, ..id }
}

/// Entry 0 of ours is before the first.
fn down(id: LogId<NodeId>) -> Option<LogId<NodeId>> {
    Some(LogId { index: id.index.checked_sub(1)?, ..id })
}

fn shifted(bound: Bound<&u64>) -> Bound<u64> {
    bound.map(|index| index + 1)
}

impl<S: RaftLogReader<Types>> RaftLogReader<Types> for Shifted<S> {
    async fn try_get_log_entries<R>(&mut self, range: R) -> Result<Vec<Entry<Types>>, Fault>
    where
        R: RangeBounds<u64> + Clone + Debug + OptionalSend,
    {
        let range = (shifted(range.start_bound()), shifted(range.end_bound()));
        Ok(self.0.try_get_log_entries(range).await?.into_iter().map(downwards).collect())
    }

    async fn limited_get_log_entries(&mut self, start: u64, end: u64) -> Result<Vec<Entry<Types>>, Fault> {
        Ok(self.0.limited_get_log_entries(start + 1, end + 1).await?.into_iter().map(downwards).collect())
    }
}

fn downwards(entry: Entry<Types>) -> Entry<Types> {
    Entry { log_id: down(entry.log_id).expect("entries begin at 1"), ..entry }
}

impl RaftLogStorage<Types> for Shifted<LogStore<SimulatedDisk>> {
    type LogReader = Shifted<EntryReader<SimulatedDisk>>;

    async fn get_log_state(&mut self) -> Result<LogState<Types>, Fault> {
        let LogState { last_purged_log_id, last_log_id } = self.0.get_log_state().await?;
        Ok(LogState { last_purged_log_id: last_purged_log_id.and_then(down), last_log_id: last_log_id.and_then(down) })
    }

    async fn get_log_reader(&mut self) -> Self::LogReader {
        Shifted(self.0.get_log_reader().await)
    }

    async fn save_vote(&mut self, vote: &Vote<NodeId>) -> Result<(), Fault> {
        self.0.save_vote(vote).await
    }

    async fn read_vote(&mut self) -> Result<Option<Vote<NodeId>>, Fault> {
        self.0.read_vote().await
    }

    async fn save_committed(&mut self, committed: Option<LogId<NodeId>>) -> Result<(), Fault> {
        self.0.save_committed(committed.map(up)).await
    }

    async fn append<I>(&mut self, entries: I, flushed: LogFlushed<Types>) -> Result<(), Fault>
    where
        I: IntoIterator<Item = Entry<Types>> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let upwards = |entry: Entry<Types>| Entry { log_id: up(entry.log_id), ..entry };
        let LogState { last_purged_log_id, last_log_id } = self.0.get_log_state().await?;
        let [purged, last] = [last_purged_log_id, last_log_id].map(|id| id.map_or(0, |id| id.index));
        let is_new = |entry: &Entry<Types>| entry.log_id.index > purged;
        let entries: Vec<Entry<Types>> = entries.into_iter().map(upwards).filter(is_new).collect();
        if let Some(first) = entries.first().map(|entry| entry.log_id).filter(|first| first.index > last + 1) {
            self.0.purge(LogId { index: first.index - 1, ..first }).await?;
        }
        self.0.append(entries, flushed).await
    }

    async fn truncate(&mut self, since: LogId<NodeId>) -> Result<(), Fault> {
        self.0.truncate(up(since)).await
    }

    async fn purge(&mut self, up_to: LogId<NodeId>) -> Result<(), Fault> {
        self.0.purge(up(up_to)).await
    }
}
