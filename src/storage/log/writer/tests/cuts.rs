//! A log of one instance among several: entries of other leaders take the place of some, and votes stand beside them.

use super::super::super::scan::purged;
use super::*;
use crate::domain::Members;
use crate::domain::NodeId;
use crate::log::{Content, Leadership, LogId, Term, Vote};

/// An entry under a leadership; what it says follows from both.
fn entry_of(index: u64, term: u64) -> Entry {
    let id = LogId { leadership: Leadership { term: Term(term), node: NodeId(term % 3) }, index: Index(index) };
    match (index + term) % 5 {
        0 => Entry { id, content: Content::Blank, skipped: Default::default() },
        1 => Entry {
            id,
            content: Content::Members(Members { voters: vec![[NodeId(term)].into()], ..Members::default() }),
            skipped: Default::default(),
        },
        _ => Entry { id, ..entry(index * 7 + term) },
    }
}

fn vote(term: u64) -> Vote {
    Vote { leadership: Leadership { term: Term(term), node: NodeId(term % 3) }, is_elected: term.is_multiple_of(2) }
}

fn entries(machine: &Machine) -> Vec<Entry> {
    let log = SoundLog::read(machine.disk()).expect("the log opens");
    let mut found = Vec::new();
    let after = purged(&log.segments).index;
    if let Some(installed) = log.segments.iter().rev().find_map(|segment| segment.marks.installed) {
        let position = log.position_at(installed.index).expect("read").expect("the history stands there");
        assert_eq!(position.id, installed);
        let too_old = log.check_against(Index(installed.index.0 - 1)).expect_err("a gap");
        assert!(matches!(too_old, LogError::Gap { first, .. } if first == installed.index.next()), "{too_old}");
        assert!(log.check_against(installed.index).is_ok());
        assert!(!log.reaches_back());
    }
    let each = |entry: Entry, position: Position| {
        assert_eq!(entry.id, position.id);
        assert_eq!(log.position_at(entry.index()).expect("read"), Some(position), "{:?}", entry.id);
        found.push(entry);
        Ok::<(), LogError>(())
    };
    log.replay(after, log.last(), each).expect("replayed");
    found
}

#[test]
fn entries_that_are_cut_are_not_there_again_and_others_stand_in_their_place() {
    let machine = Machine::new(1);
    let mut log = open(&machine, 600).expect("opened");
    let first: Vec<Entry> = (1..=20).map(|index| entry_of(index, 1)).collect();
    log.append(&first).expect("appended");
    log.commit(Index(5));
    log.save_vote(vote(2)).expect("saved");
    log.cut(Index(8)).expect("cut");
    let second: Vec<Entry> = (8..=12).map(|index| entry_of(index, 2)).collect();
    log.append(&second[..2]).expect("appended");
    log.append(&second[2..]).expect("appended");
    log.cut(Index(30)).expect("there is nothing to cut");
    let expected = [&first[..7], &second].concat();
    assert_eq!(entries(&machine), expected);
    machine.restart();
    let mut log = open(&machine, 600).expect("opened");
    assert_eq!((log.last(), log.vote()), (Index(12), Some(vote(2))));
    log.cut(Index(6)).expect("what is not committed can still be cut");
    assert_eq!(entries(&machine), first[..5]);
    let sound = SoundLog::read(machine.disk()).expect("sound");
    assert_eq!((sound.committed(), sound.vote()), (Index(5), Some(vote(2))));
}

#[test]
fn entries_of_one_leadership_share_a_sync_and_a_frame() {
    let machine = Machine::new(1);
    let mut log = open(&machine, ONE_SEGMENT_BYTES).expect("opened");
    let together: Vec<Entry> = (1..=4).map(|index| entry_of(index, if index < 4 { 1 } else { 2 })).collect();
    log.append(&together).expect("appended");
    let frames = log.ordinal;
    assert_eq!(frames, 2, "three entries of the first term, one of the second");
    assert_eq!(entries(&machine), together);
}

#[test]
#[should_panic(expected = "what is committed is never cut")]
fn a_committed_entry_is_not_cut() {
    let machine = Machine::new(1);
    let mut log = open(&machine, ONE_SEGMENT_BYTES).expect("opened");
    log.append(&(1..=4).map(|index| entry_of(index, 1)).collect::<Vec<_>>()).expect("appended");
    log.commit(Index(3));
    let _ = log.cut(Index(3));
}

/// What a log ought to hold.
#[derive(Clone, Default)]
pub(super) struct Expected {
    pub entries: Vec<Entry>,
    committed: usize,
    vote: Option<Vote>,
    term: u64,
}

impl Expected {
    /// One step of a random instance; `None` when the power failed meanwhile.
    pub(super) fn step(&self, log: &mut LogWriter<SimulatedDisk>, random: &mut Random) -> Option<Self> {
        let mut next = self.clone();
        let last = self.entries.len() as u64;
        match random.below(10) {
            0 => {
                next.term += 1;
                next.vote = Some(vote(next.term));
                log.save_vote(vote(next.term)).ok()?;
            }
            1 | 2 if next.entries.len() > next.committed => {
                let kept = next.committed + random.below((next.entries.len() - next.committed) as u64) as usize;
                next.entries.truncate(kept);
                next.term += 1;
                log.cut(Index(kept as u64 + 1)).ok()?;
            }
            3 => {
                next.committed += random.below((next.entries.len() - next.committed) as u64 + 1) as usize;
                log.commit(Index(next.committed as u64));
            }
            // A snapshot that reaches beyond the log; what is behind the committed end is dropped with it.
            4 if random.below(6) == 0 => {
                next.term += 1;
                let id = entry_of(last + 1 + random.below(5), next.term).id;
                next.entries = (1..=id.index.0).map(|index| entry_of(index, next.term)).collect();
                next.committed = next.entries.len();
                log.install(id).ok()?;
            }
            4 => log.purge(Index(next.committed as u64 / 2)).ok()?,
            _ => {
                let more = (last + 1..=last + 1 + random.below(4)).map(|index| entry_of(index, next.term.max(1)));
                let more: Vec<Entry> = more.collect();
                next.entries.extend(more.clone());
                log.append(&more).ok()?;
            }
        }
        Some(next)
    }
}

#[test]
fn a_power_cut_at_any_moment_of_cuts_and_votes_leaves_what_was_durable() {
    for seed in 0..1_500 {
        let segment_bytes = if seed % 2 == 0 { 700 } else { 60_000 };
        let (machine, mut random) = (Machine::new(seed), Random::new(seed));
        let mut expected = Expected::default();
        for life in 0..3 {
            machine.cut_power_after(5 + random.below(60));
            let Ok(mut log) = open(&machine, segment_bytes) else { break };
            let mut under_way = expected.clone();
            for _ in 0..200 {
                let before = random.clone();
                let Some(next) = expected.step(&mut log, &mut random) else {
                    // What was under way is there whole or not at all.
                    let mut again = before;
                    let mut scratch = open(&Machine::new(0), SEGMENT_BYTES).expect("opened");
                    scratch.append(&expected.entries).expect("appended");
                    under_way = expected.step(&mut scratch, &mut again).expect("this one has power");
                    break;
                };
                expected = next;
                under_way = expected.clone();
            }
            machine.restart();
            let sound = SoundLog::read(machine.disk()).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            let first = purged(&sound.segments).index.0 as usize;
            let found = entries(&machine);
            let is = |what: &Expected| what.vote == sound.vote() && what.entries.get(first..) == Some(&found[..]);
            assert!(is(&expected) || is(&under_way), "seed {seed}, life {life}: {:?}", sound.last());
            assert!(sound.committed().0 as usize <= expected.committed.max(under_way.committed), "seed {seed}");
            if !is(&expected) {
                expected = under_way;
            }
            expected.committed = expected.committed.max(sound.committed().0 as usize);
        }
    }
}

#[test]
fn a_snapshot_takes_the_place_of_what_the_log_has_and_entries_follow_it() {
    let machine = Machine::new(1);
    let mut log = open(&machine, 600).expect("opened");
    log.append(&(1..=9).map(|index| entry_of(index, 3)).collect::<Vec<_>>()).expect("appended");
    log.commit(Index(4));
    let reader = log.reader().expect("read");
    let snapshot = entry_of(30, 2).id;
    log.install(snapshot).expect("written");
    assert_eq!((log.position().id, log.last()), (snapshot, Index(30)));
    assert!(reader.read(&(Index(1)..Index(40)), u64::MAX).expect("read").is_empty());
    log.append(&[entry_of(31, 4)]).expect("appended");
    log.cut(Index(31)).expect("it is not committed");
    let behind: Vec<Entry> = (31..=45).map(|index| entry_of(index, 5)).collect();
    log.append(&behind).expect("appended");
    assert_eq!(entries(&machine), behind);
    machine.restart();
    let mut log = open(&machine, 600).expect("opened");
    assert_eq!((log.last(), SoundLog::read(machine.disk()).expect("sound").committed()), (Index(45), Index(30)));
    assert_eq!(log.purged(), snapshot);
    log.purge(Index(30)).expect("purged");
    assert_eq!(entries(&machine), behind, "what stood before it is not needed any more");
    assert!(log.segments[0].before.index() <= Index(30));
}
