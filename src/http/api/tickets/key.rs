//! The public key of codes, with the form that they have.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Serialize;
use utoipa::ToSchema;

use crate::identity::{
    CODE_ALPHABET, CODE_DOMAIN, CODE_LAYOUT, CODE_LENGTH, CODE_PREFIX, CODE_SIGNATURE_BYTES, TicketCodes,
};

/// What stands before the bytes of an Ed25519 key in the form that tools read (RFC 8410, section 4).
const KEY_INFO: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// What a code is checked with, without asking this server.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TicketKeyBody {
    pub algorithm: &'static str,
    /// 32 bytes in base64url without padding.
    pub public_key: String,
    /// The same in the form that tools read.
    pub public_key_pem: String,
    /// The text that is signed in front of the bytes of a code.
    pub signed_prefix: &'static str,
    /// How every code begins.
    #[schema(value_type = String)]
    pub prefix: char,
    /// The characters of base45, by what they stand for.
    pub alphabet: &'static str,
    /// Characters of a code.
    pub length: usize,
    /// Bytes of the signature behind what is signed.
    pub signature_bytes: usize,
    /// What is signed, in this order.
    pub layout: Vec<CodePartBody>,
}

/// A part of what a code says.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CodePartBody {
    pub name: &'static str,
    pub bytes: usize,
}

impl TicketKeyBody {
    pub(super) fn of(codes: &TicketCodes) -> Self {
        let key = codes.public_key();
        let pem = STANDARD.encode([&KEY_INFO[..], &key].concat());
        Self {
            algorithm: "Ed25519",
            public_key: URL_SAFE_NO_PAD.encode(key),
            public_key_pem: format!("-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n"),
            signed_prefix: CODE_DOMAIN,
            prefix: CODE_PREFIX,
            alphabet: CODE_ALPHABET,
            length: CODE_LENGTH,
            signature_bytes: CODE_SIGNATURE_BYTES,
            layout: CODE_LAYOUT.map(|(name, bytes)| CodePartBody { name, bytes }).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TicketKeyBody;
    use crate::identity::{TicketCodes, TicketKey};

    #[test]
    fn the_key_is_told_as_tools_read_it() {
        let body = TicketKeyBody::of(&TicketCodes::new(&TicketKey::from_bytes([7; 32])));
        // By `openssl pkey -pubout` from the same seed.
        assert_eq!(body.public_key, "6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw");
        assert_eq!(
            body.public_key_pem.lines().nth(1),
            Some("MCowBQYDK2VwAyEA6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=")
        );
        assert_eq!(body.layout.iter().map(|part| part.bytes).sum::<usize>() + body.signature_bytes, 86);
    }
}
