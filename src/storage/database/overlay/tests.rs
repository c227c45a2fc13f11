//! Rows are never missed on their way down, and generations are whole entries.

use std::sync::mpsc;
use std::thread;

use redb::backends::InMemoryBackend;
use redb::{Builder, Database, ReadableDatabase};

use super::super::tables::create_all;
use super::*;
use crate::domain::{IdempotencyKey, KeyId, KeyScope, NodeId, Table, UserId, WallTime, Wallet, tables};
use crate::log::{Leadership, LogId, Term};

fn database() -> Database {
    let database = Builder::new().create_with_backend(InMemoryBackend::new()).expect("memory");
    let transaction = database.begin_write().expect("begun");
    create_all(&transaction).expect("created");
    transaction.commit().expect("committed");
    database
}

fn snapshot(database: &Database) -> Snapshot {
    Snapshot::open(&database.begin_read().expect("begun")).expect("opened")
}

fn wallet(balance: u64) -> Wallet {
    Wallet { balance, last_entry: None, last_payment: None, updated_at: WallTime(0) }
}

fn at(index: u64, term: u64) -> Position {
    let leadership = Leadership { term: Term(term), node: NodeId(0) };
    Position { id: LogId { leadership, index: Index(index) }, checksum: 0 }
}

fn put(overlay: &Overlay, user: u128, balance: u64) {
    overlay.put_all(vec![tables::Wallets::change(UserId(user), Some(wallet(balance)))]);
}

/// The balance that a reader sees.
fn seen(overlay: &Overlay, user: u128) -> Option<u64> {
    let key = UserId(user);
    let row = match overlay.look(|layer| layer.of::<tables::Wallets>().get(&key).copied()) {
        Ok(row) => row,
        Err(snapshot) => snapshot.wallets.get(&key).expect("readable"),
    };
    row.map(|wallet| wallet.balance)
}

#[test]
fn a_row_is_seen_wherever_it_lies() {
    let database = database();
    let overlay = Overlay::new(snapshot(&database), Position::default());
    assert_eq!(seen(&overlay, 1), None);
    put(&overlay, 1, 10);
    put(&overlay, 2, 20);
    assert_eq!(seen(&overlay, 1), Some(10), "while its batch is under way");
    overlay.applied(at(1, 1));
    let frozen = overlay.freeze().expect("whole entries");
    assert_eq!((seen(&overlay, 1), seen(&overlay, 2)), (Some(10), Some(20)), "while it is frozen");
    put(&overlay, 1, 11);
    overlay.applied(at(2, 1));
    assert_eq!((seen(&overlay, 1), seen(&overlay, 2)), (Some(11), Some(20)), "the newer one first");
    assert_eq!(overlay.rows(), 3);
    let transaction = database.begin_write().expect("begun");
    frozen.rows.write(&transaction).expect("written");
    transaction.commit().expect("committed");
    overlay.written(frozen, snapshot(&database));
    assert_eq!((seen(&overlay, 1), seen(&overlay, 2)), (Some(11), Some(20)), "when it is in the tables");
    assert_eq!(overlay.rows(), 1);
}

#[test]
fn a_removed_row_hides_the_one_below_it() {
    let database = database();
    let transaction = database.begin_write().expect("begun");
    let mut below = Layer::default();
    below.take(tables::IdempotencyOrder::change(1, Some(key("kept"))));
    below.write(&transaction).expect("written");
    transaction.commit().expect("committed");
    let overlay = Overlay::new(snapshot(&database), Position::default());
    let look = || overlay.look(|layer| layer.of::<tables::IdempotencyOrder>().get(&1).cloned()).ok();
    assert_eq!(look(), None, "only the table has it");
    overlay.put_all(vec![tables::IdempotencyOrder::change(1, None)]);
    assert_eq!(look(), Some(None), "it is gone");
}

fn key(key: &str) -> IdempotencyKey {
    IdempotencyKey { scope: KeyScope::Operator(KeyId::OWNER), key: key.to_owned() }
}

#[test]
fn only_whole_entries_are_frozen_and_one_generation_at_a_time() {
    let overlay = Overlay::new(snapshot(&database()), Position::default());
    assert!(overlay.freeze().is_none(), "there is nothing");
    put(&overlay, 1, 10);
    assert!(overlay.freeze().is_none(), "the batch is under way");
    overlay.applied(at(4, 2));
    put(&overlay, 2, 20);
    assert!(overlay.freeze().is_none(), "the next batch is under way");
    overlay.applied(at(5, 2));
    let frozen = overlay.freeze().expect("two whole entries");
    assert_eq!((frozen.applied, frozen.rows.rows()), (at(5, 2), 2));
    put(&overlay, 3, 30);
    overlay.applied(at(6, 2));
    assert!(overlay.freeze().is_none(), "one is frozen already");
}

#[test]
fn an_entry_without_changes_moves_the_index_too() {
    let overlay = Overlay::new(snapshot(&database()), Position::default());
    overlay.put_all(Vec::new());
    overlay.applied(at(1, 1));
    assert_eq!(overlay.freeze().expect("an entry").applied, at(1, 1));
}

#[test]
fn the_writer_waits_for_room_until_a_generation_moves_down() {
    let overlay = Overlay::new(snapshot(&database()), Position::default());
    let rows = 0..OVERLAY_ROWS_MAX as u64;
    overlay.put_all(rows.map(|number| tables::IdempotencyOrder::change(number, None)).collect());
    overlay.applied(at(1, 1));
    assert!(!overlay.has_room());
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            overlay.wait_for_room();
            sender.send(overlay.rows()).expect("somebody listens");
        });
        assert!(receiver.try_recv().is_err(), "it waits");
        let frozen = overlay.freeze().expect("whole entries");
        assert_eq!(receiver.recv().expect("it goes on"), frozen.rows.rows());
    });
}

#[test]
fn nobody_waits_for_a_checkpoint_thread_that_ended() {
    let overlay = Overlay::new(snapshot(&database()), Position::default());
    let rows = 0..OVERLAY_ROWS_MAX as u64;
    overlay.put_all(rows.map(|number| tables::IdempotencyOrder::change(number, None)).collect());
    overlay.end();
    overlay.wait_for_room();
    assert!(overlay.wait_for_work().is_none());
}

#[test]
fn all_rows_are_replaced_once_none_is_on_its_way_and_none_goes_meanwhile() {
    let database = database();
    let overlay = Overlay::new(snapshot(&database), Position::default());
    put(&overlay, 1, 10);
    overlay.applied(at(1, 1));
    let frozen = overlay.freeze().expect("there is a row");
    thread::scope(|scope| {
        let (sender, held) = mpsc::channel();
        let (overlay, replacement) = (&overlay, snapshot(&database));
        scope.spawn(move || {
            let hold = overlay.hold();
            sender.send(overlay.freeze().is_none()).expect("somebody listens");
            hold.replace(replacement, at(9, 1));
        });
        assert_eq!(held.try_recv(), Err(mpsc::TryRecvError::Empty), "a generation is on its way");
        overlay.written(frozen, snapshot(&database));
        assert_eq!(held.recv(), Ok(true), "none goes into the tables meanwhile");
    });
    assert_eq!((overlay.position(), overlay.rows()), (at(9, 1), 0));
    put(&overlay, 1, 11);
    overlay.applied(at(10, 1));
    assert!(overlay.freeze().is_some(), "it goes on");
}
