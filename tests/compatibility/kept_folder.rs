//! A data folder as the build that raised the format wrote it: half of its entries are in the database, all of them are in
//! the log. Every later build opens it, and rebuilds it from its log.

use std::convert::Infallible;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jari::domain::tables::{Visit, visit_all};
use jari::domain::{MemoryRows, Rows, State, Table};
use jari::log::Entry;
use jari::replica::{Recovered, open};
use jari::storage::{Options, Store};
use jari::verify::verify;

use crate::golden_bytes::WRITE_ANEW;
use crate::script::script;

const FILES: [&str; 2] = ["jari.redb", "log/00000000000000000001.log"];
/// Entries that the database holds.
const CHECKPOINTED: usize = 20;

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compatibility/kept-folder")
}

fn options(data_dir: &Path) -> Options {
    Options { data_dir: data_dir.to_owned(), cache_bytes: 16 << 20 }
}

/// Writes the folder with this build.
fn write(data_dir: &Path) {
    let Recovered { replica, mut log, .. } = open(&options(data_dir)).expect("created");
    for (number, stamped) in script().into_iter().enumerate() {
        if number == CHECKPOINTED {
            replica.store().stop().expect("the database takes it");
        }
        let entry = Entry::alone(log.last().next(), vec![stamped]);
        log.append(std::slice::from_ref(&entry)).expect("appended");
        replica.apply(&entry, log.position(), &mut ()).expect("applied");
    }
}

fn pack(data_dir: &Path) {
    fs::create_dir_all(kept().join("log")).expect("created");
    for file in FILES {
        let packed = fs::File::create(kept().join(format!("{file}.gz"))).expect("created");
        let mut packed = GzEncoder::new(packed, Compression::best());
        packed.write_all(&fs::read(data_dir.join(file)).expect("read")).expect("written");
        packed.finish().expect("written");
    }
}

fn unpack(data_dir: &Path) {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(data_dir.join("log")).expect("created");
    for file in FILES {
        let packed = fs::File::open(kept().join(format!("{file}.gz"))).expect("the folder is in the repository");
        let mut bytes = Vec::new();
        GzDecoder::new(packed).read_to_end(&mut bytes).expect("unpacked");
        fs::write(data_dir.join(file), bytes).expect("written");
        fs::set_permissions(data_dir.join(file), fs::Permissions::from_mode(0o600)).expect("ours");
    }
}

/// Compares each row of the script with the same row of what was opened.
struct Same<'a> {
    rows: &'a MemoryRows,
    store: &'a Store,
}

impl Visit for Same<'_> {
    type Error = Infallible;

    fn visit<T: Table>(&mut self) -> Result<(), Infallible> {
        for (key, row) in T::of(self.rows) {
            assert_eq!(self.store.get::<T>(key).as_ref(), Ok(&Some(row.clone())), "table {}", T::NAME);
        }
        Ok(())
    }
}

fn assert_opens(data_dir: &Path, replayed: usize) {
    let report = verify(&options(data_dir)).expect("examined");
    assert!(report.is_clean(), "{report}");
    let Recovered { replica, log, applied } = open(&options(data_dir)).expect("opened");
    assert_eq!((log.last().0 - applied.0) as usize, replayed);
    let (mut state, mut rows) = (State::default(), MemoryRows::default());
    for stamped in script() {
        drop(rows.commit(&mut state, &stamped));
    }
    let Ok(()) = visit_all(&mut Same { rows: &rows, store: replica.store() });
    assert_eq!(replica.look().totals(), state.totals());
}

#[test]
fn a_folder_of_this_format_is_opened_and_can_be_rebuilt_from_its_log() {
    let folder = tempfile::tempdir().expect("a folder");
    if std::env::var_os(WRITE_ANEW).is_some() {
        write(&folder.path().join("written"));
        pack(&folder.path().join("written"));
    }
    let data_dir = folder.path().join("data");
    unpack(&data_dir);
    assert_opens(&data_dir, script().len() - CHECKPOINTED);
    let rebuilt = folder.path().join("rebuilt");
    unpack(&rebuilt);
    fs::remove_file(rebuilt.join(FILES[0])).expect("removed");
    let Recovered { replica, .. } = open(&options(&rebuilt)).expect("the log has every entry");
    replica.store().stop().expect("the database takes it");
    drop(replica);
    assert_opens(&rebuilt, 0);
}
