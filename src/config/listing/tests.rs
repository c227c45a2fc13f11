//! What people read of the settings is the declaration: nothing in it is written by hand.

use super::super::assigned::Assigned;
use super::super::faults::Faults;
use super::super::file::read_text;
use super::super::settings::{Config, KEYS};
use super::super::{Key, Loopback, RateLimit};
use super::{as_file, as_help, taken};

const COMMITTED: &str = include_str!("../../../config.toml");
const README: &str = include_str!("../../../README.md");

/// Finds the first line in which two texts differ.
#[track_caller]
fn assert_same(committed: &str, made: &str, remedy: &str) {
    for (number, (committed, made)) in committed.lines().zip(made.lines()).enumerate() {
        assert_eq!(committed, made, "line {}; {remedy}", number + 1);
    }
    assert!(committed == made, "one of them ends before the other; {remedy}");
}

#[test]
fn the_file_of_the_repository_is_what_is_printed() {
    assert_same(COMMITTED, &as_file(), "`jari config > config.toml` writes it anew");
}

#[test]
fn the_file_changes_nothing_and_every_default_in_it_is_allowed() {
    let read = |text: &str| {
        let (mut config, mut faults) = (Assigned::default(), Faults::default());
        read_text("config.toml", text, &mut config, &mut faults);
        faults.or(()).expect("nothing is wrong with it");
        config.config().clone()
    };
    assert_eq!(read(COMMITTED), Config::default());
    let is_setting = |line: &&str| line.starts_with('#') && !line.starts_with("# ") && *line != "#";
    assert_eq!(COMMITTED.lines().filter(is_setting).count(), KEYS.len());
    let in_force: Vec<_> = COMMITTED.lines().map(|line| if is_setting(&line) { &line[1..] } else { line }).collect();
    let mut expected = Config::default();
    // To set this is more than to leave it as it is.
    expected.server.connections_per_client.loopback = Loopback::Counted;
    let limits = &mut expected.limits;
    for limit in [&mut limits.sign_up, &mut limits.join, &mut limits.change, &mut limits.read] {
        let RateLimit::Default(rate) = *limit else { panic!("a default: {limit:?}") };
        *limit = RateLimit::Set(rate);
    }
    assert_eq!(read(&in_force.join("\n")), expected);
}

#[test]
fn lines_of_the_file_are_short() {
    let long: Vec<_> = as_file().lines().filter(|line| line.chars().count() > 120).map(str::to_owned).collect();
    assert!(long.is_empty(), "{long:#?}");
}

/// The README's table.
fn table() -> String {
    let row = |key: &Key| {
        let default = match key.default_shown().as_str() {
            "none" => "none".to_owned(),
            value => format!("`{value}`"),
        };
        let allowed = key.allowed.brief();
        format!("| `{}` | {default} | {allowed} | {} | {} |\n", key.name, taken(key), key.text())
    };
    let rows: String = KEYS.iter().map(row).collect();
    format!("| key | default | allowed | a change | meaning |\n| --- | --- | --- | --- | --- |\n{rows}")
}

#[test]
fn the_table_of_the_readme_is_what_is_declared() {
    let table = table();
    let head = table.lines().next().expect("a table has a head");
    let from = README.find(head).unwrap_or_else(|| panic!("the README has no table of settings; it is:\n{table}"));
    let in_readme: String = README[from..].split_inclusive('\n').take_while(|line| line.starts_with('|')).collect();
    assert_same(&in_readme, &table, &format!("it is now:\n{table}"));
}

#[test]
fn a_text_is_a_sentence() {
    for key in KEYS {
        for text in [key.text(), key.details()] {
            assert!(text.is_empty() || text.ends_with('.'), "{}: {text}", key.name);
        }
        assert!(!key.text().is_empty() && !key.text().contains('|'), "{} is one cell of a table", key.name);
        assert!(as_help().contains(&key.text()), "{}", key.name);
    }
}
