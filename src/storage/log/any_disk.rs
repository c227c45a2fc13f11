//! A disk of whatever kind, so that what runs over the log does not have to carry the kind along.

use std::fmt::Debug;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::disk::{Disk, DiskFile};

/// A disk of whatever kind; clones share it.
#[derive(Clone, Debug)]
pub struct AnyDisk(Arc<dyn Erased>);

/// A file of a disk of whatever kind, open for writing.
#[derive(Debug)]
pub struct AnyFile(Box<dyn ErasedFile>);

trait ErasedFile: DiskFile + Debug + Send + Sync {}

impl<F: DiskFile + Debug + Send + Sync> ErasedFile for F {}

/// [`Disk`] without the type of its files.
trait Erased: Debug + Send + Sync {
    fn list(&self) -> io::Result<Vec<String>>;
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;
    fn read_at(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>>;
    fn create(&self, name: &str) -> io::Result<AnyFile>;
    fn open(&self, name: &str) -> io::Result<AnyFile>;
    fn remove(&self, name: &str) -> io::Result<()>;
    fn sync_folder(&self) -> io::Result<()>;
    fn free_bytes(&self) -> io::Result<u64>;
    fn path(&self, name: &str) -> PathBuf;
}

impl AnyDisk {
    pub fn new(disk: impl Disk) -> Self {
        Self(Arc::new(disk))
    }
}

impl<D: Disk> Erased for D {
    fn list(&self) -> io::Result<Vec<String>> {
        Disk::list(self)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        Disk::read(self, name)
    }

    fn read_at(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        Disk::read_at(self, name, offset, length)
    }

    fn create(&self, name: &str) -> io::Result<AnyFile> {
        Ok(AnyFile(Box::new(Disk::create(self, name)?)))
    }

    fn open(&self, name: &str) -> io::Result<AnyFile> {
        Ok(AnyFile(Box::new(Disk::open(self, name)?)))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        Disk::remove(self, name)
    }

    fn sync_folder(&self) -> io::Result<()> {
        Disk::sync_folder(self)
    }

    fn free_bytes(&self) -> io::Result<u64> {
        Disk::free_bytes(self)
    }

    fn path(&self, name: &str) -> PathBuf {
        Disk::path(self, name)
    }
}

impl Disk for AnyDisk {
    type File = AnyFile;

    fn list(&self) -> io::Result<Vec<String>> {
        self.0.list()
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.0.read(name)
    }

    fn read_at(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.0.read_at(name, offset, length)
    }

    fn create(&self, name: &str) -> io::Result<AnyFile> {
        self.0.create(name)
    }

    fn open(&self, name: &str) -> io::Result<AnyFile> {
        self.0.open(name)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.0.sync_folder()
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.0.free_bytes()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }
}

impl DiskFile for AnyFile {
    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write(offset, bytes)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.truncate(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync()
    }
}
