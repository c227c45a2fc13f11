//! A setting as a row of the table of settings: its name, what it means, and how its value is put, told and compared. It
//! does not know which settings there are.

use super::value::{Allowed, Given};

/// The start of the name of every variable that is ours.
pub(super) const VARIABLE_PREFIX: &str = "JARI_";

/// One setting of a configuration `C`.
#[derive(Debug)]
pub struct KeyOf<C> {
    /// As in `config.toml`: section and name.
    pub name: &'static str,
    pub allowed: Allowed,
    pub taken: Taken,
    /// The flag that stands for it.
    pub flag: Option<Flag>,
    pub(super) details: Details<C>,
}

/// When a server that runs takes a setting which was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// When SIGHUP makes it read its settings again.
    AtOnce,
    /// With its next start.
    AtStart,
}

/// A flag of the command line: `--name VALUE`.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    pub name: &'static str,
    pub value: &'static str,
}

/// What the declaration has of a setting beside what everybody may ask.
#[derive(Debug)]
pub(super) struct Details<C> {
    /// The lines of its text; an empty one ends the first paragraph.
    pub lines: &'static [&'static str],
    /// The default in the file's words, where no value is it.
    pub default: Option<&'static str>,
    pub put: fn(&mut C, &Given) -> Option<()>,
    pub written: fn(&C) -> String,
    pub same: fn(&C, &C) -> bool,
    /// Copies the setting from the first configuration into the second.
    pub copy: fn(&C, &mut C),
}

/// The variable of the environment that stands for a flag: `--data-dir` is `JARI_DATA_DIR`.
pub fn variable_of_flag(flag: &str) -> String {
    format!("{VARIABLE_PREFIX}{}", flag.to_ascii_uppercase().replace('-', "_"))
}

impl<C: Default> KeyOf<C> {
    /// What the setting means, in a sentence or two.
    pub fn text(&self) -> String {
        self.paragraphs().swap_remove(0)
    }

    /// What else is to be known of it; empty when nothing is.
    pub fn details(&self) -> String {
        self.paragraphs().into_iter().skip(1).collect::<Vec<_>>().join(" ")
    }

    fn paragraphs(&self) -> Vec<String> {
        let lines: Vec<_> = self.details.lines.iter().map(|line| line.trim()).collect();
        lines.split(|line| line.is_empty()).map(|lines| lines.join(" ")).collect()
    }

    /// The section of `config.toml` that it stands in.
    pub fn section(&self) -> &'static str {
        self.parts().0
    }

    /// Its name within its section.
    pub fn short_name(&self) -> &'static str {
        self.parts().1
    }

    fn parts(&self) -> (&'static str, &'static str) {
        self.name.split_once('.').expect("a name has a section")
    }

    /// The variables of the environment that set it: its name in capitals with underscores, `JARI_HOLD_SECONDS`, and the
    /// same of its flag where that is another.
    pub fn variables(&self) -> Vec<String> {
        let own = format!("{VARIABLE_PREFIX}{}", self.name.to_ascii_uppercase().replace('.', "_"));
        let of_flag = self.flag.map(|flag| variable_of_flag(flag.name)).filter(|of_flag| *of_flag != own);
        std::iter::once(own).chain(of_flag).collect()
    }

    /// The value that it has when nothing is said, as `config.toml` has it.
    pub fn default(&self) -> String {
        self.details.default.map_or_else(|| self.written(&C::default()), str::to_owned)
    }

    /// The same without the quotes of a text; `none` for an empty one and for an empty list.
    pub fn default_shown(&self) -> String {
        match self.default().trim_matches('"') {
            "" | "[]" => "none".to_owned(),
            value => value.to_owned(),
        }
    }

    /// The value that it has in `config`, as `config.toml` has it.
    pub fn written(&self, config: &C) -> String {
        (self.details.written)(config)
    }

    /// Whether two configurations have the same value.
    pub fn is_same(&self, one: &C, other: &C) -> bool {
        (self.details.same)(one, other)
    }

    /// Gives `to` the value that `from` has.
    pub fn copy(&self, from: &C, to: &mut C) {
        (self.details.copy)(from, to);
    }

    /// Puts `given` into `config`; `None`, and nothing is changed, when it is not what the setting allows.
    pub fn put(&self, config: &mut C, given: &Given) -> Option<()> {
        (self.details.put)(config, given)
    }
}
