//! A state that was restored from its rows does what one that went on does: else a start would write another history.

use jari::log::{Entry, Index};

use crate::office::{Callers, Model};

const SEEDS: u64 = 100;
const ENTRIES: u64 = 800;

#[test]
fn a_restored_state_does_what_one_that_went_on_does() {
    let mut restarts = 0;
    for seed in 0..SEEDS {
        let (mut callers, mut went_on, mut restarted) = (Callers::new(seed), Model::default(), Model::default());
        for index in 1..=ENTRIES {
            let mut batch = if index == 1 { callers.opening() } else { callers.batch(&went_on.state) };
            // Leaders of several concerts have clocks of their own, so a stamp may be before that of another.
            batch.iter_mut().for_each(|stamped| stamped.now.0 -= callers.below(5_000) as i64);
            let entry = Entry::alone(Index(index), batch);
            let events = went_on.rows.events.len();
            let expected = went_on.apply(entry.clone());
            assert_eq!(restarted.apply(entry), expected, "seed {seed}, entry {index}");
            let told = |model: &Model| model.rows.events.values().skip(events).cloned().collect::<Vec<_>>();
            assert_eq!(told(&restarted), told(&went_on), "seed {seed}, entry {index}");
            assert_eq!(restarted.state.totals(), went_on.state.totals(), "seed {seed}, entry {index}");
            assert_eq!(restarted.state.digest(), went_on.state.digest(), "seed {seed}, entry {index}");
            assert_eq!(restarted.state.latest(), went_on.state.latest(), "seed {seed}, entry {index}");
            if callers.below(20) == 0 {
                restarted.state = restarted.rows.restored();
                restarts += 1;
            }
        }
        assert_eq!(restarted.rows.first_difference(&went_on.rows), None, "seed {seed}");
    }
    assert!(restarts > 1_000, "{restarts} restarts");
}
