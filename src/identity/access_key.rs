//! Keys of operators as they are shown: `jari_`, 43 characters of base64url that are 256 random bits, and 6 more that are
//! a checksum, so that scanners find a leaked one and a mistyped one is known without a look anywhere. Only the hash of a
//! key is kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::random_bytes::random_bytes;

/// What every key begins with.
const ACCESS_KEY_PREFIX: &str = "jari_";
/// Random bytes of a key, and bytes of its hash.
const KEY_BYTES: usize = 32;
/// Characters of base64url that so many bytes make.
const SECRET_LENGTH: usize = 43;
/// Characters of the checksum: the CRC-32 (ISO 3309) of all that is before it, big-endian, in base64url.
const CHECKSUM_LENGTH: usize = 6;
/// Characters of a key.
const ACCESS_KEY_LENGTH: usize = ACCESS_KEY_PREFIX.len() + SECRET_LENGTH + CHECKSUM_LENGTH;

/// A key of the right form that is nobody's, for descriptions.
pub const EXAMPLE_ACCESS_KEY: &str = "jari_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA3gqyGA";

/// A key that was made just now.
pub struct AccessKey(String);

impl AccessKey {
    /// A key that nobody guesses.
    ///
    /// # Errors
    /// The operating system has no random bytes.
    pub fn generate() -> std::io::Result<Self> {
        let secret = random_bytes::<KEY_BYTES>()?;
        let text = format!("{ACCESS_KEY_PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
        let checksum = checksum(&text);
        Ok(Self(text + &checksum))
    }

    /// What is told once to whoever asked for it, and never again.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The same, to be kept by its owner.
    pub(super) fn into_text(self) -> String {
        self.0
    }

    /// What is kept of it.
    pub fn hash(&self) -> [u8; KEY_BYTES] {
        hash(&self.0)
    }
}

/// The hash of a key that is presented; `None` when it is none that was ever made.
pub fn access_key_hash(presented: &str) -> Option<[u8; KEY_BYTES]> {
    if presented.len() != ACCESS_KEY_LENGTH || !presented.is_ascii() || !presented.starts_with(ACCESS_KEY_PREFIX) {
        return None;
    }
    let (text, shown) = presented.split_at(ACCESS_KEY_LENGTH - CHECKSUM_LENGTH);
    (checksum(text) == shown).then(|| hash(presented))
}

/// The key has 256 random bits, so that its hash needs no salt and no work.
fn hash(text: &str) -> [u8; KEY_BYTES] {
    *blake3::hash(text.as_bytes()).as_bytes()
}

fn checksum(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(crc32fast::hash(text.as_bytes()).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::{ACCESS_KEY_LENGTH, AccessKey, EXAMPLE_ACCESS_KEY, access_key_hash};

    #[test]
    fn a_key_is_known_by_its_form_and_by_its_hash() {
        let key = AccessKey::generate().expect("random bytes");
        assert_eq!(key.text().len(), ACCESS_KEY_LENGTH);
        assert!(key.text().starts_with("jari_"));
        assert_eq!(access_key_hash(key.text()), Some(key.hash()));
        assert!(access_key_hash(EXAMPLE_ACCESS_KEY).is_some(), "{}", super::checksum(&EXAMPLE_ACCESS_KEY[..48]));
        assert_ne!(AccessKey::generate().expect("random bytes").text(), key.text());
    }

    #[test]
    fn a_key_with_one_character_changed_is_none() {
        let key = AccessKey::generate().expect("random bytes");
        for at in 0..ACCESS_KEY_LENGTH {
            let mut text = key.text().as_bytes().to_vec();
            text[at] = if text[at] == b'A' { b'B' } else { b'A' };
            let text = String::from_utf8(text).expect("it is ASCII");
            assert_eq!(access_key_hash(&text), None, "{text}");
        }
        for other in ["", "jari_", &key.text()[1..], &format!("{}A", key.text()), &"é".repeat(27)] {
            assert_eq!(access_key_hash(other), None, "{other}");
        }
    }
}
