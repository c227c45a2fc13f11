//! Owns the clocks that a server under test is shown: a small library in front of the C library, and the file of its
//! shifts. Built by the system's C compiler, which the database's and the signatures' crates need as well.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::harness::process::Folder;

/// Clocks that can be set while a server looks at them.
pub(super) struct Clocks {
    file: File,
    wall_ms: i64,
    boot_ms: i64,
}

impl Clocks {
    /// Shows a server in `folder` the machine's clocks, with the wall clock ahead by `wall_ms`.
    pub(super) fn new(folder: &mut Folder, wall_ms: i64) -> Self {
        let path = folder.root().join("shifts");
        fs::write(&path, [0; 16]).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        folder.environment.push(("CLOCK_SHIFTS", path.into_os_string()));
        folder.environment.push(("LD_PRELOAD", library().clone().into_os_string()));
        let clocks = Self { file, wall_ms, boot_ms: 0 };
        clocks.write();
        clocks
    }

    /// Sets the wall clock ahead, or back when `by_ms` is below zero.
    pub(super) fn set_wall(&mut self, by_ms: i64) {
        self.wall_ms += by_ms;
        self.write();
    }

    /// As after a suspend of the machine: both clocks went on.
    pub(super) fn suspend(&mut self, for_ms: i64) {
        self.wall_ms += for_ms;
        self.boot_ms += for_ms;
        self.write();
    }

    /// What the server's wall clock shows.
    pub(super) fn wall_now_ms(&self) -> i64 {
        chrono::Utc::now().timestamp_millis() + self.wall_ms
    }

    fn write(&self) {
        let shifts = [self.wall_ms, self.boot_ms].map(i64::to_ne_bytes).concat();
        self.file.write_all_at(&shifts, 0).unwrap();
    }
}

/// The library, built once a process; another process that builds it too puts the same in its place.
fn library() -> &'static PathBuf {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let (draft, library) = (folder.join(format!("clock-{}.so", std::process::id())), folder.join("clock.so"));
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/clock/shim.c");
        let status = Command::new("cc").args(["-shared", "-fPIC", "-O1", source, "-o"]).arg(&draft).status().unwrap();
        assert!(status.success(), "the C compiler refuses {source}");
        fs::rename(&draft, &library).unwrap();
        library
    })
}
