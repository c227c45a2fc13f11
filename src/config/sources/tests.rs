use std::ffi::OsString;
use std::io::Write;

use super::super::file::read_text;
use super::super::settings::find;
use super::{Assigned, Faults, Given, KEYS, Key, Sources};
use crate::config::{Allowed, Charging, Config};

fn file(text: &str) -> (Config, String) {
    let (mut config, mut faults) = (Assigned::default(), Faults::default());
    read_text("box.toml", text, &mut config, &mut faults);
    (config.config().clone(), faults.or(()).map_or_else(|faults| faults.to_string(), |()| String::new()))
}

fn environment(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

fn key(name: &str) -> &'static Key {
    find(name).expect("there is such a setting")
}

#[test]
fn flags_win_over_environment_over_file_over_defaults() {
    let mut settings = tempfile::NamedTempFile::new().expect("a file");
    writeln!(settings, "[hold]\nseconds = 20\n[queue]\nactive_seconds = 21\nadmit_interval = 22").expect("written");
    let sources = Sources {
        file: Some(settings.path().to_owned()),
        environment: environment(&[("JARI_HOLD_SECONDS", "30"), ("JARI_QUEUE_ACTIVE_SECONDS", "31"), ("PATH", "/bin")]),
        variables_elsewhere: Vec::new(),
        assignments: vec!["hold.seconds=39".into(), "hold.seconds=40".into()],
        flags: vec![(key("server.listen"), "[::1]:0".into())],
    };
    let (assigned, faults) = sources.resolve();
    faults.or(()).expect("nothing is wrong");
    let config = assigned.config();
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
        environment: environment(&[("JARI_HOLD_SECOND", "1"), ("JARI_WALLET_CHARGE", "psp"), ("JARI_ELSEWHERE", "x")]),
        variables_elsewhere: vec!["JARI_ELSEWHERE".to_owned()],
        assignments: vec!["identity.mode=password".into(), "hold.seconds".into(), "hall.seconds=1".into()],
        flags: vec![(key("server.listen"), "8080".into())],
    };
    let (_, faults) = sources.resolve();
    let text = faults.or(()).expect_err("much is wrong").to_string();
    let name = settings.path().display();
    for expected in [
        "has 8 faults:".to_owned(),
        format!("\n  {name}, line 2: hold.seconds is 0, but must be an integer from 1 to 86400 (seconds)"),
        format!(
            "\n  {name}, line 5: there is no setting limits.logins in this version; the nearest is limits.in_flight"
        ),
        "\n  JARI_HOLD_SECOND: there is no such setting; the nearest is JARI_HOLD_SECONDS".to_owned(),
        "\n  JARI_WALLET_CHARGE: wallet.charge is \"psp\", but must be \"open\" or \"operator\"".to_owned(),
        "\n  --set identity.mode=password: identity.mode is \"password\", but must be \"open\"".to_owned(),
        "\n  --set hold.seconds: must be KEY=VALUE".to_owned(),
        "\n  --set hall.seconds=1: there is no setting hall.seconds in this version; the nearest is hold.seconds"
            .to_owned(),
        "\n  --listen: server.listen is \"8080\", but must be an IP address with a port".to_owned(),
    ] {
        assert!(text.contains(&expected), "{expected:?} is in:\n{text}");
    }
}

#[test]
fn behind_a_fault_of_the_syntax_no_setting_is_judged() {
    let (_, faults) = file("[hold\nseconds = 5\n");
    assert!(
        faults.starts_with("the configuration has a fault:") && faults.contains("line 1: not valid TOML"),
        "{faults}"
    );
    let (_, faults) = file("[hold]\nseconds = 0\n[queue\nactive_seconds = 5\n");
    assert!(faults.starts_with("the configuration has 2 faults:"), "{faults}");
    for fault in ["line 2: hold.seconds is 0", "line 3: not valid TOML"] {
        assert!(faults.contains(fault), "{faults}");
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
fn a_default_that_no_value_is_has_a_word() {
    let (config, faults) = file("[sale]\ntime_zone = 'system'\n[metrics]\nlisten = 'none'\n[server]\npublic_url = ''");
    assert_eq!((config, faults.as_str()), (Config::default(), ""));
}

#[test]
fn the_ends_of_every_range_are_allowed_and_nothing_beyond() {
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
fn the_settings_of_the_core_have_the_same_defaults() {
    assert_eq!(Config::default().to_settings(), crate::domain::Settings::default());
}

#[test]
fn a_variable_is_the_key_in_capitals_or_its_flag() {
    assert_eq!(key("hold.seconds").variables(), ["JARI_HOLD_SECONDS"]);
    assert_eq!(key("storage.data_dir").variables(), ["JARI_STORAGE_DATA_DIR", "JARI_DATA_DIR"]);
    let mut variables: Vec<_> = KEYS.iter().flat_map(Key::variables).collect();
    let count = variables.len();
    variables.sort();
    variables.dedup();
    assert_eq!(variables.len(), count, "no two keys have the same variable");
}

#[test]
fn a_setting_is_given_by_one_variable() {
    let both = [("JARI_DATA_DIR", "one"), ("JARI_STORAGE_DATA_DIR", "other"), ("JARI_LISTEN", "localhost:1")];
    let sources = Sources { environment: environment(&both), file: Some("/dev/null".into()), ..Sources::default() };
    let (assigned, faults) = sources.resolve();
    assert_eq!(assigned.config().server.listen.to_string(), "127.0.0.1:1");
    assert_eq!(assigned.place(key("server.listen")), Some("JARI_LISTEN"));
    let said = faults.or(()).expect_err("it is given twice").to_string();
    assert!(said.contains("JARI_STORAGE_DATA_DIR: stands for storage.data_dir, and so does JARI_DATA_DIR"), "{said}");
}

#[test]
fn unknown_names_of_a_file_are_told_whole_with_the_nearest() {
    for (text, fault) in [
        (
            "[holds]\nseconds = 5",
            "line 2: there is no setting holds.seconds in this version; the nearest is hold.seconds",
        ),
        (
            "[queue]\nmaxActive = 5",
            "line 2: there is no setting queue.maxActive in this version; the nearest is queue.max_active",
        ),
        ("[smtp]", "line 1: there is no setting smtp in this version; `jari config` lists all"),
        ("a.b.c = 1", "line 1: there is no setting a.b.c in this version"),
        (
            "[log]\nlevel = \"inof\"",
            "must be \"error\", \"warn\", \"info\", \"debug\" or \"trace\"; the nearest is \"info\"",
        ),
        ("[sale]\ntime_zone = \"Seoul\"", "or \"system\"; the nearest is \"Asia/Seoul\""),
    ] {
        let (_, faults) = file(text);
        assert!(faults.contains(fault), "{text:?} gives {faults:?}");
    }
}

#[test]
fn a_file_that_is_none_of_settings_is_named_with_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let binary = folder.path().join("binary");
    std::fs::write(&binary, [0xff, 0xfe, 0x00]).expect("written");
    let large = folder.path().join("large");
    std::fs::write(&large, vec![b'#'; 1024 * 1024 + 1]).expect("written");
    for (path, what) in [
        (folder.path().to_owned(), "cannot be read: Is a directory"),
        (folder.path().join("absent"), "cannot be read: No such file"),
        (binary, "is not text in UTF-8"),
        (large, "has more than 1048576 bytes"),
    ] {
        let sources = Sources { file: Some(path.clone()), ..Sources::default() };
        let said = sources.resolve().1.or(()).expect_err("it cannot be read").to_string();
        assert!(said.contains(&format!("{}: {what}", path.display())), "{said}");
    }
}
