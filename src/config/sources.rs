//! Where settings come from, and in what order: flags win over the environment, the environment over the file, the
//! file over the defaults. Every fault in any of them is collected, so that one message tells them all.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::Config;
use super::keys::{Given, KEYS, Key, find};

/// The file that is read from the working directory when none is named.
const FILE_DEFAULT: &str = "config.toml";
/// The start of the name of every variable that is ours.
const VARIABLE_PREFIX: &str = "JARI_";
/// Bytes that a configuration file may have at most.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What was given from outside.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file that was named; without one, `config.toml` of the working directory is read when it exists.
    pub file: Option<PathBuf>,
    /// The variables of the process.
    pub environment: Vec<(OsString, OsString)>,
    /// Variables that start with `JARI_` and are no settings.
    pub variables_elsewhere: &'static [&'static str],
    /// `KEY=VALUE` of each `--set`, in order.
    pub assignments: Vec<String>,
    /// Flags that stand for a key: the flag, the key and its value.
    pub flags: Vec<(&'static str, &'static str, String)>,
}

/// Everything that is wrong with a configuration, each fault with the place where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<String>);

impl Faults {
    /// Notes that `what` is wrong at `place`.
    pub fn add(&mut self, place: impl fmt::Display, what: impl fmt::Display) {
        self.0.push(format!("{place}: {what}"));
    }

    fn extend(&mut self, place: impl fmt::Display, fault: Option<String>) {
        if let Some(fault) = fault {
            self.add(place, fault);
        }
    }

    /// `value` when nothing is wrong, else everything that is.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [only] => write!(out, "the configuration has a fault:\n  {only}"),
            many => {
                write!(out, "the configuration has {} faults:", many.len())?;
                many.iter().try_for_each(|fault| write!(out, "\n  {fault}"))
            }
        }
    }
}

impl std::error::Error for Faults {}

impl Sources {
    /// The configuration that they amount to, and everything that is wrong with them.
    pub fn resolve(&self) -> (Config, Faults) {
        let mut config = Config::default();
        let mut faults = Faults::default();
        self.read_file(&mut config, &mut faults);
        self.read_environment(&mut config, &mut faults);
        self.read_flags(&mut config, &mut faults);
        (config, faults)
    }

    fn read_file(&self, config: &mut Config, faults: &mut Faults) {
        let path = self.file.as_deref().unwrap_or(Path::new(FILE_DEFAULT));
        match read_bounded(path) {
            Ok(text) => read_text(&path.display().to_string(), &text, config, faults),
            Err(error) if self.file.is_none() && error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => faults.add(path.display(), format_args!("cannot be read: {error}")),
        }
    }

    fn read_environment(&self, config: &mut Config, faults: &mut Faults) {
        let mut ours: Vec<_> = self.environment.iter().filter(|(name, _)| is_ours(name)).collect();
        ours.sort();
        for (name, value) in ours {
            let name = name.to_string_lossy();
            if self.variables_elsewhere.contains(&&*name) {
                continue;
            }
            let fault = match KEYS.iter().find(|key| key.variable() == name) {
                Some(key) => put(key, &Given::Word(value.to_string_lossy().into_owned()), config),
                None => Some("there is no such setting; see `jari serve --help`".to_owned()),
            };
            faults.extend(&name, fault);
        }
    }

    fn read_flags(&self, config: &mut Config, faults: &mut Faults) {
        for assignment in &self.assignments {
            let fault = match assignment.split_once('=') {
                None => Some("must be KEY=VALUE, as in --set hold.seconds=120".to_owned()),
                Some((name, text)) => match find(name.trim()) {
                    None => Some(unknown(name.trim())),
                    Some(key) => put(key, &Given::Word(text.trim().to_owned()), config),
                },
            };
            faults.extend(format_args!("--set {assignment}"), fault);
        }
        for (flag, name, text) in &self.flags {
            let key = find(name).expect("a flag stands for a key of the table");
            faults.extend(flag, put(key, &Given::Word(text.clone()), config));
        }
    }
}

fn is_ours(name: &OsString) -> bool {
    name.to_string_lossy().starts_with(VARIABLE_PREFIX)
}

fn read_bounded(path: &Path) -> std::io::Result<String> {
    use std::io::Read;
    let file = std::fs::File::open(path)?;
    let mut text = String::new();
    file.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

/// Reads the settings of a file that is called `file`.
fn read_text(file: &str, text: &str, config: &mut Config, faults: &mut Faults) {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut found: Vec<(usize, String)> = Vec::new();
    for error in errors {
        let offset = error.span().map_or(0, |span| span.start);
        found.push((offset, format!("not valid TOML: {}", error.message())));
    }
    let mut entries = Vec::new();
    flatten("", document.get_ref(), &mut entries);
    for Entry { name, given, offset } in entries {
        let fault = find(&name).map_or_else(|| Some(unknown(&name)), |key| put(key, &given, config));
        found.extend(fault.map(|fault| (offset, fault)));
    }
    found.sort();
    for (offset, fault) in found {
        let line = text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
        faults.add(format_args!("{file}, line {line}"), fault);
    }
}

/// A value of a file with its dotted name and where the name starts.
struct Entry {
    name: String,
    given: Given,
    offset: usize,
}

fn flatten(section: &str, table: &DeTable<'_>, entries: &mut Vec<Entry>) {
    for (key, value) in table {
        let key: &Spanned<DeString<'_>> = key;
        let name = if section.is_empty() { key.get_ref().to_string() } else { format!("{section}.{}", key.get_ref()) };
        let offset = key.span().start;
        let given = match value.get_ref() {
            DeValue::Table(inner) if is_section(&name) => {
                flatten(&name, inner, entries);
                continue;
            }
            DeValue::String(text) => Given::Text(text.to_string()),
            DeValue::Boolean(value) => Given::Switch(*value),
            DeValue::Integer(number) => {
                let value = i64::from_str_radix(number.as_str(), number.radix());
                value.map_or(Given::Other("an integer beyond 64 bits"), Given::Integer)
            }
            DeValue::Float(_) => Given::Other("a fraction"),
            DeValue::Datetime(_) => Given::Other("a date"),
            DeValue::Array(_) => Given::Other("a list"),
            DeValue::Table(_) => Given::Other("a table"),
        };
        entries.push(Entry { name, given, offset });
    }
}

fn is_section(name: &str) -> bool {
    KEYS.iter().any(|key| section_of(key.name) == name)
}

fn section_of(name: &str) -> &str {
    name.split_once('.').map_or(name, |(section, _)| section)
}

/// What to say about a key that does not exist: the keys that it could have been.
fn unknown(name: &str) -> String {
    let section = section_of(name);
    let mut near: Vec<_> = KEYS.iter().map(|key| key.name).filter(|key| section_of(key) == section).collect();
    if near.is_empty() {
        near = KEYS.iter().map(|key| key.name).collect();
    }
    format!("there is no setting {name} in this version; there is {}", near.join(", "))
}

/// Puts `given` into `config`, or says why that is not allowed.
fn put(key: &Key, given: &Given, config: &mut Config) -> Option<String> {
    let refused = key.put(config, given).is_none();
    refused.then(|| format!("{} is {given}, but must be {}", key.name, key.allowed))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::io::Write;

    use super::super::{Charging, Config, KEYS};
    use super::{Sources, read_text};
    use crate::config::Faults;

    fn file(text: &str) -> (Config, String) {
        let (mut config, mut faults) = (Config::default(), Faults::default());
        read_text("box.toml", text, &mut config, &mut faults);
        (config, faults.or(()).map_or_else(|faults| faults.to_string(), |()| String::new()))
    }

    fn environment(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn flags_win_over_environment_over_file_over_defaults() {
        let mut settings = tempfile::NamedTempFile::new().expect("a file");
        writeln!(settings, "[hold]\nseconds = 20\n[queue]\nactive_seconds = 21\nadmit_interval = 22").expect("written");
        let sources = Sources {
            file: Some(settings.path().to_owned()),
            environment: environment(&[
                ("JARI_HOLD_SECONDS", "30"),
                ("JARI_QUEUE_ACTIVE_SECONDS", "31"),
                ("PATH", "/bin"),
            ]),
            variables_elsewhere: &[],
            assignments: vec!["hold.seconds=39".into(), "hold.seconds=40".into()],
            flags: vec![("--listen", "server.listen", "[::1]:0".into())],
        };
        let (config, faults) = sources.resolve();
        faults.or(()).expect("nothing is wrong");
        assert_eq!(config.hold.seconds, 40, "the last flag");
        assert_eq!(config.queue.active_seconds, 31, "the environment");
        assert_eq!(config.queue.admit_interval, 22, "the file");
        assert_eq!(config.queue.max_active, Some(100), "the default");
        assert_eq!(config.server.listen.to_string(), "[::1]:0");
    }

    #[test]
    fn one_message_names_every_fault_and_where_it_stands() {
        let mut settings = tempfile::NamedTempFile::new().expect("a file");
        writeln!(settings, "[hold]\nseconds = 0\n\n[limits]\nlogins = 5").expect("written");
        let sources = Sources {
            file: Some(settings.path().to_owned()),
            environment: environment(&[
                ("JARI_HOLD_SECOND", "1"),
                ("JARI_WALLET_CHARGE", "psp"),
                ("JARI_ELSEWHERE", "x"),
            ]),
            variables_elsewhere: &["JARI_ELSEWHERE"],
            assignments: vec!["identity.mode=password".into(), "hold.seconds".into(), "hall.seconds=1".into()],
            flags: vec![("--listen", "server.listen", "8080".into())],
        };
        let (_, faults) = sources.resolve();
        let text = faults.or(()).expect_err("much is wrong").to_string();
        let name = settings.path().display();
        for expected in [
            "has 8 faults:".to_owned(),
            format!("\n  {name}, line 2: hold.seconds is 0, but must be an integer from 1 to 86400 (seconds)"),
            format!("\n  {name}, line 5: there is no setting limits.logins in this version; there is limits.in_flight"),
            "\n  JARI_HOLD_SECOND: there is no such setting".to_owned(),
            "\n  JARI_WALLET_CHARGE: wallet.charge is \"psp\", but must be \"open\" or \"operator\"".to_owned(),
            "\n  --set identity.mode=password: identity.mode is \"password\", but must be \"open\"".to_owned(),
            "\n  --set hold.seconds: must be KEY=VALUE".to_owned(),
            "\n  --set hall.seconds=1: there is no setting hall.seconds".to_owned(),
            "\n  --listen: server.listen is \"8080\", but must be an IP address with a port".to_owned(),
        ] {
            assert!(text.contains(&expected), "{expected:?} is in:\n{text}");
        }
    }

    #[test]
    fn types_and_ranges_of_a_file_are_checked() {
        for (text, fault) in [
            ("[hold]\nseconds = \"300\"", "line 2: hold.seconds is \"300\", but"),
            ("[hold]\nseconds = 1.0", "line 2: hold.seconds is a fraction, but"),
            ("[hold]\nseconds = -1", "line 2: hold.seconds is -1, but"),
            ("[hold]\nseconds = 99999999999999999999", "line 2: hold.seconds is an integer beyond 64 bits, but"),
            ("[hold]\nseconds = [1]", "line 2: hold.seconds is a list, but"),
            ("hold = 3", "line 1: there is no setting hold "),
            ("[queue.guard]\nx = 1", "line 1: queue.guard is a table, but"),
            (
                "[queue]\nend_on_hold_lapse = \"true\"",
                "line 2: queue.end_on_hold_lapse is \"true\", but must be true or false",
            ),
            ("[sale]\ntime_zone = \"Seoul\"", "line 2: sale.time_zone is \"Seoul\", but must be an IANA time zone"),
            ("[wallet]\ncurrency = \"won\"", "line 2: wallet.currency is \"won\", but must be an ISO 4217 code"),
            ("[log]\nlevel = loud", "line 2: not valid TOML"),
            ("[log]\nlevel = \"info\"\nlevel = \"info\"", "line 3: not valid TOML: duplicate key"),
        ] {
            let (config, faults) = file(text);
            assert!(faults.contains(fault), "{text:?} gives {faults:?}");
            assert_eq!(config, Config::default(), "{text:?} changes nothing");
        }
    }

    #[test]
    fn zero_switches_limits_off() {
        let (config, faults) =
            file("[queue]\nmax_active = 0\nadmit_count = 0\nabandon_seconds = 0\n[wallet]\ncharge = 'operator'");
        assert_eq!(faults, "");
        let settings = config.to_settings();
        assert_eq!((settings.max_active, settings.admit_count, settings.abandon_seconds), (None, None, None));
        assert_eq!(config.wallet.charge, Charging::Operator);
        assert_eq!(config.open_settings(), ["identity.mode = \"open\""]);
    }

    #[test]
    fn the_ends_of_every_range_are_allowed_and_nothing_beyond() {
        use super::super::Allowed;
        use super::super::keys::Given;
        for key in KEYS {
            if let Allowed::Integer { least, most, .. } = &key.allowed {
                let fits = |value: u64| key.put(&mut Config::default(), &Given::Word(value.to_string())).is_some();
                assert!(fits(*least) && fits(*most), "{}", key.name);
                assert!(!fits(most + 1) && (*least == 0 || !fits(least - 1)), "{}", key.name);
                for word in ["", "+1", " 1", "1 ", "0x1", "1e3", "1.0", "one"] {
                    assert_eq!(key.put(&mut Config::default(), &Given::Word(word.into())), None, "{}={word}", key.name);
                }
            }
        }
    }

    #[test]
    fn the_file_of_the_repository_lists_every_key_with_its_default() {
        let text = include_str!("../../config.toml");
        let mut active = String::new();
        let mut listed = Vec::new();
        let mut section = String::new();
        for line in text.lines() {
            let value =
                line.strip_prefix('#').filter(|rest| rest.starts_with(|first: char| first.is_ascii_lowercase()));
            if let Some(name) = line.strip_prefix('[') {
                section = name.trim_end_matches(']').to_owned();
            }
            if let Some((name, _)) = value.and_then(|value| value.split_once(" = ")) {
                listed.push(format!("{section}.{name}"));
            }
            active.push_str(value.unwrap_or(line));
            active.push('\n');
        }
        assert_eq!(listed, KEYS.iter().map(|key| key.name).collect::<Vec<_>>());
        let (config, faults) = file(&active);
        assert_eq!(faults, "");
        assert_eq!(config, Config::default());
        assert_eq!(file(text), (Config::default(), String::new()), "as it is, it changes nothing");
    }

    #[test]
    fn the_settings_of_the_core_have_the_same_defaults() {
        assert_eq!(Config::default().to_settings(), crate::domain::Settings::default());
    }

    #[test]
    fn a_variable_is_the_key_in_capitals() {
        let hold = KEYS.iter().find(|key| key.name == "hold.seconds").expect("there is such a key");
        assert_eq!(hold.variable(), "JARI_HOLD_SECONDS");
        let mut variables: Vec<_> = KEYS.iter().map(super::Key::variable).collect();
        variables.sort();
        variables.dedup();
        assert_eq!(variables.len(), KEYS.len(), "no two keys have the same variable");
    }
}
