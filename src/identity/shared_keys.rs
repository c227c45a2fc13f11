//! The secrets that all instances of a cluster share, and how they travel: sealed by what only the instances have, so
//! that they may lie in the log and in a snapshot.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use thiserror::Error;

use super::keys::{KEY_BYTES, OPERATOR_KEY_VARIABLE, OperatorKey, SigningKey, TicketKey};

/// The form of what is sealed, which is its first byte. Other secrets, or other bytes of them, are another form.
const FORM: u8 = 1;
/// What the bytes are for. It is sealed with them, so that nothing that was sealed for another purpose is taken for them.
const PURPOSE: &[u8] = b"jari: operator key, token key and ticket key of a cluster, form 1";
/// One secret behind the other: the hash of the operator's key, the token key, the ticket key.
const SECRETS_BYTES: usize = 3 * KEY_BYTES;
/// Bytes that prove that nothing was changed.
const TAG_BYTES: usize = 16;
/// Bytes of what is sealed: form, nonce, secrets, tag.
const SEALED_BYTES: usize = 1 + NONCE_LEN + SECRETS_BYTES + TAG_BYTES;

/// The secrets of the instance that formed the cluster. Tokens, codes of tickets and the operator's key are good at every
/// instance because all have them.
#[derive(Clone)]
pub struct SharedKeys {
    pub operator: OperatorKey,
    pub signing: SigningKey,
    pub tickets: TicketKey,
}

/// What keys are sealed with. Every instance derives the same from the cluster key.
pub struct SealingSecret([u8; KEY_BYTES]);

/// Why sealed keys cannot be opened. It tells nothing of them.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum UnsealError {
    #[error(
        "the keys of the cluster are sealed in form {0}, and this version of jari knows form {FORM}: start the newer version"
    )]
    Form(u8),
    #[error("the sealed keys of the cluster have {0} bytes instead of {SEALED_BYTES}: they are damaged")]
    Length(usize),
    #[error(
        "the keys of the cluster do not open with the cluster key of this instance: give it the --cluster-key-file of the \
         others (if it has that, they are damaged)"
    )]
    OtherKey,
}

/// The environment has another operator key than the cluster.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "{OPERATOR_KEY_VARIABLE} is not the operator key of the cluster: give this instance the one that the others have, or \
     leave the variable out"
)]
pub struct OtherOperatorKey;

impl SealingSecret {
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    fn cipher(&self) -> RandomizedNonceKey {
        RandomizedNonceKey::new(&AES_256_GCM, &self.0).expect("the key has the length of the algorithm")
    }
}

impl SharedKeys {
    /// The keys as they travel: always as many bytes, and other bytes each time.
    pub fn seal(&self, with: &SealingSecret) -> Vec<u8> {
        let mut bytes = [*self.operator.hash_bytes(), *self.signing.as_bytes(), *self.tickets.as_bytes()].concat();
        let nonce = with.cipher().seal_in_place_append_tag(Aad::from(PURPOSE), &mut bytes);
        let nonce = nonce.expect("so few bytes can be sealed");
        [&[FORM], nonce.as_ref().as_slice(), &bytes].concat()
    }

    /// The keys that were sealed.
    ///
    /// # Errors
    /// They were sealed with another secret or in another form, or a byte of them was changed.
    pub fn open(sealed: &[u8], with: &SealingSecret) -> Result<Self, UnsealError> {
        if let Some(form) = sealed.first().filter(|form| **form != FORM) {
            return Err(UnsealError::Form(*form));
        }
        if sealed.len() != SEALED_BYTES {
            return Err(UnsealError::Length(sealed.len()));
        }
        let (nonce, secrets) = sealed[1..].split_at(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).expect("it was cut to the length of a nonce");
        let mut secrets = secrets.to_vec();
        let opened = with.cipher().open_in_place(nonce, Aad::from(PURPOSE), &mut secrets);
        let opened = opened.map_err(|_| UnsealError::OtherKey)?;
        let (keys, rest) = opened.as_chunks::<KEY_BYTES>();
        let [operator, signing, tickets] = keys else { unreachable!("its length was checked") };
        assert!(rest.is_empty(), "its length was checked");
        Ok(Self {
            operator: OperatorKey::from_hash_bytes(*operator),
            signing: SigningKey::from_bytes(*signing),
            tickets: TicketKey::from_bytes(*tickets),
        })
    }

    /// Whether the operator key that an instance was given by its environment is that of the cluster.
    ///
    /// # Errors
    /// It is another.
    pub fn check_operator_key(&self, given: &OperatorKey) -> Result<(), OtherOperatorKey> {
        if self.operator.is_same(given) { Ok(()) } else { Err(OtherOperatorKey) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{OperatorKey, SigningKey, TicketKey};
    use super::{Aad, FORM, OtherOperatorKey, SEALED_BYTES, SECRETS_BYTES, SealingSecret, SharedKeys, UnsealError};

    const OPERATOR_KEY: &str = "the-operator-of-the-tests";

    fn keys() -> SharedKeys {
        SharedKeys {
            operator: OperatorKey::parse(OPERATOR_KEY).expect("it is long enough"),
            signing: SigningKey::from_bytes([7; 32]),
            tickets: TicketKey::from_bytes([8; 32]),
        }
    }

    fn secret() -> SealingSecret {
        SealingSecret::from_bytes([1; 32])
    }

    #[track_caller]
    fn refused(sealed: &[u8], with: &SealingSecret) -> UnsealError {
        SharedKeys::open(sealed, with).err().expect("it does not open")
    }

    #[test]
    fn what_one_instance_seals_another_opens() {
        let sealed = keys().seal(&secret());
        assert_eq!((sealed.len(), sealed[0], SEALED_BYTES), (SEALED_BYTES, FORM, 125));
        let opened = SharedKeys::open(&sealed, &secret()).expect("it is the same secret");
        assert!(opened.operator.is(OPERATOR_KEY) && !opened.operator.is("the-operator-of-no-tests"));
        assert_eq!((opened.signing.as_bytes(), opened.tickets.as_bytes()), (&[7; 32], &[8; 32]));
    }

    #[test]
    fn what_is_sealed_shows_no_secret_and_differs_each_time() {
        let keys = keys();
        let sealed = [keys.seal(&secret()), keys.seal(&secret())];
        for hidden in [keys.operator.hash_bytes(), keys.signing.as_bytes(), keys.tickets.as_bytes(), &secret().0] {
            // Eight bytes in a row are not there by chance.
            for part in hidden.windows(8) {
                assert!(sealed.iter().all(|sealed| !sealed.windows(8).any(|shown| shown == part)));
            }
        }
        assert_ne!(sealed[0][1..13], sealed[1][1..13], "a nonce is used once");
        assert_ne!(sealed[0][13..], sealed[1][13..]);
    }

    #[test]
    fn nothing_that_was_changed_opens() {
        let sealed = keys().seal(&secret());
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[at] ^= 1 << bit;
                let expected = if at == 0 { UnsealError::Form(changed[0]) } else { UnsealError::OtherKey };
                assert_eq!(refused(&changed, &secret()), expected, "bit {bit} of byte {at}");
            }
            assert_eq!(refused(&sealed[..at], &secret()), UnsealError::Length(at));
        }
        assert_eq!(refused(&[sealed.as_slice(), &[0]].concat(), &secret()), UnsealError::Length(126));
    }

    #[test]
    fn what_was_sealed_for_another_purpose_is_not_taken_for_keys() {
        for purpose in [&b""[..], b"jari: something else"] {
            let mut bytes = vec![7; SECRETS_BYTES];
            let nonce = secret().cipher().seal_in_place_append_tag(Aad::from(purpose), &mut bytes).expect("sealed");
            let sealed = [&[FORM], nonce.as_ref().as_slice(), &bytes].concat();
            assert_eq!(refused(&sealed, &secret()), UnsealError::OtherKey);
        }
    }

    #[test]
    fn another_cluster_key_opens_nothing_and_is_told() {
        let mut other = [1; 32];
        other[31] = 0;
        let error = refused(&keys().seal(&secret()), &SealingSecret::from_bytes(other));
        assert_eq!(error, UnsealError::OtherKey);
        assert!(error.to_string().contains("give it the --cluster-key-file of the others"), "{error}");
    }

    #[test]
    fn another_operator_key_than_that_of_the_cluster_is_told() {
        let given = |text: &str| keys().check_operator_key(&OperatorKey::parse(text).expect("it is long enough"));
        assert_eq!(given(OPERATOR_KEY), Ok(()));
        assert_eq!(given("the-operator-of-no-tests"), Err(OtherOperatorKey));
        assert!(OtherOperatorKey.to_string().starts_with("JARI_OPERATOR_KEY is not the operator key of the cluster"));
    }
}
