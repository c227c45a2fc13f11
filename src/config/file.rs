//! The configuration file: TOML into settings, each fault with its line.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use toml::Spanned;
use toml::de::{DeArray, DeString, DeTable, DeValue};

use super::assigned::Assigned;
use super::faults::Faults;
use super::settings::{SECTIONS, find};
use super::value::Given;

/// Bytes that a configuration file may have at most.
const BYTES_MAX: u64 = 1024 * 1024;

/// The text of a file, or why there is none.
pub(super) fn read_bounded(path: &Path) -> Result<String, (ErrorKind, String)> {
    let cannot = |error: std::io::Error| (error.kind(), format!("cannot be read: {error}"));
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(BYTES_MAX + 1).read_to_end(&mut bytes)).map_err(cannot)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err((
            ErrorKind::FileTooLarge,
            format!("has more than {BYTES_MAX} bytes, so it is no file of settings"),
        ));
    }
    String::from_utf8(bytes).map_err(|_| (ErrorKind::InvalidData, "is not text in UTF-8".to_owned()))
}

/// Reads the settings of a file that is called `file`.
pub(super) fn read_text(file: &str, text: &str, config: &mut Assigned, faults: &mut Faults) {
    let (document, errors) = DeTable::parse_recoverable(text);
    let place = |offset: usize| {
        let line = text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
        format!("{file}, line {line}")
    };
    let mut found: Vec<(usize, String)> = Vec::new();
    for error in errors {
        let offset = error.span().map_or(0, |span| span.start);
        found.push((offset, format!("not valid TOML: {}", error.message())));
    }
    // Behind a fault of the syntax nobody knows which section a setting is in.
    let known_until = found.iter().map(|(offset, _)| *offset).min().unwrap_or(usize::MAX);
    let mut entries = Vec::new();
    flatten("", document.get_ref(), &mut entries);
    for Entry { name, given, offset } in entries.into_iter().filter(|entry| entry.offset < known_until) {
        if let Err(fault) = config.assign(&name, &given, &place(offset)) {
            found.push((offset, fault));
        }
    }
    found.sort();
    for (offset, fault) in found {
        faults.add(place(offset), fault);
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
            // What is in a table that is no section is told by its whole name.
            DeValue::Table(inner) if is_section(&name) || (find(&name).is_none() && !inner.is_empty()) => {
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
    SECTIONS.iter().any(|(section, _)| *section == name)
}
