//! The file with the cluster key, which whoever runs the instances makes once and copies to each: nothing is written
//! here.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::link::{ClusterKey, KeyError};

/// Bytes that a key file may have: more than any key needs.
const BYTES_MAX: u64 = 4_096;
/// Access of others than the owner, which nobody may have.
const MODE_OF_OTHERS: u32 = 0o077;

/// Why the cluster key cannot be read. It tells nothing of the key.
#[derive(Debug, Error)]
pub enum KeyFileError {
    #[error(
        "there is no cluster key file {}: copy that of another instance, or make the first one with `(umask 077; head -c 32 \
         /dev/urandom | base64 > {})`",
        .0.display(), .0.display()
    )]
    Missing(PathBuf),
    #[error("the cluster key file {} cannot be read: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} is no file, but the cluster key is read from it: name the file with --cluster-key-file", .0.display())]
    NoFile(PathBuf),
    #[error(
        "others can use the cluster key file {} (mode {mode:o}): run `chmod 600` on it, and give all instances a new key if \
         somebody may have read it",
        .path.display()
    )]
    Exposed { path: PathBuf, mode: u32 },
    #[error(
        "the cluster key file {} is no text of {BYTES_MAX} bytes at most: copy that of another instance, or write random \
         bytes as text, as `head -c 32 /dev/urandom | base64` does",
        .0.display()
    )]
    NoText(PathBuf),
    #[error("the cluster key file {} holds no key: {source}", .path.display())]
    NoKey { path: PathBuf, source: KeyError },
}

/// The key that a file holds.
///
/// # Errors
/// There is no such file, it cannot be read, others than its owner may use it, or it holds something else.
pub fn read(path: &Path) -> Result<ClusterKey, KeyFileError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => KeyFileError::Missing(path.to_owned()),
        _ => KeyFileError::Io { path: path.to_owned(), source },
    };
    // To open a pipe would be to wait for it.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(KeyFileError::NoFile(path.to_owned()));
    }
    let file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o7777;
    if mode & MODE_OF_OTHERS != 0 {
        return Err(KeyFileError::Exposed { path: path.to_owned(), mode });
    }
    let mut bytes = Vec::new();
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    let text = String::from_utf8(bytes).ok().filter(|text| text.len() as u64 <= BYTES_MAX);
    let text = text.ok_or_else(|| KeyFileError::NoText(path.to_owned()))?;
    ClusterKey::read(&text).map_err(|source| KeyFileError::NoKey { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use super::{BYTES_MAX, KeyFileError, read};
    use crate::cluster::link::ClusterKey;

    const KEY: &str = "a long text of words, long enough";

    /// A file of that content in a folder, for its owner alone.
    fn file(folder: &Path, content: &[u8]) -> PathBuf {
        let path = folder.join("cluster.key");
        fs::write(&path, content).expect("written");
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("ours");
        path
    }

    #[track_caller]
    fn refused(path: &Path) -> KeyFileError {
        read(path).expect_err("it is refused")
    }

    #[test]
    fn a_key_file_of_the_owner_alone_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = file(folder.path(), format!("{KEY}\n").as_bytes());
        let key = ClusterKey::read(KEY).expect("it is long enough");
        for mode in [0o600, 0o400, 0o700] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).expect("ours");
            let found = read(&path).expect("it is sound");
            assert_eq!(found.sealing_secret(), key.sealing_secret(), "{mode:o}");
        }
        let longest = "k".repeat(usize::try_from(BYTES_MAX).expect("some thousands"));
        assert!(read(&file(folder.path(), longest.as_bytes())).is_ok());
        assert!(matches!(refused(&file(folder.path(), format!("{longest}k").as_bytes())), KeyFileError::NoText(_)));
    }

    #[test]
    fn the_advice_for_a_missing_file_makes_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cluster.key");
        let error = refused(&path);
        assert!(matches!(error, KeyFileError::Missing(_)), "{error}");
        let told = error.to_string();
        let advised = told.split('`').nth(1).expect("a command");
        assert!(Command::new("sh").args(["-c", advised]).status().expect("a shell").success(), "{advised}");
        assert!(read(&path).is_ok(), "{advised}");
    }

    #[test]
    fn a_file_that_others_can_use_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = file(folder.path(), KEY.as_bytes());
        for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).expect("ours");
            let told = refused(&path).to_string();
            assert!(told.contains(&format!("(mode {mode:o}): run `chmod 600` on it")), "{told}");
        }
    }

    #[test]
    fn what_is_no_key_is_told_and_not_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = file(folder.path(), b"too-short-a-secret\n");
        let told = refused(&path).to_string();
        assert!(told.contains("cluster.key holds no key: the cluster key has 18 characters") && !told.contains("too-"));
        let told = refused(&file(folder.path(), &[0xff; 32])).to_string();
        assert!(told.contains("is no text") && told.contains("base64"), "{told}");
        let told = refused(folder.path()).to_string();
        assert!(told.contains("is no file, but the cluster key is read from it"), "{told}");
    }
}
