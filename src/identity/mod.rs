//! Who somebody is: the keys of this server, and the queue tokens that one of them signs. It knows nothing of requests
//! and answers; what a wrong key or token leads to is for the caller to say.

mod keys;
mod queue_token;
mod token_cache;

pub use keys::{
    EXPECTED_OPERATOR_KEY, KeyError, OPERATOR_KEY_FILE, OPERATOR_KEY_VARIABLE, OperatorKey, SigningKey, TOKEN_KEY_FILE,
};
pub use queue_token::{Expiry, Signing, Tokens, Verified};
pub use token_cache::TokenCache;
