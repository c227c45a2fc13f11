//! How long a start takes: the replay of a log of a million entries into an empty database, and the opening of tables
//! with a million waiting places. Each is built once; `JARI_BENCH_ENTRIES` and `JARI_BENCH_PLACES` make them smaller.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use jari::domain::{Command, PlaceRef, Selection, Sequence, Stamped, Table, commands, tables};
use jari::log::{Entry, Index};
use jari::replica::{Recovered, open, open_with};
use jari::storage::{Checkpointer, Disk, DiskFile, Files, Options, SEGMENT_BYTES};
use redb::backends::InMemoryBackend;
use tempfile::TempDir;

use crate::group_commit::CACHE_BYTES;
use crate::office::{self, CONCERT, stamped};

const ENTRIES: u32 = 1_000_000;
const PLACES: u32 = 1_000_000;
/// Entries of one user: join, charge, hold, pay.
const ENTRIES_A_USER: u32 = 4;
const SEATS_A_DATE: u32 = 100_000;
const SALT: u64 = 7;

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("replay");
    // An iteration takes seconds.
    group.sample_size(10).warm_up_time(Duration::from_millis(1));
    bench_log(&mut group);
    bench_places(&mut group);
    group.finish();
}

fn bench_log(group: &mut BenchmarkGroup<'_, WallTime>) {
    let entries = from_environment("JARI_BENCH_ENTRIES", ENTRIES);
    group.throughput(Throughput::Elements(entries.into()));
    let mut folder = None;
    group.bench_with_input(BenchmarkId::new("entries", entries), &entries, |bencher, entries| {
        let folder = folder.get_or_insert_with(|| write_log(*entries));
        bencher.iter_custom(|times| (0..times).map(|_| replay(folder.path(), *entries)).sum());
    });
}

fn bench_places(group: &mut BenchmarkGroup<'_, WallTime>) {
    let places = from_environment("JARI_BENCH_PLACES", PLACES);
    group.throughput(Throughput::Elements(places.into()));
    let mut folder = None;
    group.bench_with_input(BenchmarkId::new("waiting_places", places), &places, |bencher, places| {
        let folder = folder.get_or_insert_with(|| write_places(*places));
        bencher.iter_custom(|times| (0..times).map(|_| restart(folder.path(), *places)).sum());
    });
}

fn from_environment(name: &str, default: u32) -> u32 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number of entries or places"))
}

/// A log in which users are made and then each joins, charges, holds and pays; one command an entry.
fn write_log(entries: u32) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let disk = Unsynced(Files::new(folder.path().to_owned()));
    let opened = open_with(InMemoryBackend::new(), disk, SALT, SEGMENT_BYTES, Checkpointer::Caller);
    let mut log = opened.expect("the folder is ours").log;
    let users = entries.div_ceil(ENTRIES_A_USER);
    let mut opening = office::opening(users.div_ceil(SEATS_A_DATE), SEATS_A_DATE).to_vec();
    opening.extend((0..users).map(office::create_user));
    let mut append = |batch: Vec<Stamped>| {
        let entry = Entry::alone(log.last().next(), batch);
        log.append(std::slice::from_ref(&entry)).expect("the disk takes it");
    };
    append(opening.into_iter().map(stamped).collect());
    for number in 0..entries {
        append(vec![stamped(command(number))]);
    }
    log.seal().expect("the disk takes it");
    folder
}

/// What the entry with this number asks, when every earlier one succeeded.
fn command(number: u32) -> Command {
    let user = number / ENTRIES_A_USER;
    let place_ref = PlaceRef { concert: CONCERT, sequence: Sequence(u64::from(user) + 1), user: office::user(user) };
    let (date, seat) = (office::date(user / SEATS_A_DATE), user % SEATS_A_DATE + 1);
    match number % ENTRIES_A_USER {
        0 => office::join(user),
        1 => office::charge(user),
        2 => Command::Reserve(commands::Reserve {
            place_ref,
            date,
            selection: Selection::Seats(vec![seat]),
            user: place_ref.user,
        }),
        _ => office::pay(user, place_ref, date, seat),
    }
}

fn replay(folder: &Path, entries: u32) -> Duration {
    let disk = Files::new(folder.to_owned());
    let begun = Instant::now();
    let opened = open_with(InMemoryBackend::new(), disk, SALT, SEGMENT_BYTES, Checkpointer::Caller);
    let took = begun.elapsed();
    let Recovered { log, replica, .. } = opened.expect("the log is sound");
    assert_eq!(log.last(), Index(u64::from(entries) + 1), "everything was replayed");
    let charged = (entries + ENTRIES_A_USER - 2) / ENTRIES_A_USER;
    let paid = entries / ENTRIES_A_USER;
    assert_eq!(replica.look().totals().last_entry, u64::from(charged + paid), "every command succeeded");
    took
}

/// A data folder whose tables hold a concert with user 0 ACTIVE and so many waiting, and these users.
pub(crate) fn write_places(places: u32) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let Recovered { replica, mut log, .. } = open(&options(folder.path())).expect("the folder is ours");
    log.append(&[Entry::alone(Index(1), Vec::new())]).expect("the disk takes it");
    let users = (0..=places).map(|number| tables::Users::change(office::user(number), Some(office::user_row(number))));
    let store = replica.store();
    store.put_all(office::waiting_rows(places).chain(users).collect());
    store.applied(log.position());
    store.stop().expect("the disk takes it");
    log.seal().expect("the disk takes it");
    folder
}

fn restart(folder: &Path, places: u32) -> Duration {
    let begun = Instant::now();
    let opened = open(&options(folder));
    let took = begun.elapsed();
    let Recovered { replica, mut log, .. } = opened.expect("the data is sound");
    let waiting = replica.look().sale(CONCERT).expect("it was written").queue().waiting().len();
    assert_eq!(waiting, places as usize, "everybody is there");
    replica.store().stop().expect("the disk takes it");
    log.seal().expect("the disk takes it");
    took
}

fn options(folder: &Path) -> Options {
    Options { data_dir: folder.join("data"), cache_bytes: CACHE_BYTES }
}

/// Real files that are not synced: for writing a log quickly that no crash will meet.
#[derive(Clone, Debug)]
struct Unsynced(Files);

#[derive(Debug)]
struct UnsyncedFile(File);

impl Disk for Unsynced {
    type File = UnsyncedFile;

    fn list(&self) -> io::Result<Vec<String>> {
        self.0.list()
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.0.read(name)
    }

    fn read_at(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.0.read_at(name, offset, length)
    }

    fn create(&self, name: &str) -> io::Result<UnsyncedFile> {
        self.0.create(name).map(UnsyncedFile)
    }

    fn open(&self, name: &str) -> io::Result<UnsyncedFile> {
        self.0.open(name).map(UnsyncedFile)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }

    fn sync_folder(&self) -> io::Result<()> {
        Ok(())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.0.free_bytes()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }
}

impl DiskFile for UnsyncedFile {
    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write(offset, bytes)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.truncate(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}
