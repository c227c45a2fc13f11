//! The commands beside `serve`, flags by environment, and what the command line says about itself.

use std::fs;
use std::process::Command;

use crate::harness::client::Client;
use crate::harness::process::{Finished, Folder, Process};

fn run(folder: &Folder, arguments: &[&str]) -> Finished {
    let mut command = folder.jari();
    command.args(arguments);
    folder.run(command)
}

#[test]
fn config_prints_the_file_of_the_repository() {
    let folder = Folder::new();
    // What is set here does not show: it is the file to begin with.
    fs::write(folder.root().join("config.toml"), "[hold]\nseconds = 5\n").unwrap();
    let finished = run(&folder, &["config"]);
    assert_eq!((finished.code, finished.text.as_str()), (Some(0), include_str!("../../config.toml")));
    let finished = run(&folder, &["config", "--set", "hold.seconds=5"]);
    assert_eq!(finished.code, Some(2), "{}", finished.text);
    assert!(finished.text.contains("--check"), "{}", finished.text);
}

#[test]
fn config_check_judges_as_a_start_does() {
    let folder = Folder::new();
    let finished = run(&folder, &["config", "--check"]);
    assert_eq!(finished.code, Some(0), "{}", finished.text);
    fs::write(folder.root().join("config.toml"), "[hold]\nseconds = 5\n").unwrap();
    let finished = run(&folder, &["config", "--check", "--set", "log.level=warn"]);
    assert_eq!(finished.code, Some(0), "{}", finished.text);
    for line in ["hold.seconds = 5  (config.toml, line 2)", "log.level = \"warn\"  (--set log.level=warn)"] {
        assert!(finished.text.contains(line), "{line:?} is not in:\n{}", finished.text);
    }
    fs::write(folder.root().join("config.toml"), "[hold]\nsecond = 5\n[queue]\nguard = \"al\"\n").unwrap();
    let finished = run(&folder, &["config", "--check", "--listen", "0.0.0.0:0"]);
    assert_eq!(finished.code, Some(2), "{}", finished.text);
    for part in [
        "config.toml, line 2: there is no setting hold.second in this version; the nearest is hold.seconds",
        "config.toml, line 4: queue.guard is \"al\", but must be \"booking\" or \"all\"; the nearest is \"all\"",
        "--listen: server.listen is 0.0.0.0:0, which others can reach",
        "--insecure-open",
    ] {
        assert!(finished.text.contains(part), "{part:?} is not in:\n{}", finished.text);
    }
    let start = run(&folder, &["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!((start.code, start.text), (finished.code, finished.text), "a start says the same");
    assert!(!folder.data().exists(), "nothing was written");
}

/// A server whose flags are all given by the environment.
fn by_environment(folder: &Folder, variables: &[(&str, &str)]) -> Command {
    let mut command = folder.jari();
    command.arg("serve").envs(variables.iter().copied());
    command
}

#[tokio::test]
async fn every_flag_can_be_given_by_the_environment() {
    let folder = Folder::new();
    fs::write(folder.root().join("other.toml"), "[storage]\ndata_dir = \"from-file\"\n").unwrap();
    let variables = [("JARI_CONFIG", "other.toml"), ("JARI_LISTEN", "localhost:0"), ("JARI_DEMO", "true")];
    let process = Process::start(&folder, by_environment(&folder, &variables));
    assert!(process.address.ip().is_loopback(), "localhost is the loopback address");
    let concert = Client::new(process.address).call("GET", "/api/v1/concerts/demo").await;
    assert_eq!(concert.status, 200, "there is the demo concert");
    assert!(folder.root().join("from-file/operator.key").exists(), "the file says where the data lies");
    process.kill();

    let folder = Folder::new();
    let variables = [("JARI_DATA_DIR", "here"), ("JARI_LISTEN", "0.0.0.0:0"), ("JARI_INSECURE_OPEN", "true")];
    Process::start(&folder, by_environment(&folder, &variables)).kill();
    assert!(folder.root().join("here/operator.key").exists());

    for (name, value, part) in [
        ("JARI_DEMO", "yes", "JARI_DEMO: is \"yes\", but must be true or false"),
        ("JARI_INSECURE_OPEN", "1", "JARI_INSECURE_OPEN: is \"1\", but must be true or false"),
        ("JARI_LISTNE", "x", "JARI_LISTNE: there is no such setting; the nearest is JARI_LISTEN"),
        ("JARI_CONFIG", "absent.toml", "absent.toml: cannot be read: No such file"),
        ("JARI_DATA_DIR", "", "JARI_DATA_DIR: storage.data_dir is \"\", but must be the path of a folder"),
    ] {
        let finished = folder.run(by_environment(&folder, &[(name, value)]));
        assert_eq!(finished.code, Some(2), "{name}: {}", finished.text);
        assert!(finished.text.contains(part), "{part:?} is not in:\n{}", finished.text);
    }
}

#[test]
fn a_shell_learns_every_command() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let finished = run(&folder, &["completions", shell]);
        assert_eq!(finished.code, Some(0), "{shell}: {}", finished.text);
        for word in ["serve", "config", "verify", "repair", "bench", "completions", "man", "data-dir"] {
            assert!(finished.text.contains(word), "{shell}: {word} is not in:\n{}", finished.text);
        }
    }
    let finished = run(&folder, &["completions", "tcsh"]);
    assert_eq!(finished.code, Some(2), "{}", finished.text);
    assert!(finished.text.contains("possible values: bash"), "{}", finished.text);
}

#[test]
fn there_is_a_page_of_the_manual_for_each_command() {
    let folder = Folder::new();
    let page = run(&folder, &["man"]);
    assert_eq!(page.code, Some(0), "{}", page.text);
    assert!(page.text.contains(".TH jari 1") && page.text.contains("jari\\-config(1)"), "{}", page.text);
    let page = run(&folder, &["man", "serve"]);
    for part in [".TH jari-serve 1", "queue.claim_seconds", "JARI_INSECURE_OPEN"] {
        assert!(page.text.contains(part), "{part} is not in:\n{}", page.text);
    }
    let finished = run(&folder, &["man", "sell"]);
    assert_eq!(finished.code, Some(2), "{}", finished.text);
    assert!(finished.text.contains("there is no command sell; there is serve, config, verify"), "{}", finished.text);
}
