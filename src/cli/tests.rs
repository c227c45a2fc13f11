//! The command line as it is declared.

use clap::{CommandFactory, Parser};

use super::Arguments;
use crate::config::{KEYS, variable_of_flag};

#[test]
fn the_command_line_is_consistent() {
    Arguments::command().debug_assert();
}

/// The long help of a subcommand.
fn help(name: &str) -> String {
    let mut command = Arguments::command();
    command.find_subcommand_mut(name).expect("there is such a subcommand").render_long_help().to_string()
}

#[test]
fn help_shows_examples_and_every_setting_with_its_default_and_its_variable() {
    assert!(Arguments::command().render_long_help().to_string().contains("jari serve --demo"));
    let help = help("serve");
    for key in KEYS {
        let shown = format!("\n  {} [default: {}] [env: {}", key.name, key.default_shown(), key.variables()[0]);
        assert!(help.contains(&shown), "{shown:?} is not in:\n{help}");
    }
}

#[test]
fn help_says_what_the_demo_makes() {
    let help = help("serve").split_whitespace().collect::<Vec<_>>().join(" ");
    let said = "with 50 seats at 5,000 and 7,000 on each of three dates ahead and on that of the examples";
    assert!(help.contains(said), "{help}");
}

#[test]
fn every_flag_of_serve_tells_its_default_and_its_variable() {
    let command = Arguments::command();
    let serve = command.find_subcommand("serve").expect("there is such a subcommand");
    for argument in serve.get_arguments() {
        let name = argument.get_long().expect("every argument is a flag");
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        assert!(help.contains("[default: "), "--{name}: {help}");
        assert!(name == "set" || help.contains(&variable_of_flag(name)), "--{name}: {help}");
        assert!(help.contains("[env: "), "--{name}: {help}");
    }
}

#[test]
fn a_setting_has_the_flag_that_its_declaration_says() {
    for key in KEYS {
        let Some(flag) = key.flag else { continue };
        let flag = format!("--{}", flag.name);
        assert!(Arguments::try_parse_from(["jari", "serve", &flag, "x"]).is_ok(), "{flag}");
    }
}
