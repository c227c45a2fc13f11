//! The settings as the command line gives them: its flags, the variables that stand for flags, and one message with all
//! that is wrong with the configuration which follows.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use super::exit::Exit;
use crate::cluster::key_file;
use crate::config::{Assigned, ClusterSettings, Config, Faults, Flag, KEYS, Key, Sources, variable_of_flag};
use crate::identity::{EXPECTED_OPERATOR_KEY, OPERATOR_KEY_VARIABLE, OperatorKey};

/// The flag that names the file.
const CONFIG: &str = "config";
/// Flags without a value that a variable may give as well.
const DEMO: &str = "demo";
const INSECURE_OPEN: &str = "insecure-open";

/// Where the settings of a server come from.
#[derive(Args)]
pub(super) struct SettingArguments {
    /// Read settings from this file [default: ./config.toml, when there is one] [env: JARI_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    flags: SettingFlags,
    /// Listen where others can reach it although an open setting is on [default: off] [env: JARI_INSECURE_OPEN]
    #[arg(long)]
    insecure_open: bool,
    /// Set any setting, as in --set hold.seconds=120; may be given many times [default: none] [env: a variable for each
    /// setting, as in JARI_HOLD_SECONDS]
    #[arg(long = "set", value_name = "KEY=VALUE")]
    assignments: Vec<String>,
}

/// Where the data of a server lies that does not run.
#[derive(Args)]
pub(super) struct DataFolder {
    /// The folder with the data [default: where `jari serve` has it when it is started here, which is ./data unless
    /// storage.data_dir says otherwise] [env: JARI_DATA_DIR]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Read storage.data_dir from this file [default: ./config.toml, when there is one] [env: JARI_CONFIG]
    #[arg(long, value_name = "FILE", conflicts_with = "data_dir")]
    config: Option<PathBuf>,
}

/// The settings that have flags of their own, with what they were given.
struct SettingFlags(Vec<(&'static Key, String)>);

impl Args for SettingFlags {
    fn augment_args(command: Command) -> Command {
        let argument = |(key, flag): (&Key, Flag)| {
            let (default, variables) = (key.default_shown(), key.variables().join(", "));
            let help = format!("{} [default: {default}] [env: {variables}]", key.text());
            Arg::new(key.name).long(flag.name).value_name(flag.value).help(help)
        };
        command.args(with_flags().map(argument))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SettingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |(key, _): (&'static Key, Flag)| Some((key, matches.get_one::<String>(key.name)?.clone()));
        Ok(Self(with_flags().filter_map(given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn with_flags() -> impl Iterator<Item = (&'static Key, Flag)> {
    KEYS.iter().filter_map(|key| Some((key, key.flag?)))
}

impl SettingArguments {
    /// Whether any of them was given.
    pub(super) fn are_given(&self) -> bool {
        let Self { config, flags, insecure_open, assignments } = self;
        config.is_some() || !flags.0.is_empty() || *insecure_open || !assignments.is_empty()
    }

    /// The configuration as far as it can be read, and one message that tells everything that is wrong with it.
    pub(super) fn configure(&self) -> (Assigned, Result<(), String>) {
        let sources = Sources {
            assignments: self.assignments.clone(),
            flags: self.flags.0.clone(),
            ..of_environment(self.config.clone())
        };
        let (assigned, mut faults) = sources.resolve();
        self.check_reach(&assigned, &mut faults);
        check_tls(&assigned, &mut faults);
        check_cluster(&assigned, &mut faults);
        check_variables(&mut faults);
        (assigned, faults.or(()).map_err(|faults| faults.to_string()))
    }

    /// Notes that others would reach a server that lets anyone in.
    fn check_reach(&self, assigned: &Assigned, faults: &mut Faults) {
        let config = assigned.config();
        let open = config.open_settings();
        let is_allowed = self.insecure_open || switch(INSECURE_OPEN) == Ok(true);
        if !config.server.listen.ip().is_loopback() && !open.is_empty() && !is_allowed {
            let listen = config.server.listen;
            faults.add(
                assigned.place_of("server.listen"),
                format_args!(
                    "server.listen is {listen}, which others can reach, while these settings let anyone in: {}; change \
                     them, listen on 127.0.0.1, or give --insecure-open",
                    open.join(", ")
                ),
            );
        }
    }
}

/// The configuration that a server would have which is started here without flags.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn at_hand(file: Option<PathBuf>) -> Result<Config, String> {
    let (assigned, faults) = of_environment(file).resolve();
    faults.or(()).map_err(|faults| faults.to_string())?;
    Ok(assigned.config().clone())
}

/// Whether `--demo`, or the variable that stands for it, asks for the demo concert.
pub(super) fn wants_demo(flag: bool) -> bool {
    flag || switch(DEMO) == Ok(true)
}

/// File and environment of this process.
fn of_environment(file: Option<PathBuf>) -> Sources {
    let elsewhere = [CONFIG, DEMO, INSECURE_OPEN].map(variable_of_flag);
    Sources {
        file: file.or_else(|| std::env::var_os(variable_of_flag(CONFIG)).map(PathBuf::from)),
        environment: std::env::vars_os().collect(),
        variables_elsewhere: elsewhere.into_iter().chain([OPERATOR_KEY_VARIABLE.to_owned()]).collect(),
        ..Sources::default()
    }
}

/// Notes that only one of the files for TLS is named.
fn check_tls(assigned: &Assigned, faults: &mut Faults) {
    if let Err(fault) = assigned.config().server.tls() {
        faults.add(assigned.place_of(fault.given), fault);
    }
}

/// Notes what keeps the server from being one of several instances, where it is to be one.
fn check_cluster(assigned: &Assigned, faults: &mut Faults) {
    if assigned.is_refused("cluster") {
        return;
    }
    match assigned.config().cluster() {
        Ok(None) => {}
        Ok(Some(ClusterSettings { key_file, .. })) => {
            if let Err(error) = key_file::read(&key_file) {
                faults.add(assigned.place_of("cluster.key_file"), error);
            }
        }
        Err(found) => found.iter().for_each(|fault| faults.add(assigned.place_of(fault.setting()), fault)),
    }
}

/// Notes what is wrong with variables that are no settings.
fn check_variables(faults: &mut Faults) {
    for flag in [DEMO, INSECURE_OPEN] {
        if let Err(value) = switch(flag) {
            faults.add(variable_of_flag(flag), format_args!("is {value:?}, but must be true or false"));
        }
    }
    if std::env::var_os(OPERATOR_KEY_VARIABLE).is_some_and(|key| operator_key(&key).is_none()) {
        faults.add(OPERATOR_KEY_VARIABLE, format_args!("must be {EXPECTED_OPERATOR_KEY}"));
    }
}

/// What the variable of a flag without a value says, or what it is instead.
fn switch(flag: &str) -> Result<bool, String> {
    let value = std::env::var_os(variable_of_flag(flag)).unwrap_or_else(|| "false".into());
    let value = value.to_string_lossy();
    value.parse().map_err(|_| value.into_owned())
}

fn operator_key(text: &OsStr) -> Option<OperatorKey> {
    text.to_str().and_then(OperatorKey::parse)
}

impl DataFolder {
    /// The folder: the one that was named, else the one that a server started here would use.
    ///
    /// # Errors
    /// Faults of the configuration, where that is asked.
    pub(super) fn find(&self) -> Result<PathBuf, Exit> {
        if let Some(data_dir) = &self.data_dir {
            return Ok(data_dir.clone());
        }
        let (assigned, faults) = of_environment(self.config.clone()).resolve();
        faults.or(()).map_err(|faults| Exit::Usage(format!("{faults}\nwith --data-dir DIR no settings are read")))?;
        Ok(assigned.config().storage.data_dir.clone())
    }
}
