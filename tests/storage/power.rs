//! The power fails at any moment, in the midst of any write of the log and of the database.

use std::thread;
use std::time::Duration;

use jari::log::Index;
use jari::simulation::Machine;
use jari::verify::verify_with;

use crate::office::{Callers, Model, assert_same, commit, open, open_threaded, sold};

/// Who writes checkpoints.
#[derive(Clone, Copy)]
enum Checkpoints {
    /// The test, at moments that follow from the seed.
    ByHand,
    /// The thread that does it in a running server.
    ByThread,
}

/// Runs a box office through several power cuts and compares after each; says how many seats changed hands.
fn run(seed: u64, lives: u64, checkpoints: Checkpoints) -> usize {
    let machine = Machine::new(seed);
    let mut callers = Callers::new(seed);
    let mut model = Model::default();
    // The first start creates the database, which a crash may leave half done; the folder then renames a whole one.
    drop(open(&machine).expect("a new machine"));
    for life in 0..lives {
        let context = format!("seed {seed}, life {life}");
        machine.cut_power_after(callers.below(1_500));
        let acknowledged = live(&machine, &mut callers, &mut model, checkpoints);
        // A killed process leaves what it wrote, synced or not.
        match callers.below(3) {
            0 => machine.kill(),
            _ => machine.restart(),
        }
        let opened = open(&machine).unwrap_or_else(|error| panic!("{context}: {error}"));
        let last = opened.log.last();
        assert!(last >= acknowledged, "{context}: entry {acknowledged:?} was acknowledged, {last:?} is the last");
        model = model.cut_to(last);
        assert_same(&opened, &model, &context);
        if callers.below(2) == 0 {
            // What a start has shown is durable: the next power cut changes nothing.
            opened.replica.store().checkpoint().expect("written");
            drop(opened);
            machine.restart();
            let opened = open(&machine).unwrap_or_else(|error| panic!("{context}: {error}"));
            assert_same(&opened, &model, &context);
        }
        machine.kill();
        let report =
            verify_with(|| machine.database(), machine.disk()).unwrap_or_else(|error| panic!("{context}: {error}"));
        assert!(report.is_clean(), "{context}: {report}");
        machine.kill();
    }
    sold(&model)
}

/// One life until the power fails; what comes back is the last entry that callers were answered for.
fn live(machine: &Machine, callers: &mut Callers, model: &mut Model, checkpoints: Checkpoints) -> Index {
    let mut acknowledged = Index(model.entries.len() as u64);
    let opened = match checkpoints {
        Checkpoints::ByHand => open(machine),
        Checkpoints::ByThread => open_threaded(machine),
    };
    let Ok(mut opened) = opened else { return acknowledged };
    while machine.has_power() {
        let batch = if acknowledged == Index(0) { callers.opening() } else { callers.batch(&model.state) };
        if !commit(&mut opened, batch, model) {
            break;
        }
        acknowledged = opened.log.last();
        match checkpoints {
            Checkpoints::ByHand if callers.below(6) == 0 && opened.replica.store().checkpoint().is_err() => break,
            Checkpoints::ByHand => {}
            // Otherwise the power would fail before the thread has done anything.
            Checkpoints::ByThread if callers.below(20) == 0 => thread::sleep(Duration::from_millis(2)),
            Checkpoints::ByThread => {}
        }
        if callers.below(12) == 0 && opened.log.purge(opened.replica.store().durable()).is_err() {
            break;
        }
    }
    // Without power nothing more is written, but the thread ends.
    drop(opened.replica.store().stop());
    acknowledged
}

#[test]
fn what_was_acknowledged_is_there_after_every_power_cut() {
    let sold: usize = (0..150).map(|seed| run(seed, 3, Checkpoints::ByHand)).sum();
    assert!(sold > 400, "the runs sell seats: {sold}");
}

#[test]
fn what_was_acknowledged_is_there_after_a_power_cut_that_the_checkpoint_thread_meets() {
    let sold: usize = (1_000..1_040).map(|seed| run(seed, 3, Checkpoints::ByThread)).sum();
    assert!(sold > 100, "the runs sell seats: {sold}");
}
