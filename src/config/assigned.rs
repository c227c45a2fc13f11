//! A configuration that was put together: the value of each setting, and where it was given; and what becomes of it when
//! settings are read again while the server runs. It decides and applies nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::key::Taken;
use super::nearest::nearest;
use super::settings::{Config, KEYS, Key, find};
use super::value::Given;

/// A configuration with the places where its settings were given; any other setting has its default.
#[derive(Clone, Debug, Default)]
pub struct Assigned {
    config: Config,
    places: BTreeMap<&'static str, String>,
    /// Settings that were given something that is not allowed.
    refused: BTreeSet<&'static str>,
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

    /// Where `key` was given; `None` when it was not.
    pub fn place(&self, key: &Key) -> Option<&str> {
        self.places.get(key.name).map(String::as_str)
    }

    /// Where the setting called `name` was given, or else its name: where to look when something is wrong with it.
    pub fn place_of(&self, name: &'static str) -> &str {
        self.places.get(name).map_or(name, String::as_str)
    }

    /// Whether a setting of a section was given something that is not allowed: it has another value than was meant, so that
    /// nothing follows from it.
    pub fn is_refused(&self, section: &str) -> bool {
        KEYS.iter().any(|key| key.section() == section && self.refused.contains(key.name))
    }

    /// Gives the setting called `name` the value `given`, which stands at `place`; or says why that is not allowed, and
    /// then no value is changed.
    pub(super) fn assign(&mut self, name: &str, given: &Given, place: &str) -> Result<(), String> {
        let Some(key) = find(name) else {
            return Err(match nearest(name, KEYS.iter().map(|key| key.name)) {
                Some(near) => format!("there is no setting {name} in this version; the nearest is {near}"),
                None => format!("there is no setting {name} in this version; `jari config` lists all"),
            });
        };
        self.put(key, given, place)
    }

    /// The same for a setting that is known.
    pub(super) fn put(&mut self, key: &'static Key, given: &Given, place: &str) -> Result<(), String> {
        if key.put(&mut self.config, given).is_some() {
            self.places.insert(key.name, place.to_owned());
            return Ok(());
        }
        self.refused.insert(key.name);
        let hint = key.allowed.hint(given).map(|hint| format!("; {hint}")).unwrap_or_default();
        Err(format!("{} is {given}, but must be {}{hint}", key.name, key.allowed))
    }

    /// What becomes of this configuration, which is running, when `fresh` was read.
    pub fn reread(self, fresh: &Self) -> Reread {
        let mut reread = Reread { running: self, taken: Vec::new(), waiting: Vec::new() };
        let running = &mut reread.running;
        for key in KEYS {
            match key.taken {
                _ if key.is_same(&running.config, &fresh.config) => {}
                Taken::AtOnce => {
                    key.copy(&fresh.config, &mut running.config);
                    reread.taken.push(key.name);
                }
                Taken::AtStart => reread.waiting.push(key.name),
            }
        }
        reread
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::{Config, KEYS, find};
    use super::super::value::{Allowed, Given};
    use super::{Assigned, Taken};

    fn assigned(pairs: &[(&str, &str)]) -> Assigned {
        let mut assigned = Assigned::default();
        for (name, text) in pairs {
            assigned.put(find(name).expect("a key"), &Given::Word((*text).to_owned()), "--set").expect("it is allowed");
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

    /// A configuration in which `key` is not as by default.
    fn changed(key: &super::Key) -> Config {
        let candidates = match key.allowed {
            Allowed::Integer { least, most, .. } => vec![least.to_string(), most.to_string()],
            Allowed::Switch => vec!["true".to_owned(), "false".to_owned()],
            Allowed::OneOf(list) | Allowed::Listed { list, .. } => list().into_iter().map(str::to_owned).collect(),
            Allowed::Line { least, .. } => vec!["x".repeat(least + 1)],
            Allowed::Text(_) => ["127.0.0.1:1", "https://a.example", "1"].map(str::to_owned).to_vec(),
            Allowed::Entries { .. } => vec!["1=127.0.0.1:1".to_owned()],
        };
        let default = Config::default();
        let put = |text: &String| {
            let mut config = default.clone();
            key.put(&mut config, &Given::Word(text.clone())).map(|()| config)
        };
        let other = candidates.iter().filter_map(put).find(|config| *config != default);
        other.unwrap_or(default)
    }

    #[test]
    fn a_setting_that_was_refused_is_known_by_its_section() {
        let mut assigned = assigned(&[("hold.seconds", "60")]);
        assert!(!assigned.is_refused("hold"));
        assigned.assign("hold.seconds", &Given::Word("0".to_owned()), "--set").expect_err("it is not allowed");
        assert!(assigned.is_refused("hold") && !assigned.is_refused("queue"));
        assert_eq!(assigned.config().hold.seconds, 60, "it is as before");
    }

    #[test]
    fn what_is_taken_at_once_decides_commands_or_the_level_of_the_log() {
        let default = Config::default();
        for key in KEYS.iter().filter(|key| key.taken == Taken::AtOnce) {
            let changed = changed(key);
            let is_heeded = changed.to_settings() != default.to_settings() || changed.log.level != default.log.level;
            assert!(is_heeded, "{} is built into the server when it starts", key.name);
        }
        for key in KEYS.iter().filter(|key| key.taken == Taken::AtStart && key.name != "wallet.currency") {
            assert_eq!(changed(key).to_settings(), default.to_settings(), "{} can be taken at once", key.name);
        }
    }
}
