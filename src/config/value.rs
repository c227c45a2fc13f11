//! Values of settings: how one is given, which ones a setting allows, and how each type is read and written. It knows
//! types and no settings.

use std::fmt;
use std::path::{Path, PathBuf};

use super::nearest::nearest;

pub(super) const FILE_OR_NONE: Allowed = Allowed::Text("the path of a file, or \"\" for none");

/// A value as it was given.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    Integer(i64),
    Switch(bool),
    Text(String),
    Texts(Vec<String>),
    /// A value in the file of a type that no setting has.
    Other(&'static str),
    /// A text outside the file, which stands for whatever the setting takes.
    Word(String),
}

/// Which values a setting may have.
#[derive(Clone, Copy, Debug)]
pub enum Allowed {
    /// An integer in a range, both ends included.
    Integer { least: u64, most: u64, unit: &'static str },
    /// `true` or `false`.
    Switch,
    /// One of a few words.
    OneOf(fn() -> Vec<&'static str>),
    /// A text of one line, of so many characters.
    Line { least: usize, most: usize },
    /// A text, or texts in a list or with commas between them, of a form that is told in words.
    Text(&'static str),
    /// One of more texts than can be told; a refusal tells the one that is nearest.
    Listed { form: &'static str, list: fn() -> Vec<&'static str> },
    /// Texts in a list or with commas between them; a refusal tells the first that is wrong, and what is wrong with it.
    Entries { form: &'static str, fault: fn(&Given) -> Option<String> },
}

/// A type that settings have.
pub(super) trait Value: Sized {
    /// The value that `given` stands for; `None` when the setting does not allow it.
    fn read(given: &Given, allowed: &Allowed) -> Option<Self>;

    /// The value as `config.toml` has it.
    fn written(&self) -> String;
}

/// A type whose values are a few words.
pub(super) trait Words: Copy + PartialEq + 'static {
    /// Each word and what it stands for.
    const WORDS: &'static [(&'static str, Self)];
}

pub(super) const fn integer(least: u64, most: u64, unit: &'static str) -> Allowed {
    Allowed::Integer { least, most, unit }
}

/// The words of `T`.
pub(super) const fn words<T: Words>() -> Allowed {
    Allowed::OneOf(|| T::WORDS.iter().map(|(word, _)| *word).collect())
}

impl Given {
    /// The text that it is, in the file or outside.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Word(text) => Some(text),
            Self::Integer(_) | Self::Switch(_) | Self::Texts(_) | Self::Other(_) => None,
        }
    }

    /// The texts of a list, or of one text with commas between them.
    pub fn texts(&self) -> Option<Vec<&str>> {
        match self {
            Self::Text(text) | Self::Word(text) => {
                Some(text.split(',').map(str::trim).filter(|text| !text.is_empty()).collect())
            }
            Self::Texts(texts) => Some(texts.iter().map(String::as_str).collect()),
            Self::Integer(_) | Self::Switch(_) | Self::Other(_) => None,
        }
    }

    /// The integer that it is, unless it is negative.
    pub(super) fn integer(&self) -> Option<u64> {
        match self {
            Self::Integer(value) => u64::try_from(*value).ok(),
            Self::Word(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
            Self::Word(_) | Self::Switch(_) | Self::Text(_) | Self::Texts(_) | Self::Other(_) => None,
        }
    }
}

impl fmt::Display for Given {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => write!(out, "{value}"),
            Self::Switch(value) => write!(out, "{value}"),
            Self::Text(value) | Self::Word(value) => write!(out, "{value:?}"),
            Self::Texts(values) => write!(out, "{values:?}"),
            Self::Other(kind) => out.write_str(kind),
        }
    }
}

impl Allowed {
    /// What is allowed in the shortest words, beside a text that says what it is about.
    pub fn brief(&self) -> String {
        match self {
            Self::Integer { least, most, unit } => format!("{least} to {most} {unit}"),
            Self::Switch
            | Self::OneOf(_)
            | Self::Line { .. }
            | Self::Text(_)
            | Self::Listed { .. }
            | Self::Entries { .. } => self.to_string(),
        }
    }

    /// What else a refusal of `given` tells: what is nearest, where all that is allowed is listed, or what is wrong with
    /// an entry.
    pub(super) fn hint(&self, given: &Given) -> Option<String> {
        match self {
            Self::Listed { list, .. } | Self::OneOf(list) => {
                nearest(given.text()?, list()).map(|near| format!("the nearest is {near:?}"))
            }
            Self::Entries { fault, .. } => fault(given),
            Self::Integer { .. } | Self::Switch | Self::Line { .. } | Self::Text(_) => None,
        }
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer { least, most, unit } => write!(out, "an integer from {least} to {most} ({unit})"),
            Self::Switch => out.write_str("true or false"),
            Self::OneOf(list) => {
                let words: Vec<_> = list().iter().map(|word| format!("{word:?}")).collect();
                match words.split_last() {
                    Some((last, first)) if !first.is_empty() => write!(out, "{} or {last}", first.join(", ")),
                    Some((only, _)) => out.write_str(only),
                    None => Ok(()),
                }
            }
            Self::Line { least, most } => write!(out, "a text of {least} to {most} characters in one line"),
            Self::Text(form) | Self::Listed { form, .. } | Self::Entries { form, .. } => out.write_str(form),
        }
    }
}

/// A text in quotes, as TOML has it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

impl Value for u64 {
    fn read(given: &Given, allowed: &Allowed) -> Option<Self> {
        let Allowed::Integer { least, most, .. } = allowed else { unreachable!("an integer has a range") };
        given.integer().filter(|value| (least..=most).contains(&value))
    }

    fn written(&self) -> String {
        self.to_string()
    }
}

impl Value for u32 {
    fn read(given: &Given, allowed: &Allowed) -> Option<Self> {
        let value = u64::read(given, allowed)?;
        Some(Self::try_from(value).expect("the ranges of settings that are so narrow fit 32 bits"))
    }

    fn written(&self) -> String {
        self.to_string()
    }
}

impl Value for u16 {
    fn read(given: &Given, allowed: &Allowed) -> Option<Self> {
        let value = u64::read(given, allowed)?;
        Some(Self::try_from(value).expect("the ranges of settings that are so narrow fit 16 bits"))
    }

    fn written(&self) -> String {
        self.to_string()
    }
}

/// What can be switched off: 0 is off.
impl Value for Option<u32> {
    fn read(given: &Given, allowed: &Allowed) -> Option<Self> {
        u32::read(given, allowed).map(|value| (value > 0).then_some(value))
    }

    fn written(&self) -> String {
        self.unwrap_or(0).to_string()
    }
}

impl Value for bool {
    fn read(given: &Given, _: &Allowed) -> Option<Self> {
        match given {
            Given::Switch(value) => Some(*value),
            Given::Word(text) => text.parse().ok(),
            Given::Integer(_) | Given::Text(_) | Given::Texts(_) | Given::Other(_) => None,
        }
    }

    fn written(&self) -> String {
        self.to_string()
    }
}

impl Value for String {
    fn read(given: &Given, allowed: &Allowed) -> Option<Self> {
        let Allowed::Line { least, most } = allowed else { unreachable!("a text has a length") };
        let text = given.text()?;
        let fits = (least..=most).contains(&&text.chars().count()) && !text.chars().any(char::is_control);
        fits.then(|| text.to_owned())
    }

    fn written(&self) -> String {
        quoted(self)
    }
}

/// A folder.
impl Value for PathBuf {
    fn read(given: &Given, _: &Allowed) -> Option<Self> {
        given.text().filter(|text| !text.is_empty()).map(Self::from)
    }

    fn written(&self) -> String {
        quoted(&self.display().to_string())
    }
}

/// A file, or none.
impl Value for Option<PathBuf> {
    fn read(given: &Given, _: &Allowed) -> Option<Self> {
        given.text().map(|text| (!text.is_empty()).then(|| PathBuf::from(text)))
    }

    fn written(&self) -> String {
        quoted(&self.as_deref().unwrap_or(Path::new("")).display().to_string())
    }
}

impl<T: Words> Value for T {
    fn read(given: &Given, _: &Allowed) -> Option<Self> {
        let text = given.text()?;
        T::WORDS.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
    }

    fn written(&self) -> String {
        let found = T::WORDS.iter().find(|(_, value)| value == self);
        quoted(found.map(|(word, _)| *word).expect("each value has a word"))
    }
}
