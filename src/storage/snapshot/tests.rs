//! A snapshot is taken in as it was given, or not at all.

use super::{Export, Reached, ReceivedSnapshot, ReceivingSnapshot, Replacement, SnapshotError};
use crate::domain::{IdempotencyKey, KeyId, KeyScope, Rows, Table, UserId, Wallet, tables};
use crate::log::{Index, Leadership, LogId, Position, Term, Vote};
use crate::simulation::{Machine, SimulatedDisk};
use crate::storage::{Checkpointer, Opened, read_with};

fn opened(machine: &Machine) -> Opened<SimulatedDisk> {
    let data = read_with(machine.database(), machine.disk(), 1, 1_000).expect("read");
    data.begin(Checkpointer::Caller).expect("opened")
}

fn id(index: u64) -> LogId {
    LogId { leadership: Leadership { term: Term(2), node: crate::domain::NodeId(1) }, index: Index(index) }
}

/// Writes wallets with this balance into the tables, as entry `index`.
fn write(opened: &Opened<SimulatedDisk>, index: u64, users: u128) {
    for user in 0..users {
        let wallet = Wallet { balance: index, ..Wallet::default() };
        opened.store.put_all(vec![tables::Wallets::change(UserId(user), Some(wallet))]);
        // Keys of many lengths, so that a block ends anywhere.
        let key = IdempotencyKey { scope: KeyScope::Operator(KeyId::OWNER), key: "k".repeat(user as usize % 50) };
        opened.store.put_all(vec![tables::IdempotencyOrder::change(user as u64, Some(key))]);
    }
    opened.store.applied(Position { id: id(index), checksum: 0 });
    opened.store.checkpoint().expect("written");
}

fn blocks(mut export: Export) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| export.next_block().expect("the database is sound")).collect()
}

/// All bytes of a snapshot of an instance.
fn whole(of: &Opened<SimulatedDisk>) -> Vec<u8> {
    blocks(of.store.export().expect("read")).concat()
}

fn received(machine: &Machine, bytes: &[u8]) -> Result<ReceivedSnapshot<SimulatedDisk>, SnapshotError> {
    let mut receiving = ReceivingSnapshot::begin(machine.disk()).expect("the disk takes it");
    // In pieces that know nothing of blocks.
    bytes.chunks(777).try_for_each(|piece| receiving.push(piece))?;
    receiving.finish()
}

fn balance(opened: &Opened<SimulatedDisk>, user: u128) -> Option<u64> {
    opened.store.get::<tables::Wallets>(&UserId(user)).expect("read").map(|wallet| wallet.balance)
}

#[test]
fn rows_of_another_instance_take_the_place_of_all_rows() {
    let [from, to] = [1, 2].map(Machine::new);
    let (source, target) = (opened(&from), opened(&to));
    write(&source, 9, 40_000);
    write(&target, 4, 50_000);
    target.store.put_all(vec![tables::Wallets::change(UserId(1), Some(Wallet { balance: 77, ..Wallet::default() }))]);
    target.store.applied(Position { id: id(5), checksum: 0 });

    let export = source.store.export().expect("read");
    assert_eq!((export.head().id, export.head().members.clone()), (id(9), None));
    // What is written meanwhile is not in it.
    write(&source, 10, 1);
    let blocks = blocks(export);
    assert!(blocks.len() > 4, "{} blocks", blocks.len());
    assert!(blocks.iter().all(|block| block.len() < 1_200_000), "a block is about a megabyte");
    let sent = target.store.export_to_send().expect("read");
    let received = received(&to, &blocks.concat()).expect("sound");
    let replacement = target.store.replace(&received).expect("replaced");
    assert_eq!(balance(&target, 1), Some(77), "no reader sees it yet");
    replacement.publish();
    assert_eq!((target.store.durable(), target.store.position().id), (Index(9), id(9)));
    assert_eq!([0, 1, 39_999].map(|user| balance(&target, user)), [Some(9); 3]);
    assert_eq!(balance(&target, 40_000), None, "a row that the snapshot does not have is gone");
    assert_eq!(target.store.rows_pending(), 0);
    assert_eq!((sent.head().id, target.store.export_to_send().expect("read").head().id), (id(4), id(9)));
    drop(sent);

    // And it lasts, as the rows that come behind it do.
    target.store.put_all(vec![tables::Wallets::change(UserId(0), Some(Wallet { balance: 10, ..Wallet::default() }))]);
    target.store.applied(Position { id: id(10), checksum: 0 });
    target.store.checkpoint().expect("written");
    assert_eq!([0, 1].map(|user| balance(&target, user)), [Some(10), Some(9)]);
}

#[test]
fn rows_that_are_staged_are_seen_when_they_take_the_place_of_all_rows_and_give_way_to_a_checkpoint() {
    let [from, to] = [1, 2].map(Machine::new);
    let (source, target) = (opened(&from), opened(&to));
    write(&source, 9, 300);
    write(&target, 4, 500);
    let received = received(&to, &whole(&source)).expect("sound");
    target.store.stage(&received).expect("written");
    assert_eq!((balance(&target, 1), balance(&target, 499)), (Some(4), Some(4)), "nobody sees it");
    // Whoever writes waits for nobody.
    write(&target, 5, 600);
    assert_eq!(target.store.durable(), Index(5));
    target.store.unstage();
    target.store.stage(&received).expect("written");
    // It is not read once more.
    to.damage("incoming.snapshot", Some(Vec::new()));
    target.store.replace(&received).expect("replaced").publish();
    assert_eq!([balance(&target, 1), balance(&target, 499)], [Some(9), None]);
    write(&target, 10, 2);
    assert_eq!([1, 2].map(|user| balance(&target, user)), [Some(10), Some(9)]);
}

#[test]
fn a_snapshot_that_lacks_bytes_or_has_others_is_refused() {
    let [from, to] = [1, 2].map(Machine::new);
    let source = opened(&from);
    write(&source, 9, 30);
    let whole = whole(&source);
    assert!(received(&to, &whole).is_ok());
    for length in 0..whole.len() {
        let refused = received(&to, &whole[..length]).expect_err("bytes are missing");
        assert!(matches!(refused, SnapshotError::Damaged { .. }), "{length} bytes: {refused}");
        assert_eq!(to.contents("incoming.snapshot"), None, "{length} bytes");
    }
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x20;
        assert!(received(&to, &bytes).is_err(), "byte {at} is another");
    }
}

#[test]
fn a_snapshot_is_refused_with_its_first_block_when_the_disk_has_too_little_room_for_it() {
    let [from, to] = [1, 2].map(Machine::new);
    let source = opened(&from);
    write(&source, 9, 5_000);
    let mut export = source.store.export().expect("read");
    let head = export.next_block().expect("read").expect("there is one");
    let rest = blocks(export).concat();
    // Three times what comes, and a little for how pages are filled.
    let (too_little, enough) = (3 * rest.len() as u64, 5 * rest.len() as u64);
    to.fill_disk_after(too_little);
    let mut receiving = ReceivingSnapshot::begin(to.disk()).expect("the disk takes it");
    let refused = receiving.push(&head).expect_err("there is no room");
    assert!(matches!(refused, SnapshotError::NoRoom { free_bytes, .. } if free_bytes == too_little), "{refused}");
    drop(receiving);
    assert_eq!(to.contents("incoming.snapshot"), None);

    to.fill_disk_after(enough);
    let received = received(&to, &[head, rest].concat()).expect("there is room");
    assert!(received.check_room().is_ok());
    to.fill_disk_after(too_little / 3);
    let refused = received.check_room().expect_err("somebody else took it").to_string();
    assert!(refused.contains("free some space, and it is sent again by itself"), "{refused}");
}

#[test]
fn a_transfer_goes_on_behind_the_blocks_that_came_while_the_same_tables_are_offered() {
    let [from, to] = [1, 2].map(Machine::new);
    let source = opened(&from);
    write(&source, 9, 40_000);
    let mut export = source.store.export_to_send().expect("read");
    assert!(!export.was_begun());
    let mut receiving = ReceivingSnapshot::begin(to.disk()).expect("the disk takes it");
    let first: Vec<Vec<u8>> = (0..3).map(|_| export.next_block().expect("read").expect("there are more")).collect();
    receiving.push(&first.concat()).expect("it is sound");
    let broken = export.next_block().expect("read").expect("there are more");
    receiving.push(&broken[..1_000]).expect("it may be");
    let (kept, rest) = (export.source(), blocks(export));

    write(&source, 10, 1);
    let mut again = source.store.export_to_send().expect("read");
    assert_eq!(again.head().id, id(9), "it is what was sent before");
    let reached = receiving.reached();
    assert_eq!(reached.blocks, 3);
    for wrong in [
        Reached::default(),
        Reached { blocks: 2, ..reached },
        Reached { blocks: 99, ..reached },
        Reached { hash: [1; 32], ..reached },
    ] {
        assert!(!again.go_on_behind(&wrong), "{wrong:?}");
    }
    assert!(again.was_begun() && again.go_on_behind(&reached));
    receiving.go_on();
    let all = blocks(again);
    assert_eq!((&all[0], &all[1..]), (&broken, rest.as_slice()));
    receiving.push(&all.concat()).expect("it is sound");
    assert_eq!(receiving.finish().expect("it is whole").head().id, id(9));

    // What is newest is what others are sent, and nobody waits for the end of it.
    assert_eq!(source.store.export().expect("read").head().id, id(10));
    kept.withdraw();
    let newer = source.store.export_to_send().expect("read");
    assert_eq!(newer.head().id, id(10), "the one before has come");
    write(&source, 11, 1);
    assert_eq!(source.store.export_to_send().expect("read").head().id, id(10), "it is on its way");
    drop((kept, newer));
    assert_eq!(source.store.export_to_send().expect("read").head().id, id(11), "nobody holds it any more");
}

#[test]
fn blocks_out_of_their_order_are_refused() {
    let [from, to] = [1, 2].map(Machine::new);
    let source = opened(&from);
    write(&source, 9, 30_000);
    let blocks = blocks(source.store.export().expect("read"));
    let (left, right) = (1, 2);
    let mut swapped = blocks.clone();
    swapped.swap(left, right);
    let mut left_out = blocks.clone();
    left_out.remove(left);
    let mut twice = blocks.clone();
    twice.insert(left, blocks[left].clone());
    for wrong in [swapped, left_out, twice] {
        assert!(received(&to, &wrong.concat()).is_err());
    }
}

#[test]
fn a_broken_off_installation_is_finished_by_the_next_start() {
    let from = Machine::new(1);
    let source = opened(&from);
    write(&source, 9, 200);
    let whole = whole(&source);
    let (mut finished, mut brought) = (0, 0);
    for operations in 0..120 {
        let to = Machine::new(100 + operations);
        let target = opened(&to);
        write(&target, 4, 300);
        drop(target);
        to.kill();
        let mut target = opened_member(&to);
        let received = received(&to, &whole).expect("sound");
        to.cut_power_after(operations);
        // Either may come first.
        let is_log_first = operations % 2 == 0;
        let is_through = is_log_first && target.log.go_through(id(9)).is_ok();
        let is_in = target.store.replace(&received).map(Replacement::publish).is_ok();
        let installed = is_in && (is_through || !is_log_first && target.log.go_through(id(9)).is_ok());
        drop((target, received));
        to.restart();
        let again = opened(&to);
        assert_eq!((again.log.last(), again.store.durable()), (Index(9), Index(9)), "{operations} operations");
        assert_eq!([balance(&again, 199), balance(&again, 200)], [Some(9), None], "{operations} operations");
        assert_eq!(to.contents("incoming.snapshot"), None, "{operations} operations");
        let elected = Vote { leadership: id(9).leadership, is_elected: true };
        // An instance that a start brought so far follows nobody of an earlier term.
        assert!(again.log.vote().is_none_or(|vote| vote == elected), "{operations} operations");
        brought += usize::from(again.log.vote().is_some());
        finished += usize::from(installed);
    }
    assert!((1..120).contains(&finished) && brought > 10, "{finished} were not broken off, {brought} were finished");
}

#[test]
fn a_snapshot_that_tables_and_log_went_past_hides_no_damage() {
    let [from, to] = [1, 2].map(Machine::new);
    let source = opened(&from);
    write(&source, 9, 20);
    let whole = whole(&source);
    let mut target = opened(&to);
    let received = received(&to, &whole).expect("sound");
    target.store.replace(&received).expect("replaced").publish();
    target.log.go_through(id(9)).expect("written");
    // The log lacks what came behind it.
    write(&target, 20, 5);
    drop(target);
    to.kill();
    let refused = read_with(to.database(), to.disk(), 1, 1_000).err().expect("entries are missing").to_string();
    assert!(refused.contains("ends with entry 9, but the database holds entry 20"), "{refused}");
}

/// A target whose log reaches entry 4 as its tables do.
fn opened_member(machine: &Machine) -> Opened<SimulatedDisk> {
    let log = crate::storage::SoundLog::read(machine.disk()).expect("sound");
    let mut log = crate::storage::LogWriter::resume(log, 1, 1_000).expect("it has power");
    log.go_through(id(4)).expect("written");
    drop(log);
    opened(machine)
}
