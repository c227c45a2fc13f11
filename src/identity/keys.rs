//! The secrets of this server: the operator's key and the keys that sign queue tokens and codes of tickets, each in a
//! file of the data folder that nobody else can read. No secret leaves this file but to be compared, to sign, or to be sealed
//! for the other instances of a cluster.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::access_key::AccessKey;
use super::random_bytes::random_bytes;

/// The name of the operator's key in the data folder.
pub const OPERATOR_KEY_FILE: &str = "operator.key";
/// The name of the key in the data folder that signs queue tokens.
pub const TOKEN_KEY_FILE: &str = "token.key";
/// The name of the key in the data folder that signs codes of tickets.
pub const TICKET_KEY_FILE: &str = "ticket.key";
/// The variable of the environment that replaces the operator's key.
pub const OPERATOR_KEY_VARIABLE: &str = "JARI_OPERATOR_KEY";

/// Characters that an operator key has at least.
pub(super) const OPERATOR_KEY_LENGTH_MIN: usize = 16;
/// Characters that an operator key has at most: a header has to carry it.
pub(super) const OPERATOR_KEY_LENGTH_MAX: usize = 1_024;
/// Random bytes of a key that is made here, and bytes of the operator key's hash.
pub(super) const KEY_BYTES: usize = 32;
/// Bytes of a key file that are read: more than any key that is allowed.
const KEY_FILE_BYTES_MAX: u64 = 4_096;
/// The only access that a key file may have: its owner's.
const KEY_FILE_MODE: u32 = 0o600;

/// The bearer of it is the operator. Only its hash is kept, and hashes are compared in constant time.
#[derive(Clone)]
pub struct OperatorKey(blake3::Hash);

/// The secret that signs queue tokens.
#[derive(Clone)]
pub struct SigningKey([u8; KEY_BYTES]);

/// The secret that signs codes of tickets: the seed of an Ed25519 key.
#[derive(Clone)]
pub struct TicketKey([u8; KEY_BYTES]);

/// Why a key cannot be used.
#[derive(Debug, Error)]
pub enum KeyError {
    #[error("cannot {action} the key file {}: {source}", .path.display())]
    File { action: &'static str, path: PathBuf, source: io::Error },
    #[error(
        "others can read the key file {} (mode {mode:o}); run `chmod 600` on it, and make a new key if somebody may \
         have read it",
        .path.display()
    )]
    Exposed { path: PathBuf, mode: u32 },
    #[error(
        "the key file {} does not hold {expected}; restore it, or remove it to have a new key made",
        .path.display()
    )]
    Malformed { path: PathBuf, expected: &'static str },
    #[error("{} is no file, but a key is read from it; remove it to have a new key made", .0.display())]
    NoFile(PathBuf),
    #[error("{OPERATOR_KEY_VARIABLE} must be {EXPECTED_OPERATOR_KEY}")]
    Variable,
}

pub const EXPECTED_OPERATOR_KEY: &str = "16 to 1024 visible ASCII characters";
const EXPECTED_SIGNING_KEY: &str = "64 hexadecimal digits";

impl OperatorKey {
    /// The key that `text` is, or nothing when it is too short, too long, or cannot travel in a header.
    pub fn parse(text: &str) -> Option<Self> {
        let sane = (OPERATOR_KEY_LENGTH_MIN..=OPERATOR_KEY_LENGTH_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        sane.then(|| Self(blake3::hash(text.as_bytes())))
    }

    /// The key of the environment if there is one, else that of the data folder, made at the first start.
    ///
    /// # Errors
    /// A key that is not usable, or a file that cannot be read, made, or that others can read.
    pub fn load(data_dir: &Path, variable: Option<&str>) -> Result<Self, KeyError> {
        if let Some(text) = variable {
            return Self::parse(text).ok_or(KeyError::Variable);
        }
        let path = data_dir.join(OPERATOR_KEY_FILE);
        let text = read_or_create(&path, || AccessKey::generate().map(AccessKey::into_text))?;
        Self::parse(&text).ok_or(KeyError::Malformed { path, expected: EXPECTED_OPERATOR_KEY })
    }

    /// Whether `presented` is the operator's key.
    pub fn is(&self, presented: &str) -> bool {
        self.is_same(&Self(blake3::hash(presented.as_bytes())))
    }

    /// Whether two keys are one.
    pub fn is_same(&self, other: &Self) -> bool {
        // `blake3::Hash` compares in constant time.
        self.0 == other.0
    }

    /// The key of which only the hash is known.
    pub(super) fn from_hash_bytes(hash: [u8; KEY_BYTES]) -> Self {
        Self(blake3::Hash::from_bytes(hash))
    }

    pub(super) fn hash_bytes(&self) -> &[u8; KEY_BYTES] {
        self.0.as_bytes()
    }
}

/// A secret of so many bytes, in a file of the data folder.
macro_rules! secrets {
    ($($key:ident in $file:ident;)*) => {$(
        impl $key {
            pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
                Self(bytes)
            }

            /// The key of the data folder, made at the first start.
            ///
            /// # Errors
            /// A file that cannot be read or made, that others can read, or that holds something else.
            pub fn load(data_dir: &Path) -> Result<Self, KeyError> {
                load_secret(data_dir.join($file)).map(Self)
            }

            pub(super) fn as_bytes(&self) -> &[u8; KEY_BYTES] {
                &self.0
            }
        }
    )*};
}

secrets! {
    SigningKey in TOKEN_KEY_FILE;
    TicketKey in TICKET_KEY_FILE;
}

fn load_secret(path: PathBuf) -> Result<[u8; KEY_BYTES], KeyError> {
    let text = read_or_create(&path, random_key)?;
    match blake3::Hash::from_hex(&text) {
        Ok(bytes) => Ok(*bytes.as_bytes()),
        Err(_) => Err(KeyError::Malformed { path, expected: EXPECTED_SIGNING_KEY }),
    }
}

/// The first line of a key file; a missing one is made with a new key.
fn read_or_create(path: &Path, make: fn() -> io::Result<String>) -> Result<String, KeyError> {
    let fault = |action| move |source| KeyError::File { action, path: path.to_owned(), source };
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(KeyError::NoFile(path.to_owned()));
    }
    match File::open(path) {
        Ok(file) => read(path, file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(path, make).map_err(fault("write")),
        Err(error) => Err(fault("open")(error)),
    }
}

fn read(path: &Path, file: File) -> Result<String, KeyError> {
    let fault = |source| KeyError::File { action: "read", path: path.to_owned(), source };
    let mode = file.metadata().map_err(fault)?.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Exposed { path: path.to_owned(), mode });
    }
    let mut text = String::new();
    file.take(KEY_FILE_BYTES_MAX).read_to_string(&mut text).map_err(fault)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Writes a new key durably. The name appears only when its content is on the disk, so that a crash leaves a
/// whole key or none; the caller has the lock of the data folder, so nobody else makes the same file meanwhile.
fn create(path: &Path, make: fn() -> io::Result<String>) -> io::Result<String> {
    let key = make()?;
    let draft = path.with_extension("new");
    match std::fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(KEY_FILE_MODE).open(&draft)?;
    // The mask of the process could have taken the owner's own access away.
    file.set_permissions(Permissions::from_mode(KEY_FILE_MODE))?;
    writeln!(file, "{key}")?;
    file.sync_all()?;
    std::fs::rename(&draft, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(key)
}

/// 32 random bytes, in hexadecimal.
fn random_key() -> io::Result<String> {
    Ok(blake3::Hash::from_bytes(random_bytes()?).to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::{KeyError, OPERATOR_KEY_FILE, OperatorKey, SigningKey, TICKET_KEY_FILE, TOKEN_KEY_FILE, TicketKey};

    /// What a folder has after the first start.
    const FILES: [&str; 3] = [OPERATOR_KEY_FILE, TOKEN_KEY_FILE, TICKET_KEY_FILE];

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder")
    }

    #[test]
    fn the_first_start_writes_keys_that_only_the_owner_reads_and_later_ones_keep_them() {
        let folder = folder();
        OperatorKey::load(folder.path(), None).expect("it is made");
        let signing = SigningKey::load(folder.path()).expect("it is made");
        let tickets = TicketKey::load(folder.path()).expect("it is made");
        assert_ne!(signing.as_bytes(), tickets.as_bytes(), "one key a purpose");
        let text = fs::read_to_string(folder.path().join(OPERATOR_KEY_FILE)).expect("it is there");
        let key = text.strip_suffix('\n').expect("the key alone and a newline");
        assert!(key.starts_with("jari_") && key.len() == 54, "in the form of all keys of operators");
        for name in FILES {
            let mode = fs::metadata(folder.path().join(name)).expect("it is there").permissions().mode();
            assert_eq!(mode & 0o7777, 0o600, "{name}");
        }
        let again = OperatorKey::load(folder.path(), None).expect("it is read");
        assert!(again.is(key), "it is the same");
        assert!(!again.is(&key[1..]) && !again.is(""));
        assert_eq!(SigningKey::load(folder.path()).expect("it is read").as_bytes(), signing.as_bytes());
        assert_eq!(TicketKey::load(folder.path()).expect("it is read").as_bytes(), tickets.as_bytes());
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 3, "no draft is left over");
    }

    #[test]
    fn a_key_file_that_others_can_read_ends_the_start() {
        let folder = folder();
        OperatorKey::load(folder.path(), None).expect("it is made");
        SigningKey::load(folder.path()).expect("it is made");
        TicketKey::load(folder.path()).expect("it is made");
        for mode in [0o640, 0o604, 0o602, 0o660, 0o644] {
            for name in FILES {
                fs::set_permissions(folder.path().join(name), Permissions::from_mode(mode)).expect("ours");
            }
            let operator = OperatorKey::load(folder.path(), None).err();
            assert!(matches!(operator, Some(KeyError::Exposed { mode: found, .. }) if found == mode), "{mode:o}");
            let signing = SigningKey::load(folder.path()).err();
            assert!(matches!(signing, Some(KeyError::Exposed { mode: found, .. }) if found == mode), "{mode:o}");
            let tickets = TicketKey::load(folder.path()).err();
            assert!(matches!(tickets, Some(KeyError::Exposed { mode: found, .. }) if found == mode), "{mode:o}");
        }
    }

    #[test]
    fn a_key_file_that_holds_no_key_is_left_as_it_is() {
        let folder = folder();
        for content in ["", "short\n", "a key with blanks in it\n", &"k".repeat(5_000)] {
            for name in FILES {
                let path = folder.path().join(name);
                fs::write(&path, content).expect("written");
                fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("ours");
            }
            assert!(matches!(OperatorKey::load(folder.path(), None), Err(KeyError::Malformed { .. })), "{content:?}");
            assert!(matches!(SigningKey::load(folder.path()), Err(KeyError::Malformed { .. })), "{content:?}");
            assert!(matches!(TicketKey::load(folder.path()), Err(KeyError::Malformed { .. })), "{content:?}");
            let kept = fs::read_to_string(folder.path().join(TOKEN_KEY_FILE)).expect("it is there");
            assert_eq!(kept, content);
        }
    }

    #[test]
    fn the_environment_replaces_the_operators_key() {
        let folder = folder();
        let key = OperatorKey::load(folder.path(), Some("a-key-of-my-own-choice")).expect("it is long enough");
        assert!(key.is("a-key-of-my-own-choice"));
        assert!(!folder.path().join(OPERATOR_KEY_FILE).exists(), "no file is made for it");
        for bad in ["", "too-short", "with a blank in the middle", "with-é-in-the-middle"] {
            assert!(matches!(OperatorKey::load(folder.path(), Some(bad)), Err(KeyError::Variable)), "{bad:?}");
        }
    }

    #[test]
    fn a_missing_folder_is_told() {
        let folder = folder();
        let error = SigningKey::load(&folder.path().join("gone")).err().expect("nothing can be written there");
        assert!(error.to_string().starts_with("cannot write the key file "), "{error}");
    }
}
