//! A folder of files without holes: the little that the log asks of a disk.
//!
//! Two implementations exist: real files here, and a machine whose power can be cut, which tests are built with. Nothing
//! here knows what the bytes mean.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::PathBuf;

/// A folder of files.
#[expect(clippy::missing_errors_doc, reason = "each method fails when the disk does, and for no other reason")]
pub trait Disk: Clone + Debug + Send + Sync + 'static {
    type File: DiskFile + Debug + Send + Sync;

    /// The names of the files, ascending.
    fn list(&self) -> io::Result<Vec<String>>;

    /// All bytes of a file.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;

    /// The `length` bytes of a file from byte `offset` on; an end before them is an error.
    fn read_at(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>>;

    /// A new, empty file; an existing one is an error. Its name lasts once [`Disk::sync_folder`] has returned.
    fn create(&self, name: &str) -> io::Result<Self::File>;

    /// An existing file, to be written on.
    fn open(&self, name: &str) -> io::Result<Self::File>;

    /// Removes a file; it stays away once [`Disk::sync_folder`] has returned.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes creations and removals durable.
    fn sync_folder(&self) -> io::Result<()>;

    /// Bytes that may still be written.
    fn free_bytes(&self) -> io::Result<u64>;

    /// How people find the file.
    fn path(&self, name: &str) -> PathBuf;
}

/// A file that is open for writing.
#[expect(clippy::missing_errors_doc, reason = "each method fails when the disk does, and for no other reason")]
pub trait DiskFile {
    /// Writes `bytes` from byte `offset` on, which is at most the file's length, and makes the file longer where they
    /// reach beyond its end. Durable once [`DiskFile::sync`] has returned.
    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Drops everything from `length` on.
    fn truncate(&mut self, length: u64) -> io::Result<()>;

    /// Makes bytes and length durable.
    fn sync(&mut self) -> io::Result<()>;
}

/// Real files in one folder.
#[derive(Clone, Debug)]
pub struct Files {
    folder: PathBuf,
}

impl Files {
    /// The files of `folder`; where it does not exist there are none.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }
}

impl Disk for Files {
    type File = File;

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            // It is only created when a start has found everything sound.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names),
            Err(error) => return Err(error),
        };
        for entry in entries {
            names.extend(entry?.file_name().into_string());
        }
        names.sort_unstable();
        Ok(names)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path(name))
    }

    fn read_at(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        File::open(self.path(name))?.read_exact_at(&mut bytes, offset)?;
        Ok(bytes)
    }

    fn create(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.path(name))
    }

    fn open(&self, name: &str) -> io::Result<File> {
        // Not in append mode, in which Linux would put every write at the end of the file whatever its offset.
        OpenOptions::new().write(true).open(self.path(name))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    fn sync_folder(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }

    fn free_bytes(&self) -> io::Result<u64> {
        // What is kept for the superuser does not count.
        let found = rustix::fs::statvfs(&self.folder)?;
        Ok(found.f_bavail.saturating_mul(found.f_frsize))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl DiskFile for File {
    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::{Disk, DiskFile, Files};

    #[test]
    fn real_files_keep_what_is_written_and_truncated() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = Files::new(folder.path().to_path_buf());
        let mut file = disk.create("a").expect("created");
        file.write(0, b"hello world").expect("written");
        file.sync().expect("synced");
        disk.sync_folder().expect("synced");
        assert!(disk.create("a").is_err(), "a file is never created twice");
        let mut file = disk.open("a").expect("opened");
        file.truncate(5).expect("truncated");
        file.write(0, b"Hel").expect("written over");
        file.write(5, b", you").expect("written behind");
        assert_eq!(disk.read("a").expect("read"), b"Hello, you");
        assert_eq!(disk.read_at("a", 5, 3).expect("read"), b", y");
        assert!(disk.read_at("a", 5, 6).is_err(), "it is not so long");
        assert!(disk.free_bytes().expect("the system says") > 0);
        assert_eq!(disk.list().expect("listed"), ["a"]);
        disk.remove("a").expect("removed");
        assert!(disk.list().expect("listed").is_empty());
    }
}
