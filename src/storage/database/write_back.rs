//! A database file that is written back later: its changes stay in memory until the start has found everything sound, so
//! that a refused start changes nothing.
//!
//! redb writes to a file as soon as it opens it. Here what it writes is kept, seen by its own reads, and done to the file
//! in the same order when it is written back; from then on it goes to the file at once.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use redb::StorageBackend;

use super::copy_on_write::CopyOnWriteFile;

/// The file; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct WriteBackFile(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Set when everything is written back.
    file: OnceLock<File>,
    /// `None` from then on.
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    seen: CopyOnWriteFile,
    operations: Vec<Operation>,
}

/// What was done to the file.
#[derive(Debug)]
enum Operation {
    Write { offset: u64, data: Vec<u8> },
    SetLength(u64),
    Sync,
}

impl WriteBackFile {
    /// A file that is there.
    pub(crate) fn over(file: &File) -> io::Result<Self> {
        Ok(Self::new(CopyOnWriteFile::new(file.try_clone()?)?))
    }

    /// A file that is not there yet.
    pub(crate) fn fresh() -> Self {
        Self::new(CopyOnWriteFile::empty())
    }

    fn new(seen: CopyOnWriteFile) -> Self {
        let kept = Kept { seen, operations: Vec::new() };
        Self(Arc::new(Inner { file: OnceLock::new(), kept: Mutex::new(Some(kept)) }))
    }

    /// Does to `file` what was done so far, and gives everything that follows to it.
    ///
    /// # Errors
    /// The disk fails; the file is then as a crash would have left it.
    ///
    /// # Panics
    /// When it was done before.
    pub(crate) fn write_back(&self, file: File) -> io::Result<()> {
        let mut kept = self.0.kept.lock();
        for operation in kept.take().expect("a file is written back once").operations {
            match operation {
                Operation::Write { offset, data } => file.write_all_at(&data, offset)?,
                Operation::SetLength(length) => file.set_len(length)?,
                Operation::Sync => file.sync_data()?,
            }
        }
        self.0.file.set(file).expect("a file is written back once");
        Ok(())
    }

    /// Asks the file when everything is written back, else what is kept.
    fn ask<T>(
        &self,
        of_file: impl FnOnce(&File) -> io::Result<T>,
        of_kept: impl FnOnce(&mut Kept) -> io::Result<T>,
    ) -> io::Result<T> {
        if let Some(file) = self.0.file.get() {
            return of_file(file);
        }
        let mut kept = self.0.kept.lock();
        match (kept.as_mut(), self.0.file.get()) {
            (Some(kept), _) => of_kept(kept),
            (None, Some(file)) => of_file(file),
            (None, None) => Err(io::Error::other("the file could not be written back")),
        }
    }
}

impl StorageBackend for WriteBackFile {
    fn len(&self) -> io::Result<u64> {
        self.ask(|file| Ok(file.metadata()?.len()), |kept| kept.seen.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        // Both ways need the buffer, and only one of them is gone.
        if let Some(file) = self.0.file.get() {
            return file.read_exact_at(out, offset);
        }
        let out = Mutex::new(out);
        self.ask(|file| file.read_exact_at(*out.lock(), offset), |kept| kept.seen.read(offset, *out.lock()))
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let keep = |kept: &mut Kept| {
            kept.operations.push(Operation::SetLength(length));
            kept.seen.set_len(length)
        };
        self.ask(|file| file.set_len(length), keep)
    }

    fn sync_data(&self) -> io::Result<()> {
        let keep = |kept: &mut Kept| {
            kept.operations.push(Operation::Sync);
            Ok(())
        };
        self.ask(File::sync_data, keep)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let keep = |kept: &mut Kept| {
            kept.operations.push(Operation::Write { offset, data: data.to_vec() });
            kept.seen.write(offset, data)
        };
        self.ask(|file| file.write_all_at(data, offset), keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_changes_when_it_is_written_back_and_not_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        std::fs::write(&path, b"before").expect("written");
        let open = || File::options().read(true).write(true).open(&path).expect("opened");
        let buffered = WriteBackFile::over(&open()).expect("read");
        let seen = |buffered: &WriteBackFile| {
            let mut bytes = vec![0; usize::try_from(buffered.len().expect("read")).expect("small")];
            buffered.read(0, &mut bytes).expect("read");
            bytes
        };
        buffered.write(0, b"BEF").expect("kept");
        buffered.set_len(8).expect("kept");
        buffered.sync_data().expect("kept");
        buffered.write(7, b"!").expect("kept");
        assert_eq!(seen(&buffered), b"BEFore\0!");
        assert_eq!(std::fs::read(&path).expect("read"), b"before");
        buffered.write_back(open()).expect("written");
        assert_eq!(std::fs::read(&path).expect("read"), b"BEFore\0!");
        buffered.write(6, b"?").expect("written");
        assert_eq!(seen(&buffered), b"BEFore?!");
        assert_eq!(std::fs::read(&path).expect("read"), b"BEFore?!");
    }

    #[test]
    fn a_database_that_is_made_in_memory_is_whole_in_its_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let buffered = WriteBackFile::fresh();
        let database = redb::Builder::new().create_with_backend(buffered.clone()).expect("created");
        let table: redb::TableDefinition<'_, u64, u64> = redb::TableDefinition::new("numbers");
        let write = |key: u64| {
            let transaction = database.begin_write().expect("begun");
            transaction.open_table(table).expect("opened").insert(key, key).expect("inserted");
            transaction.commit().expect("committed");
        };
        write(1);
        let file = File::options().read(true).write(true).create_new(true).open(&path).expect("created");
        buffered.write_back(file).expect("written");
        write(2);
        drop(database);
        let database = redb::Database::open(&path).expect("whole");
        let transaction = redb::ReadableDatabase::begin_read(&database).expect("begun");
        let table = transaction.open_table(table).expect("opened");
        assert_eq!(redb::ReadableTableMetadata::len(&table).expect("counted"), 2);
    }
}
