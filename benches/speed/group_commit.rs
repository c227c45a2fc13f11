//! What makes a batch of holds durable: the log alone, the log with the tables behind it (what a server does), and for
//! comparison a database that commits the rows of the same holds durably itself.

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use jari::domain::{Change, Command, PlaceRef, RecordChange, Selection, Sequence, Stamped, commands};
use jari::log::{Entry, Index};
use jari::replica::{self, Applied, Fate, Recovered};
use jari::storage::{Layer, Options};
use redb::Database;
use tempfile::TempDir;

use crate::office::{self, Office, SEATS_A_USER, stamped};

const BATCHES: [u32; 5] = [1, 16, 64, 256, 1_024];
const USERS: u32 = 50_000;
const DATES: u32 = 2;
const SEATS_A_DATE: u32 = USERS * SEATS_A_USER / DATES;
/// Holds in the tables before anything is measured.
const HOLDS_BEFORE: u32 = 100_000;
pub(crate) const CACHE_BYTES: usize = 256 * 1024 * 1024;

/// How the compared database commits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Commit {
    /// Durable; after a crash it opens by walking over all pages.
    Durable,
    /// As jari's checkpoint thread does: after a crash it opens in milliseconds.
    QuickRepair,
}

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("group_commit");
    // A commit takes a millisecond or more, so a few samples of many commits tell as much as many of few.
    group.sample_size(10);
    for size in BATCHES {
        group.throughput(Throughput::Elements(size.into()));
        let mut log = None;
        group.bench_function(BenchmarkId::new("log", size), |bencher| {
            let log = log.get_or_insert_with(Log::new);
            bencher.iter_custom(|times| (0..times).map(|_| log.append(size)).sum());
        });
        let mut server = None;
        group.bench_function(BenchmarkId::new("log_with_tables_behind", size), |bencher| {
            bencher.iter_custom(|times| (0..times).map(|_| Server::of(&mut server, size).commit(size)).sum());
        });
        drop(server);
        for (name, commit) in [("redb_durable", Commit::Durable), ("redb_quick_repair", Commit::QuickRepair)] {
            let mut rows = None;
            group.bench_function(BenchmarkId::new(name, size), |bencher| {
                let rows = rows.get_or_insert_with(RowsOnly::new);
                bencher.iter_custom(|times| (0..times).map(|_| rows.commit(size, commit)).sum());
            });
        }
    }
    group.finish();
}

/// The log of a fresh folder, and nothing behind it.
struct Log {
    opened: Recovered,
    next: u32,
    _folder: TempDir,
}

impl Log {
    fn new() -> Self {
        let (folder, opened) = open_fresh();
        Self { opened, next: 0, _folder: folder }
    }

    fn append(&mut self, size: u32) -> Duration {
        let hold = |number: u32| {
            let number = number % (USERS * SEATS_A_USER);
            let sequence = Sequence(u64::from(number / SEATS_A_USER) + 1);
            let user = office::user(number / SEATS_A_USER);
            let place_ref = PlaceRef { concert: office::CONCERT, sequence, user };
            let date = office::date(number / SEATS_A_DATE);
            let selection = Selection::Seats(vec![number % SEATS_A_DATE + 1]);
            stamped(Command::Reserve(commands::Reserve { place_ref, date, selection, user: place_ref.user }))
        };
        let batch = (0..size).map(|more| hold(self.next.wrapping_add(more))).collect();
        self.next = self.next.wrapping_add(size);
        let index = self.opened.log.last().next();
        let entry = Entry::alone(index, batch);
        let begun = Instant::now();
        self.opened.log.append(std::slice::from_ref(&entry)).expect("the disk takes it");
        self.opened.log.purge(index).expect("the disk takes it");
        begun.elapsed()
    }
}

/// Everything that the writer of a server does with a batch: log, core, overlay, and the checkpoint thread behind.
struct Server {
    opened: Recovered,
    next: u32,
    _folder: TempDir,
}

impl Server {
    /// The server with room for another batch: a new one when its seats have run out.
    fn of(server: &mut Option<Self>, size: u32) -> &mut Self {
        if server.as_ref().is_some_and(|server| server.next + size > USERS * SEATS_A_USER) {
            *server = None;
        }
        server.get_or_insert_with(Self::new)
    }

    fn new() -> Self {
        let (folder, opened) = open_fresh();
        let mut server = Self { opened, next: 0, _folder: folder };
        let mut commands = office::opening(DATES, SEATS_A_DATE).to_vec();
        commands.extend((0..USERS).map(office::create_user));
        commands.extend((0..USERS).map(office::join));
        server.write(commands.into_iter().map(stamped).collect());
        while server.next < HOLDS_BEFORE {
            server.commit(10_000);
        }
        while server.opened.replica.store().rows_pending() > 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        server
    }

    fn commit(&mut self, size: u32) -> Duration {
        let state = self.opened.replica.look();
        let sale = state.sale(office::CONCERT).expect("the opening made it");
        let hold = |number: u32| {
            let user = office::user(number / SEATS_A_USER);
            let sequence = sale.live_place(user).expect("every user joined");
            let place_ref = PlaceRef { concert: office::CONCERT, sequence, user };
            let selection = Selection::Seats(vec![number % SEATS_A_DATE + 1]);
            stamped(Command::Reserve(commands::Reserve {
                place_ref,
                date: office::date(number / SEATS_A_DATE),
                selection,
                user: place_ref.user,
            }))
        };
        let batch = (self.next..self.next + size).map(hold).collect();
        drop(state);
        self.next += size;
        self.write(batch)
    }

    fn write(&mut self, batch: Vec<Stamped>) -> Duration {
        let Recovered { replica, log, .. } = &mut self.opened;
        let store = replica.store();
        let entry = Entry::alone(log.last().next(), batch);
        let begun = Instant::now();
        log.append(std::slice::from_ref(&entry)).expect("the disk takes it");
        store.wait_for_room();
        let mut each = |applied: Applied<'_>| assert!(matches!(applied.fate, Fate::Applied(Ok(_), _)));
        replica.apply(&entry, log.position(), &mut each).expect("the rows can be read");
        log.purge(store.durable()).expect("the disk takes it");
        begun.elapsed()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.opened.replica.store().stop().expect("the disk takes it");
    }
}

/// The rows of holds, batch after batch.
pub(crate) struct Holds {
    office: Office,
    next: u32,
}

impl Holds {
    pub(crate) fn new() -> Self {
        Self { office: Office::with_places(USERS, DATES, SEATS_A_DATE), next: 0 }
    }

    /// What the next so many holds change; from the first seat on again when all are held.
    pub(crate) fn take(&mut self, count: u32) -> Vec<Change> {
        let mut changes = Vec::new();
        for _ in 0..count {
            if self.next == USERS * SEATS_A_USER {
                *self = Self::new();
            }
            let hold = self.office.hold(self.next / SEATS_A_USER, self.next);
            let outcome = self.office.apply(&stamped(hold));
            assert!(outcome.result.is_ok(), "{:?}", outcome.result);
            changes.extend(outcome.changes.iter().cloned());
            // Of what a hold changes the next one reads only its user's counters.
            let read = |change: &Change| matches!(change, Change::Record(RecordChange::Buyers(..)));
            self.office.rows.put_all(outcome.changes.into_iter().filter(read).collect());
            self.next += 1;
        }
        changes
    }
}

/// A database that keeps the same rows without a log.
struct RowsOnly {
    database: Database,
    holds: Holds,
    _folder: TempDir,
}

impl RowsOnly {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let database = Database::builder().set_cache_size(CACHE_BYTES).create(folder.path().join("rows.redb"));
        let database = database.expect("the folder is ours");
        let mut rows = Self { database, holds: Holds::new(), _folder: folder };
        rows.commit(HOLDS_BEFORE, Commit::Durable);
        rows
    }

    fn commit(&mut self, size: u32, commit: Commit) -> Duration {
        let mut layer = Layer::default();
        for change in self.holds.take(size) {
            layer.take(change);
        }
        let begun = Instant::now();
        let mut transaction = self.database.begin_write().expect("nobody else writes");
        transaction.set_quick_repair(commit == Commit::QuickRepair);
        layer.write(&transaction).expect("the disk takes it");
        transaction.commit().expect("the disk takes it");
        begun.elapsed()
    }
}

/// The data of a fresh folder, which goes with the guard.
pub(crate) fn open_fresh() -> (TempDir, Recovered) {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let options = Options { data_dir: folder.path().join("data"), cache_bytes: CACHE_BYTES };
    let opened = replica::open(&options).expect("the folder is ours");
    assert_eq!(opened.log.last(), Index(0), "the folder is fresh");
    (folder, opened)
}
