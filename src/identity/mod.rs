//! Who somebody is: the keys of this server, and the queue tokens and codes of tickets that they sign. It knows nothing of requests
//! and answers; what a wrong key or token leads to is for the caller to say.

mod access_key;
mod base45;
mod keys;
mod queue_token;
mod random_bytes;
mod shared_keys;
mod ticket_code;
mod token_cache;

pub use access_key::{AccessKey, EXAMPLE_ACCESS_KEY, access_key_hash};
pub use base45::ALPHABET as CODE_ALPHABET;
pub use keys::{
    EXPECTED_OPERATOR_KEY, KeyError, OPERATOR_KEY_FILE, OPERATOR_KEY_VARIABLE, OperatorKey, SigningKey,
    TICKET_KEY_FILE, TOKEN_KEY_FILE, TicketKey,
};
pub use queue_token::{Expiry, Signing, Tokens, Verified, named_concert};
pub use shared_keys::{OtherOperatorKey, SealingSecret, SharedKeys, UnsealError};
pub use ticket_code::{
    CODE_LENGTH, DOMAIN as CODE_DOMAIN, LAYOUT as CODE_LAYOUT, PREFIX as CODE_PREFIX,
    SIGNATURE_BYTES as CODE_SIGNATURE_BYTES, TicketCode, TicketCodes, named_ticket,
};
pub use token_cache::TokenCache;
