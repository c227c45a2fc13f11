//! Steps of an instance among several, and power cuts between and within them.

use std::sync::Arc;

use jari::cluster::raft::{LogStore, Proposal, Types};
use jari::cluster::tenure::Tenure;
use jari::domain::NodeId;
use jari::log::Content;
use jari::simulation::{Machine, Random, SimulatedDisk};
use jari::storage::{LogWriter, SoundLog, codec};
use openraft::storage::{RaftLogStorage, RaftLogStorageExt};
use openraft::{CommittedLeaderId, Entry, EntryPayload, LogId, LogState, RaftLogReader, StorageError, Vote};
use tokio::runtime;

const SEEDS: u64 = 300;
const LIVES: usize = 4;
const STEPS: usize = 40;
const SEGMENT_BYTES: u64 = 500;

type Store = LogStore<SimulatedDisk>;
type Fault = StorageError<NodeId>;

/// What the log ought to hold.
#[derive(Clone, Debug, Default, PartialEq)]
struct Expected {
    purged: Option<LogId<NodeId>>,
    entries: Vec<Entry<Types>>,
    vote: Option<Vote<NodeId>>,
    term: u64,
    /// The newest entry that was ever purged, so that it is committed: nothing behind it is cut any more.
    committed: u64,
}

/// A step, drawn before it is done, so that it is known when the power fails meanwhile.
#[derive(Clone, Debug)]
enum Step {
    Vote(Vote<NodeId>),
    Append(Vec<Entry<Types>>),
    Truncate(LogId<NodeId>),
    Purge(LogId<NodeId>),
}

fn id(term: u64, index: u64) -> LogId<NodeId> {
    LogId::new(CommittedLeaderId::new(term, NodeId(term % 3)), index)
}

fn entry(term: u64, index: u64) -> Entry<Types> {
    let mut content = Vec::new();
    codec::encode_payload(&Content::Parts(Vec::new()), &mut content);
    let payload = match (term + index) % 3 {
        0 => EntryPayload::Blank,
        _ => EntryPayload::Normal(Proposal(content.into())),
    };
    Entry { log_id: id(term, index), payload }
}

impl Expected {
    fn last(&self) -> u64 {
        self.entries.last().map(|entry| entry.log_id).or(self.purged).map_or(0, |last| last.index)
    }

    fn draw(&mut self, random: &mut Random) -> Step {
        let (last, fixed) = (self.last(), self.committed);
        match random.below(10) {
            0 => {
                self.term += 1;
                Step::Vote(Vote::new(self.term, NodeId(self.term % 3)))
            }
            1 if last > fixed => {
                self.term += 1;
                let since = fixed + 1 + random.below(last - fixed);
                Step::Truncate(self.entries.iter().find(|entry| entry.log_id.index == since).expect("held").log_id)
            }
            2 if last > fixed => {
                let up_to = fixed + 1 + random.below(last - fixed);
                Step::Purge(self.entries.iter().find(|entry| entry.log_id.index == up_to).expect("held").log_id)
            }
            // A snapshot that reaches beyond the log, or that says something else of an entry than the log.
            3 => {
                self.term += 1;
                Step::Purge(id(self.term, fixed + 1 + random.below(last - fixed + 5)))
            }
            _ => {
                let (term, count) = (self.term.max(1), 1 + random.below(4));
                Step::Append((last + 1..=last + count).map(|index| entry(term, index)).collect())
            }
        }
    }

    fn done(&self, step: &Step) -> Self {
        let mut next = self.clone();
        match step {
            Step::Vote(vote) => next.vote = Some(*vote),
            Step::Append(entries) => next.entries.extend(entries.iter().cloned()),
            Step::Truncate(since) => next.entries.retain(|entry| entry.log_id.index < since.index),
            Step::Purge(up_to) => {
                let differs = next.entries.iter().any(|it| it.log_id.index == up_to.index && it.log_id != *up_to);
                next.entries.retain(|entry| !differs && entry.log_id.index > up_to.index);
                next.purged = Some(*up_to);
                next.committed = up_to.index;
            }
        }
        next
    }

    /// What it may hold behind a power cut within a purge of what the log says otherwise: its end is cut first.
    fn cut_for(&self, step: &Step) -> Option<Self> {
        let Step::Purge(up_to) = step else { return None };
        let mut next = self.clone();
        next.entries.retain(|entry| entry.log_id.index < up_to.index);
        Some(next)
    }
}

async fn perform(store: &mut Store, step: Step) -> Result<(), Fault> {
    match step {
        Step::Vote(vote) => store.save_vote(&vote).await,
        Step::Append(entries) => store.blocking_append(entries).await,
        Step::Truncate(since) => store.truncate(since).await,
        Step::Purge(up_to) => store.purge(up_to).await,
    }
}

/// What it holds; entries that a purge passed over may be there again behind a start, since their file has others.
async fn held(store: &mut Store) -> (LogState<Types>, Vec<Entry<Types>>, Option<Vote<NodeId>>) {
    let state = store.get_log_state().await.expect("known");
    let entries = store.try_get_log_entries(..).await.expect("read");
    (state, entries, store.read_vote().await.expect("known"))
}

async fn is(store: &mut Store, expected: &Expected) -> bool {
    let (state, entries, vote) = held(store).await;
    let wanted = expected.entries.len();
    let tail = entries.len().checked_sub(wanted).map(|from| &entries[from..]);
    let last = expected.entries.last().map(|entry| entry.log_id).or(expected.purged);
    let reaches_back = state.last_purged_log_id.map_or(0, |it| it.index) <= expected.purged.map_or(0, |it| it.index);
    vote == expected.vote && state.last_log_id == last && tail == Some(&expected.entries) && reaches_back
}

fn open(machine: &Machine) -> Option<Store> {
    let log = SoundLog::read(machine.disk()).expect("the log is sound");
    let log = LogWriter::resume(log, 0x5a17, SEGMENT_BYTES).ok()?;
    LogStore::new(log, Arc::new(Tenure::new(NodeId(1)))).ok()
}

#[test]
fn what_was_promised_to_others_is_there_after_every_power_cut() {
    let runtime = runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut cuts = 0;
    for seed in 0..SEEDS {
        let (machine, mut random) = (Machine::new(seed), Random::new(seed));
        let mut expected = Expected::default();
        for life in 0..LIVES {
            machine.cut_power_after(4 + random.below(60));
            let mut under_way = None;
            if let Some(mut store) = open(&machine) {
                for _ in 0..STEPS {
                    let step = expected.draw(&mut random);
                    let done = expected.done(&step);
                    if runtime.block_on(perform(&mut store, step.clone())).is_err() {
                        under_way = Some((step, done));
                        cuts += 1;
                        break;
                    }
                    expected = done;
                    let held = runtime.block_on(held(&mut store));
                    let is_held = runtime.block_on(is(&mut store, &expected));
                    assert!(is_held, "seed {seed}, life {life}: {step:?} makes {expected:?}, but it holds {held:?}");
                }
            }
            machine.restart();
            let mut store = open(&machine).expect("it has power");
            let mut may_be = vec![expected.clone()];
            if let Some((step, done)) = under_way {
                may_be.extend(expected.cut_for(&step));
                may_be.push(done);
            }
            let found = may_be.into_iter().find(|it| runtime.block_on(is(&mut store, it)));
            let found = found.unwrap_or_else(|| {
                let held = runtime.block_on(held(&mut store));
                panic!("seed {seed}, life {life}: {expected:?}, but it holds {held:?}")
            });
            // What a purge passed over is there again until the next one.
            let (state, entries, _) = runtime.block_on(held(&mut store));
            let purged = state.last_purged_log_id.filter(|purged| purged.index > 0);
            expected = Expected { purged, entries, ..found };
        }
    }
    assert!(cuts > SEEDS, "{cuts} cuts within a step");
}
