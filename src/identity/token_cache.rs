//! The queue token that was last found genuine on a connection. A client sends the same one with every request, and the
//! signature of the very same text needs no second look. Nothing else is kept: whether the token is past its bound and
//! how its place stands is asked each time.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use parking_lot::Mutex;

use super::queue_token::{Tokens, Verified};

/// The cache of one connection.
#[derive(Default)]
pub struct TokenCache(Mutex<Option<Known>>);

struct Known {
    text: String,
    verified: Arc<Verified>,
}

impl fmt::Debug for TokenCache {
    /// Without the text, since no token may get into a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache").finish_non_exhaustive()
    }
}

impl TokenCache {
    /// What `text` proves, as [`Tokens::verify`].
    pub fn verify(&self, tokens: &Tokens, text: &str) -> Option<Arc<Verified>> {
        if let Some(verified) = self.recall(text) {
            return Some(verified);
        }
        let verified = Arc::new(tokens.verify(text)?);
        self.keep(text, &verified);
        Some(verified)
    }

    /// What `text` was found to say. A connection may be a proxy's, with many users behind it, so how long the look
    /// takes tells nobody how much of another's token was guessed.
    fn recall(&self, text: &str) -> Option<Arc<Verified>> {
        let known = self.0.lock();
        let known = known.as_ref()?;
        verify_slices_are_equal(known.text.as_bytes(), text.as_bytes()).ok()?;
        Some(Arc::clone(&known.verified))
    }

    /// Keeps what `text` says, in place of what was kept before.
    fn keep(&self, text: &str, verified: &Arc<Verified>) {
        let mut known = self.0.lock();
        let mut room = known.take().map(|known| known.text).unwrap_or_default();
        room.clear();
        room.push_str(text);
        *known = Some(Known { text: room, verified: Arc::clone(verified) });
    }
}

#[cfg(test)]
mod tests {
    use super::TokenCache;
    use crate::domain::{ConcertId, ConcertNo, PlaceRef, Sequence, Timestamp, UserId, WallOffset};
    use crate::identity::{Signing, SigningKey, Tokens};

    fn tokens(seed: u8) -> Tokens {
        Tokens::new(&SigningKey::from_bytes([seed; 32]))
    }

    fn signed(user: u128) -> String {
        let place_ref = PlaceRef { concert: ConcertNo(1), sequence: Sequence(1), user: UserId(user) };
        let when = Signing { now: Timestamp(0), opens_at: None, offset: WallOffset(0) };
        tokens(7).sign(place_ref, &ConcertId::parse("spring").expect("an id"), when)
    }

    #[test]
    fn only_the_very_text_that_was_genuine_last_is_known() {
        let (cache, own, another) = (TokenCache::default(), tokens(7), tokens(8));
        let (kim, lee) = (signed(1), signed(2));
        let user = |tokens: &Tokens, text: &str| cache.verify(tokens, text).map(|verified| verified.user.0);
        assert_eq!(user(&another, &kim), None, "it is not known yet");
        assert_eq!(user(&own, &kim), Some(1));
        assert_eq!(user(&another, &kim), Some(1), "its signature is not looked at again");
        for other in ["", "a.b.c", &kim[..kim.len() - 1], &format!("{kim}x"), &lee] {
            assert_eq!(user(&another, other), None, "{other:?}");
        }
        assert_eq!(user(&own, &lee), Some(2));
        assert_eq!((user(&another, &kim), user(&another, &lee)), (None, Some(2)));
    }
}
