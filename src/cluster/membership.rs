//! Which cluster the data folder belongs to, and under which id: kept apart from the data, so that a folder is not taken
//! for another one's whatever happens to it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::hexadecimal;
use crate::domain::NodeId;
use crate::log::Index;
use crate::storage::MEMBERSHIP_FILE;

/// The same while it is written; it gets its name when it is whole.
const DRAFT: &str = "cluster.id.new";
const MODE: u32 = 0o600;

/// What the folder is to its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    #[serde(with = "hexadecimal")]
    pub cluster: u128,
    pub node: NodeId,
    /// The folder itself, made when it joined: an empty one under the same id is another.
    #[serde(with = "hexadecimal")]
    pub disk: u128,
    /// Lives of the process over this folder, from 1. What an earlier one had asked for is not applied any more once the
    /// next has begun.
    pub incarnation: u64,
    /// What told the settings of its last start from others; absent until a start has looked at them.
    #[serde(default)]
    pub settings: Option<u64>,
    /// The others have let it come: from then on it may be sent what they have, and may have a vote without knowing it yet.
    #[serde(default)]
    pub is_welcome: bool,
    /// It was removed, and does not come back.
    #[serde(default)]
    pub is_removed: bool,
    /// At this entry or before, its copy differs from those of a majority: it is not used until its database is another.
    #[serde(default)]
    pub differs_at: Option<Index>,
}

/// Why the file cannot be used.
#[derive(Debug, Error)]
pub enum MembershipError {
    #[error("cannot {action} {}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    #[error(
        "{} is damaged ({what}): its instance has to be replaced, which `jari cluster remove` and `jari cluster add` do",
        path.display()
    )]
    Damaged { path: PathBuf, what: String },
}

impl Membership {
    /// What the folder says; `None` of one that is in no cluster.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn read(data_dir: &Path) -> Result<Option<Self>, MembershipError> {
        let path = data_dir.join(MEMBERSHIP_FILE);
        match fs::read(&path) {
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(membership) => Ok(Some(membership)),
                Err(error) => Err(MembershipError::Damaged { path, what: error.to_string() }),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(MembershipError::Io { action: "read", path, source }),
        }
    }

    /// Begins a life of the process: what this returns is durable.
    ///
    /// # Errors
    /// The disk fails.
    pub fn begin_life(self, data_dir: &Path) -> Result<Self, MembershipError> {
        let next = Self { incarnation: self.incarnation + 1, ..self };
        next.write(data_dir)?;
        Ok(next)
    }

    /// Has the folder say no more that its copy differs, durably. Its database has to be another one by then, and that
    /// durably, too: a crash before this leaves the folder unused.
    ///
    /// # Errors
    /// The disk fails; then the folder still says it.
    pub fn lift_difference(self, data_dir: &Path) -> Result<(), MembershipError> {
        Self { differs_at: None, ..self }.write(data_dir)
    }

    /// Makes it what the folder says, durably; a crash leaves what it said before, or all of it.
    ///
    /// # Errors
    /// The disk fails.
    pub fn write(&self, data_dir: &Path) -> Result<(), MembershipError> {
        let [path, draft] = [MEMBERSHIP_FILE, DRAFT].map(|name| data_dir.join(name));
        let written = || {
            // One that a crash left may have another mode.
            match fs::remove_file(&draft) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
            let mut file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(&draft)?;
            let text = serde_json::to_string_pretty(self).expect("numbers and texts");
            writeln!(file, "{text}")?;
            file.sync_all()?;
            fs::rename(&draft, &path)?;
            File::open(data_dir)?.sync_all()
        };
        written().map_err(|source| MembershipError::Io { action: "write", path: path.clone(), source })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::{DRAFT, MEMBERSHIP_FILE, Membership};
    use crate::domain::NodeId;
    use crate::log::Index;

    const JOINED: Membership = Membership {
        cluster: 1 << 100,
        node: NodeId(2),
        disk: 7,
        incarnation: 0,
        settings: None,
        is_welcome: false,
        is_removed: false,
        differs_at: None,
    };

    #[test]
    fn each_life_of_a_folder_has_the_next_number() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(Membership::read(folder.path()).expect("nothing is wrong"), None);
        JOINED.write(folder.path()).expect("written");
        for incarnation in 1..4 {
            let found = Membership::read(folder.path()).expect("sound").expect("it is there");
            // What a crash left of another draft is in nobody's way.
            fs::write(folder.path().join(DRAFT), "{").expect("written");
            let begun = found.begin_life(folder.path()).expect("written");
            assert_eq!(begun, Membership { incarnation, ..JOINED });
            assert_eq!(Membership::read(folder.path()).expect("sound"), Some(begun));
        }
        let mode = fs::metadata(folder.path().join(MEMBERSHIP_FILE)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!folder.path().join(DRAFT).exists());
    }

    #[test]
    fn a_copy_that_differs_is_told_by_the_folder_until_that_is_lifted_and_all_else_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let marked = Membership {
            incarnation: 4,
            settings: Some(9),
            differs_at: Some(Index(2_048)),
            is_removed: true,
            ..JOINED
        };
        marked.write(folder.path()).expect("written");
        let found = Membership::read(folder.path()).expect("sound").expect("it is there");
        assert_eq!(found, marked);
        found.lift_difference(folder.path()).expect("written");
        let lifted = Membership::read(folder.path()).expect("sound");
        assert_eq!(lifted, Some(Membership { differs_at: None, ..marked }));
    }

    #[test]
    fn a_damaged_file_is_told_and_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        for text in [
            "",
            "{}",
            "{\"cluster\":\"1\",\"node\":2}",
            "{\"cluster\":\"x\",\"node\":2,\"disk\":\"1\",\"incarnation\":1}",
        ] {
            fs::write(folder.path().join(MEMBERSHIP_FILE), text).expect("written");
            let error = Membership::read(folder.path()).expect_err("damaged").to_string();
            assert!(error.contains("cluster.id is damaged"), "{error}");
            assert_eq!(fs::read_to_string(folder.path().join(MEMBERSHIP_FILE)).expect("there"), text);
        }
    }
}
