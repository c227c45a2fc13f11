//! What ends a start, in one sentence each, with nothing overwritten.

use std::io;

use redb::{Builder, Database, TableDefinition};

use super::*;
use crate::log::Position;
use crate::simulation::{Machine, SimulatedDisk};
use crate::storage::AccessError;
use crate::storage::codec;
use crate::storage::database::{FORMAT_VERSION, History, Meta};
use crate::storage::log::SegmentHeader;

const META: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("meta");

fn opened(machine: &Machine) -> Result<Opened<SimulatedDisk>, OpenError> {
    read_with(machine.database(), machine.disk(), 1, SEGMENT_BYTES)?.begin(Checkpointer::Caller)
}

fn opened_in(options: &Options) -> Result<Opened, OpenError> {
    read(options)?.begin(Checkpointer::of_server(options.data_dir.join(DATABASE_FILE)))
}

/// Changes the format that a database says it has.
fn write_format(database: &Database, version: u64) {
    let transaction = database.begin_write().expect("begun");
    let mut value = Vec::new();
    codec::encode(b"format", &version, &mut value);
    let table = transaction.open_table(META);
    assert!(table.expect("opened").insert(b"format".as_slice(), value.as_slice()).expect("written").is_some());
    transaction.commit().expect("committed");
}

#[test]
fn a_database_of_another_format_is_refused() {
    for (version, author) in [(FORMAT_VERSION + 1, "a newer"), (FORMAT_VERSION - 1, "an older")] {
        let machine = Machine::new(1);
        drop(opened(&machine).expect("a new machine"));
        write_format(&Builder::new().create_with_backend(machine.database()).expect("opened"), version);
        assert_eq!(
            opened(&machine).err().expect("refused").to_string(),
            format!(
                "the database jari.redb is of format {version}, written by {author} jari; this one reads format 8 only, \
                 so start the jari that wrote it or name another folder with --data-dir"
            )
        );
    }
}

#[test]
fn a_folder_of_another_format_stays_as_it_is() {
    for version in [FORMAT_VERSION + 1, FORMAT_VERSION - 1] {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options { data_dir: folder.path().to_owned(), cache_bytes: 1 << 20 };
        opened_in(&options).expect("opened").store.stop().expect("stopped");
        let path = folder.path().join(DATABASE_FILE);
        write_format(&Builder::new().open(&path).expect("opened"), version);
        let before = std::fs::read(&path).expect("read");
        assert!(matches!(opened_in(&options), Err(OpenError::Format { version: found, .. }) if found == version));
        assert!(std::fs::read(&path).expect("read") == before);
    }
}

#[test]
fn a_log_of_the_first_format_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options { data_dir: folder.path().to_owned(), cache_bytes: 1 << 20 };
    opened_in(&options).expect("opened").store.stop().expect("stopped");
    let path = folder.path().join(LOG_FOLDER).join("00000000000000000001.log");
    let header = SegmentHeader { version: 1, salt: 7, before: Position::default(), ordinal: 1, vote: None }.encode();
    std::fs::write(&path, header).expect("written");
    assert_eq!(
        opened_in(&options).err().expect("refused").to_string(),
        format!(
            "{} is of log format 1, written by an older jari; this one reads format 8 only, so start the jari that wrote \
             it or name another folder with --data-dir",
            path.display()
        )
    );
    assert!(std::fs::read(&path).expect("read") == header);
}

#[test]
fn a_new_database_says_its_format_and_holds_no_entry() {
    let machine = Machine::new(1);
    drop(opened(&machine).expect("a new machine"));
    let database = Builder::new().create_with_backend(machine.database()).expect("opened");
    let meta = Meta::of(&database).expect("opened");
    assert_eq!(meta.format_version(), Ok(FORMAT_VERSION));
    assert_eq!(meta.history(), Ok(History { salt: 1, applied: Position::default() }));
}

#[test]
fn a_database_that_does_not_say_all_of_itself_is_damaged() {
    for key in ["format", "applied", "term", "checksum", "salt"] {
        let machine = Machine::new(1);
        drop(opened(&machine).expect("a new machine"));
        let database = Builder::new().create_with_backend(machine.database()).expect("opened");
        let transaction = database.begin_write().expect("begun");
        assert!(transaction.open_table(META).expect("opened").remove(key.as_bytes()).expect("removed").is_some());
        transaction.commit().expect("committed");
        drop(database);
        let said = opened(&machine).err().expect("refused").to_string();
        assert_eq!(said, format!("row {key} of table meta is missing"));
    }
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let machine = Machine::new(1);
    machine.damage_database(|bytes| bytes.extend_from_slice(b"something else entirely"));
    assert_eq!(
        opened(&machine).err().expect("refused").to_string(),
        "the database jari.redb cannot be opened: I/O error: Not a redb database: magic number mismatch"
    );
}

#[test]
fn an_error_of_the_disk_names_the_file_and_says_what_to_do() {
    let said = |kind: io::ErrorKind| OpenError::io("write", Path::new("data/jari.lock"), kind.into()).to_string();
    assert_eq!(
        said(io::ErrorKind::ReadOnlyFilesystem),
        "cannot write data/jari.lock: read-only filesystem or storage medium; the folder must be writable for the user \
         that runs jari"
    );
    assert_eq!(
        said(io::ErrorKind::StorageFull),
        "cannot write data/jari.lock: no storage space; free some space and start again"
    );
    let path = || Path::new("data").to_owned();
    assert_eq!(
        OpenError::io("create", &path(), io::ErrorKind::NotFound.into()).to_string(),
        "cannot create data: entity not found; no folder can be made there, so name another with --data-dir"
    );
    assert_eq!(
        AccessError::Io { path: path(), source: io::ErrorKind::PermissionDenied.into() }.to_string(),
        "cannot look at data: permission denied; run jari as the user that the data belongs to, or name another folder \
         with --data-dir"
    );
}
