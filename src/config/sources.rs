//! Where settings come from, and in what order: flags win over the environment, the environment over the file, the
//! file over the defaults. Every fault in any of them is collected, so that one message tells them all.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeArray, DeString, DeTable, DeValue};

use super::Assigned;
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
    pub fn resolve(&self) -> (Assigned, Faults) {
        let mut config = Assigned::default();
        let mut faults = Faults::default();
        self.read_file(&mut config, &mut faults);
        self.read_environment(&mut config, &mut faults);
        self.read_flags(&mut config, &mut faults);
        (config, faults)
    }

    fn read_file(&self, config: &mut Assigned, faults: &mut Faults) {
        let path = self.file.as_deref().unwrap_or(Path::new(FILE_DEFAULT));
        match read_bounded(path) {
            Ok(text) => read_text(&path.display().to_string(), &text, config, faults),
            Err(error) if self.file.is_none() && error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => faults.add(path.display(), format_args!("cannot be read: {error}")),
        }
    }

    fn read_environment(&self, config: &mut Assigned, faults: &mut Faults) {
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

    fn read_flags(&self, config: &mut Assigned, faults: &mut Faults) {
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
fn read_text(file: &str, text: &str, config: &mut Assigned, faults: &mut Faults) {
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
            DeValue::Array(values) => texts(values).map_or(Given::Other("a list"), Given::Texts),
            DeValue::Table(_) => Given::Other("a table"),
        };
        entries.push(Entry { name, given, offset });
    }
}

/// The values of a list when all of them are texts.
fn texts(values: &DeArray<'_>) -> Option<Vec<String>> {
    let text = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        _ => None,
    };
    values.iter().map(text).collect()
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
fn put(key: &'static Key, given: &Given, config: &mut Assigned) -> Option<String> {
    let refused = config.put(key, given).is_none();
    refused.then(|| {
        let nearest = key.allowed.nearest(given).map(|near| format!("; the nearest is {near:?}")).unwrap_or_default();
        format!("{} is {given}, but must be {}{nearest}", key.name, key.allowed)
    })
}

#[cfg(test)]
mod tests;
