//! The queue token that was last found genuine on a connection. A client sends the same one with every request, and the
//! signature of the very same text needs no second look. Nothing else is remembered: whether the token is past its
//! bound and how its place stands is asked each time.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use parking_lot::Mutex;

use super::token::Verified;

/// One connection's memory, which travels with its requests.
#[derive(Clone, Default)]
pub struct Remembered(Arc<Mutex<Option<Known>>>);

struct Known {
    text: String,
    verified: Arc<Verified>,
}

impl fmt::Debug for Remembered {
    /// Without the text, since no token may get into a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remembered").finish_non_exhaustive()
    }
}

impl Remembered {
    /// What `text` was found to say. A connection may be a proxy's, with many users behind it, so how long the look
    /// takes tells nobody how much of another's token was guessed.
    pub fn recall(&self, text: &str) -> Option<Arc<Verified>> {
        let known = self.0.lock();
        let known = known.as_ref()?;
        verify_slices_are_equal(known.text.as_bytes(), text.as_bytes()).ok()?;
        Some(Arc::clone(&known.verified))
    }

    /// Remembers what `text` says, in place of what was remembered before.
    pub fn keep(&self, text: &str, verified: &Arc<Verified>) {
        let mut known = self.0.lock();
        let mut room = known.take().map(|known| known.text).unwrap_or_default();
        room.clear();
        room.push_str(text);
        *known = Some(Known { text: room, verified: Arc::clone(verified) });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Remembered;
    use crate::domain::{ConcertId, Sequence, UserId};
    use crate::http::Verified;

    fn verified(user: u128) -> Arc<Verified> {
        let concert_id = ConcertId::parse("spring").expect("an id");
        Arc::new(Verified { user: UserId(user), concert_id, sequence: Sequence(1), expires: 0 })
    }

    #[test]
    fn only_the_very_text_that_was_kept_last_is_recalled() {
        let remembered = Remembered::default();
        assert_eq!(remembered.recall("a.b.c"), None);
        remembered.keep("a.b.c", &verified(1));
        assert_eq!(remembered.recall("a.b.c"), Some(verified(1)));
        for other in ["", "a.b", "a.b.", "a.b.d", "A.b.c", "a.b.cc"] {
            assert_eq!(remembered.recall(other), None, "{other:?}");
        }
        remembered.keep("a.b.d", &verified(2));
        assert_eq!((remembered.recall("a.b.c"), remembered.recall("a.b.d")), (None, Some(verified(2))));
    }
}
