//! The checkpoint thread writes everything before it ends, and tells a failed commit at once.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::domain::{Rows, Table, UserId, Wallet, tables};
use crate::log::{Index, LogId, Position};
use crate::simulation::{Machine, SimulatedDisk};
use crate::storage::{Checkpointer, Opened, read_with};

fn opened(machine: &Machine) -> (Opened<SimulatedDisk>, mpsc::Receiver<String>) {
    let (sender, faults) = mpsc::channel();
    let on_fault = Box::new(move |error: redb::Error| sender.send(error.to_string()).expect("somebody listens"));
    let checkpointer = Checkpointer::Thread { pause: Duration::from_millis(1), on_fault };
    let data = read_with(machine.database(), machine.disk(), 1, 1_000).expect("read");
    let opened = data.begin(checkpointer);
    (opened.expect("opened"), faults)
}

fn put_all(opened: &Opened<SimulatedDisk>, indices: std::ops::RangeInclusive<u64>) {
    for index in indices {
        let wallet = Wallet { balance: index, ..Wallet::default() };
        opened.store.put_all(vec![tables::Wallets::change(UserId(u128::from(index % 7)), Some(wallet))]);
        opened.store.applied(Position { id: LogId { index: Index(index), ..LogId::default() }, ..Position::default() });
    }
}

#[test]
fn everything_that_was_applied_is_in_the_tables_after_a_stop() {
    let machine = Machine::new(1);
    let (opened, faults) = opened(&machine);
    put_all(&opened, 1..=500);
    opened.store.stop().expect("stopped");
    assert_eq!(opened.store.durable(), Index(500));
    assert_eq!(opened.store.rows_pending(), 0);
    for index in 494..=500_u64 {
        let wallet = opened
            .store
            .get::<tables::Wallets>(&UserId(u128::from(index % 7)))
            .expect("read after the stop")
            .expect("written");
        assert_eq!(wallet.balance, index);
    }
    assert!(faults.try_recv().is_err(), "nothing failed");
    opened.store.stop().expect("stopping twice is stopping once");
}

#[test]
fn a_failed_commit_is_told_at_once_and_nothing_of_it_counts_as_durable() {
    for operations in 0..12 {
        let machine = Machine::new(operations);
        let (opened, faults) = opened(&machine);
        machine.cut_power_after(operations);
        put_all(&opened, 1..=3);
        let fault = faults.recv().expect("the thread tells it");
        assert!(fault.contains("power is out") || fault.contains("Previous I/O error"), "{fault}");
        let durable = opened.store.durable();
        assert!(durable < Index(3));
        opened.store.wait_for_room();
        drop(opened);
        machine.restart();
    }
}

#[test]
fn readers_never_see_a_row_go_back_while_generations_move_down() {
    const ROUNDS: u64 = 3_000;
    let machine = Machine::new(1);
    let (opened, _faults) = opened(&machine);
    let (user, store) = (UserId(1), &opened.store);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut seen = 0;
                while seen < ROUNDS {
                    let balance =
                        store.get::<tables::Wallets>(&user).expect("readable").map_or(0, |wallet| wallet.balance);
                    assert!(balance >= seen, "{balance} after {seen}");
                    seen = balance;
                }
            });
        }
        scope.spawn(|| {
            for index in 1..=ROUNDS {
                store
                    .put_all(vec![tables::Wallets::change(user, Some(Wallet { balance: index, ..Wallet::default() }))]);
                store
                    .applied(Position { id: LogId { index: Index(index), ..LogId::default() }, ..Position::default() });
                if index % 100 == 0 {
                    // So that the run goes through many generations.
                    while store.durable().0 + 300 < index {
                        thread::yield_now();
                    }
                }
            }
        });
    });
    opened.store.stop().expect("stopped");
}
