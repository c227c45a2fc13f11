//! Where settings come from, and in what order: flags win over the environment, the environment over the file, the
//! file over the defaults. Every fault in any of them is collected, so that one message tells them all.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::assigned::Assigned;
use super::faults::Faults;
use super::file;
use super::key::VARIABLE_PREFIX;
use super::nearest::nearest;
use super::settings::{KEYS, Key};
use super::value::Given;

/// The file that is read from the working directory when none is named.
const FILE_DEFAULT: &str = "config.toml";

/// What was given from outside.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file that was named; without one, `config.toml` of the working directory is read when it exists.
    pub file: Option<PathBuf>,
    /// The variables of the process.
    pub environment: Vec<(OsString, OsString)>,
    /// Variables that start with `JARI_` and are no settings.
    pub variables_elsewhere: Vec<String>,
    /// `KEY=VALUE` of each `--set`, in order.
    pub assignments: Vec<String>,
    /// Settings that have a flag of their own, with what it was given.
    pub flags: Vec<(&'static Key, String)>,
}

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
        match file::read_bounded(path) {
            Ok(text) => file::read_text(&path.display().to_string(), &text, config, faults),
            Err((ErrorKind::NotFound, _)) if self.file.is_none() => {}
            Err((_, fault)) => faults.add(path.display(), fault),
        }
    }

    fn read_environment(&self, config: &mut Assigned, faults: &mut Faults) {
        let mut ours: Vec<_> =
            self.environment.iter().filter_map(|(name, value)| Some((own_name(name)?, value))).collect();
        ours.sort();
        let mut given_by: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, value) in ours.iter().filter(|(name, _)| !self.variables_elsewhere.contains(name)) {
            let Some(key) = KEYS.iter().find(|key| key.variables().contains(name)) else {
                faults.add(name, self.unknown_variable(name));
                continue;
            };
            if let Some(other) = given_by.insert(key.name, name) {
                faults.add(name, format_args!("stands for {}, and so does {other}: give one of them", key.name));
                continue;
            }
            faults.note(
                name,
                match value.to_str() {
                    Some(value) => config.put(key, &Given::Word(value.to_owned()), name),
                    None => Err("is not text in UTF-8".to_owned()),
                },
            );
        }
    }

    fn unknown_variable(&self, name: &str) -> String {
        let own = |name: &str| name.trim_start_matches(VARIABLE_PREFIX).to_owned();
        let known: Vec<_> =
            KEYS.iter().flat_map(Key::variables).chain(self.variables_elsewhere.iter().cloned()).collect();
        let known: Vec<_> = known.iter().map(|name| own(name)).collect();
        match nearest(&own(name), known.iter().map(String::as_str)) {
            Some(near) => format!("there is no such setting; the nearest is {VARIABLE_PREFIX}{near}"),
            None => "there is no such setting; see `jari serve --help`".to_owned(),
        }
    }

    fn read_flags(&self, config: &mut Assigned, faults: &mut Faults) {
        for assignment in &self.assignments {
            let place = format!("--set {assignment}");
            faults.note(
                &place,
                match assignment.split_once('=') {
                    Some((name, text)) => config.assign(name.trim(), &Given::Word(text.trim().to_owned()), &place),
                    None => Err("must be KEY=VALUE, as in --set hold.seconds=120".to_owned()),
                },
            );
        }
        for (key, text) in &self.flags {
            let flag = key.flag.expect("it was given by its flag").name;
            let place = format!("--{flag}");
            faults.note(&place, config.put(key, &Given::Word(text.clone()), &place));
        }
    }
}

/// The name of a variable that is ours.
fn own_name(name: &OsStr) -> Option<String> {
    let name = name.to_string_lossy();
    name.starts_with(VARIABLE_PREFIX).then(|| name.into_owned())
}

#[cfg(test)]
mod tests;
