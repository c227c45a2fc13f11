//! The data folder: created, found again, refused.

use std::time::Instant;

use jari::domain::{Command, Rows, Stamped, Timestamp, UserId, apply};
use jari::log::{Entry, Term};
use jari::storage::{Opened, Options, open};

fn options(folder: &std::path::Path) -> Options {
    Options { data_dir: folder.join("data"), cache_bytes: 16 << 20 }
}

fn run(opened: &mut Opened, command: Command) {
    let stamped = Stamped { now: Timestamp(1_000), once: None, command };
    let entry = Entry { index: opened.journal.last().next(), term: Term(1), batch: vec![stamped] };
    opened.journal.append(&entry).expect("appended");
    let outcome = apply(&mut opened.state, &opened.store, &entry.batch[0]).expect("applied");
    outcome.result.expect("accepted");
    opened.store.absorb(outcome.changes);
    opened.store.applied(entry.index, entry.term);
}

#[test]
fn what_was_written_is_there_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let start = Instant::now();
    let mut opened = open(&options(folder.path())).expect("opened");
    println!("first open {:?}", start.elapsed());
    let user = UserId(7);
    run(&mut opened, Command::CreateUser { user, username: "kim".to_owned(), email: None });
    run(&mut opened, Command::Charge { user, amount: 500 });
    assert_eq!(opened.store.wallet(user).expect("read").balance, 500);
    opened.store.stop().expect("stopped");
    opened.journal.seal().expect("sealed");
    drop(opened);
    let start = Instant::now();
    let opened = open(&options(folder.path())).expect("opened");
    println!("second open {:?}", start.elapsed());
    assert_eq!(opened.store.wallet(user).expect("read").balance, 500);
    assert_eq!(opened.journal.last().0, 2);
    assert_eq!(opened.store.durable().0, 2);
}
