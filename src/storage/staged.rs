//! A database file whose changes stay in memory until the start has found everything sound, so that a refused start
//! changes nothing.
//!
//! redb writes to a file as soon as it opens it. Here what it writes is kept, seen by its own reads, and done to the file
//! in the same order when the file is released; from then on it goes to the file at once.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use redb::StorageBackend;

use super::untouched::Untouched;

/// The file; cheap to clone.
#[derive(Clone, Debug)]
pub struct Staged(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Set when the file is released.
    file: OnceLock<File>,
    /// `None` when the file is released.
    stage: Mutex<Option<Stage>>,
}

#[derive(Debug)]
struct Stage {
    seen: Untouched,
    operations: Vec<Operation>,
}

/// What was done to the file.
#[derive(Debug)]
enum Operation {
    Write { offset: u64, data: Vec<u8> },
    SetLength(u64),
    Sync,
}

impl Staged {
    /// A file that is there.
    pub fn over(file: &File) -> io::Result<Self> {
        Ok(Self::new(Untouched::new(file.try_clone()?)?))
    }

    /// A file that is not there yet.
    pub fn fresh() -> Self {
        Self::new(Untouched::empty())
    }

    fn new(seen: Untouched) -> Self {
        let stage = Stage { seen, operations: Vec::new() };
        Self(Arc::new(Inner { file: OnceLock::new(), stage: Mutex::new(Some(stage)) }))
    }

    /// Does to `file` what was done so far, and gives everything that follows to it.
    ///
    /// # Errors
    /// The disk fails; the file is then as a crash would have left it.
    ///
    /// # Panics
    /// When it was released before.
    pub fn release(&self, file: File) -> io::Result<()> {
        let mut stage = self.0.stage.lock();
        for operation in stage.take().expect("a file is released once").operations {
            match operation {
                Operation::Write { offset, data } => file.write_all_at(&data, offset)?,
                Operation::SetLength(length) => file.set_len(length)?,
                Operation::Sync => file.sync_data()?,
            }
        }
        self.0.file.set(file).expect("a file is released once");
        Ok(())
    }

    /// Asks the file when it is released, else what is kept.
    fn ask<T>(
        &self,
        released: impl FnOnce(&File) -> io::Result<T>,
        kept: impl FnOnce(&mut Stage) -> io::Result<T>,
    ) -> io::Result<T> {
        if let Some(file) = self.0.file.get() {
            return released(file);
        }
        let mut stage = self.0.stage.lock();
        match (stage.as_mut(), self.0.file.get()) {
            (Some(stage), _) => kept(stage),
            (None, Some(file)) => released(file),
            (None, None) => Err(io::Error::other("the file could not be released")),
        }
    }
}

impl StorageBackend for Staged {
    fn len(&self) -> io::Result<u64> {
        self.ask(|file| Ok(file.metadata()?.len()), |stage| stage.seen.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        // Both ways need the buffer, and only one of them is gone.
        if let Some(file) = self.0.file.get() {
            return file.read_exact_at(out, offset);
        }
        let out = Mutex::new(out);
        self.ask(|file| file.read_exact_at(*out.lock(), offset), |stage| stage.seen.read(offset, *out.lock()))
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let keep = |stage: &mut Stage| {
            stage.operations.push(Operation::SetLength(length));
            stage.seen.set_len(length)
        };
        self.ask(|file| file.set_len(length), keep)
    }

    fn sync_data(&self) -> io::Result<()> {
        let keep = |stage: &mut Stage| {
            stage.operations.push(Operation::Sync);
            Ok(())
        };
        self.ask(File::sync_data, keep)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let keep = |stage: &mut Stage| {
            stage.operations.push(Operation::Write { offset, data: data.to_vec() });
            stage.seen.write(offset, data)
        };
        self.ask(|file| file.write_all_at(data, offset), keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_changes_when_it_is_released_and_not_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        std::fs::write(&path, b"before").expect("written");
        let open = || File::options().read(true).write(true).open(&path).expect("opened");
        let staged = Staged::over(&open()).expect("read");
        let seen = |staged: &Staged| {
            let mut bytes = vec![0; usize::try_from(staged.len().expect("read")).expect("small")];
            staged.read(0, &mut bytes).expect("read");
            bytes
        };
        staged.write(0, b"BEF").expect("kept");
        staged.set_len(8).expect("kept");
        staged.sync_data().expect("kept");
        staged.write(7, b"!").expect("kept");
        assert_eq!(seen(&staged), b"BEFore\0!");
        assert_eq!(std::fs::read(&path).expect("read"), b"before");
        staged.release(open()).expect("written");
        assert_eq!(std::fs::read(&path).expect("read"), b"BEFore\0!");
        staged.write(6, b"?").expect("written");
        assert_eq!(seen(&staged), b"BEFore?!");
        assert_eq!(std::fs::read(&path).expect("read"), b"BEFore?!");
    }

    #[test]
    fn a_database_that_is_made_in_memory_is_whole_in_its_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let staged = Staged::fresh();
        let database = redb::Builder::new().create_with_backend(staged.clone()).expect("created");
        let table: redb::TableDefinition<'_, u64, u64> = redb::TableDefinition::new("numbers");
        let write = |key: u64| {
            let transaction = database.begin_write().expect("begun");
            transaction.open_table(table).expect("opened").insert(key, key).expect("inserted");
            transaction.commit().expect("committed");
        };
        write(1);
        let file = File::options().read(true).write(true).create_new(true).open(&path).expect("created");
        staged.release(file).expect("written");
        write(2);
        drop(database);
        let database = redb::Database::open(&path).expect("whole");
        let transaction = redb::ReadableDatabase::begin_read(&database).expect("begun");
        let table = transaction.open_table(table).expect("opened");
        assert_eq!(redb::ReadableTableMetadata::len(&table).expect("counted"), 2);
    }
}
