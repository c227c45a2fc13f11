//! Settings that are read again while the server runs: which of them changed, which can be taken at once, and which
//! have to wait for the next start. It decides and applies nothing.

use std::collections::BTreeMap;

use super::Config;
use super::keys::{Given, KEYS, Key};

/// A configuration with what each of its settings was given as; a setting that was not given has its default.
#[derive(Clone, Debug, Default)]
pub struct Assigned {
    config: Config,
    given: BTreeMap<&'static str, Given>,
}

/// What reading the settings again amounts to.
#[derive(Debug)]
pub struct Reread {
    /// What is to run from now on.
    pub running: Assigned,
    /// Settings that changed and are taken at once, in the order of the table.
    pub taken: Vec<&'static str>,
    /// Settings that changed and need a restart.
    pub waiting: Vec<&'static str>,
}

impl Assigned {
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Puts `given` in the place of `key`; `None`, and nothing is changed, when the key does not allow it.
    pub(super) fn put(&mut self, key: &'static Key, given: &Given) -> Option<()> {
        key.put(&mut self.config, given)?;
        self.given.insert(key.name, given.clone());
        Some(())
    }

    /// This configuration with the setting `key` as it is in `other`.
    fn with(&self, key: &'static Key, other: &Self) -> Self {
        let mut given = self.given.clone();
        match other.given.get(key.name) {
            Some(value) => given.insert(key.name, value.clone()),
            None => given.remove(key.name),
        };
        let mut mixed = Self::default();
        for key in KEYS {
            if let Some(value) = given.get(key.name) {
                mixed.put(key, value).expect("what was allowed before is allowed again");
            }
        }
        mixed
    }

    /// What becomes of this configuration, which is running, when `fresh` was read. What commands are judged by and
    /// the level of the log change at once; everything else was built into the server when it started.
    pub fn reread(self, fresh: &Self) -> Reread {
        let mut reread = Reread { running: self, taken: Vec::new(), waiting: Vec::new() };
        for key in KEYS {
            let (before, after) = (&reread.running, reread.running.with(key, fresh));
            let is_taken = before.config.to_settings() != after.config.to_settings()
                || before.config.log.level != after.config.log.level;
            // What there is of prices and balances keeps its currency.
            if is_taken && before.config.wallet.currency == after.config.wallet.currency {
                reread.taken.push(key.name);
                reread.running = after;
            } else if before.config != after.config {
                reread.waiting.push(key.name);
            }
        }
        reread
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::{Given, find};
    use super::Assigned;

    fn assigned(pairs: &[(&str, &str)]) -> Assigned {
        let mut assigned = Assigned::default();
        for (name, text) in pairs {
            assigned.put(find(name).expect("a key"), &Given::Word((*text).to_owned())).expect("it is allowed");
        }
        assigned
    }

    #[test]
    fn rules_and_the_level_of_the_log_are_taken_and_the_rest_waits() {
        let before = assigned(&[("hold.seconds", "60"), ("server.max_connections", "10"), ("sale.seat_limit", "7")]);
        let fresh = assigned(&[("log.level", "warn"), ("hold.seconds", "30"), ("server.max_connections", "20")]);
        let reread = before.reread(&fresh);
        assert_eq!(reread.taken, ["hold.seconds", "sale.seat_limit", "log.level"]);
        assert_eq!(reread.waiting, ["server.max_connections"]);
        let running = reread.running.config();
        assert_eq!((running.hold.seconds, running.sale.seat_limit), (30, 4), "the limit is the default again");
        assert_eq!((running.server.max_connections, running.log.level), (10, tracing::Level::WARN));
        let again = reread.running.reread(&fresh);
        assert!(again.taken.is_empty(), "it is taken once");
        assert_eq!(again.waiting, ["server.max_connections"], "it waits until the restart");
    }

    #[test]
    fn a_setting_that_is_written_in_another_way_has_not_changed() {
        let before = assigned(&[("hold.seconds", "300"), ("queue.max_active", "0100")]);
        let reread = before.reread(&Assigned::default());
        assert!(reread.taken.is_empty() && reread.waiting.is_empty(), "{reread:?}");
    }
}
