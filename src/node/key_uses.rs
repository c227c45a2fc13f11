//! Which uses of operators' keys are to be noted in the log: none twice while the first is on its way there, however often
//! a key is shown meanwhile.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use crate::domain::{KEYS_MAX, KeyId, KeyUse, Timestamp};

/// How long a use that was handed to the log is given to arrive there, in seconds.
const ON_ITS_WAY_SECONDS: u32 = 10;

/// When each kind of use of each key was handed to the log last.
#[derive(Default)]
pub(super) struct KeyUses(Mutex<BTreeMap<(KeyId, KeyUse), Timestamp>>);

impl KeyUses {
    /// Whether a use at `now` is to be handed to the log; then it counts as handed.
    pub(super) fn take(&self, key: KeyId, key_use: KeyUse, now: Timestamp) -> bool {
        let mut handed = self.0.lock();
        if handed.get(&(key, key_use)).is_some_and(|at| now < at.plus_seconds(ON_ITS_WAY_SECONDS)) {
            return false;
        }
        if handed.len() >= 2 * KEYS_MAX {
            handed.clear();
        }
        handed.insert((key, key_use), now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::KeyUse::{Accepted, Refused};
    use super::{KEYS_MAX, KeyUses, ON_ITS_WAY_SECONDS};
    use crate::domain::{KeyId, Timestamp};

    #[test]
    fn a_use_is_handed_once_until_it_must_have_arrived() {
        let (uses, start) = (KeyUses::default(), Timestamp(1_000));
        let take = |key, key_use, now| uses.take(KeyId(key), key_use, now);
        let later = start.plus_seconds(ON_ITS_WAY_SECONDS);
        assert!(take(1, Accepted, start) && !take(1, Accepted, start) && take(2, Accepted, start));
        assert!(take(1, Refused, start) && !take(1, Refused, start), "it expires right behind a use that was fine");
        assert!(!take(1, Accepted, Timestamp(later.0 - 1)) && take(1, Accepted, later));
    }

    #[test]
    fn it_remembers_no_more_keys_than_there_may_be() {
        let uses = KeyUses::default();
        for key in 0..5 * KEYS_MAX as u128 {
            assert!(uses.take(KeyId(key), Accepted, Timestamp(0)));
        }
        assert!(uses.0.lock().len() <= 2 * KEYS_MAX);
    }
}
