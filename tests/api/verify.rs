//! `jari verify`: clean data, data in use, no data, damaged data.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::harness::app::{App, text};
use crate::harness::process::{Finished, Folder, Process};

#[tokio::test]
async fn verify_tells_clean_data_from_damage() {
    let mut app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 10_000).await;
    app.reserving(&kim, json!({"seats": [1, 2]})).await.success(200);
    let payment = text(&app.paying(&kim, json!({"seat": 1})).await.success(200)["paymentId"]);
    app.refunding(&payment).await.success(200);

    let in_use = app.folder.verify();
    assert_eq!(in_use.code, Some(1), "data that a server uses: {}", in_use.text);
    app.process.kill();
    app.folder.assert_clean();
    app.start_again();
    app.stop_and_verify();
    app.folder.assert_clean();

    // Every file of the data, damaged one by one: never a crash of the program, never a word of being clean for all.
    let files: Vec<_> = fs::read_dir(app.folder.data()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let database =
        files.iter().filter(|path| path.is_file()).max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap();
    let good = fs::read(database).unwrap();
    fs::write(database, vec![0x5A; good.len()]).unwrap();
    let damaged = app.folder.verify();
    assert_eq!(damaged.code, Some(1), "{database:?} overwritten: {}", damaged.text);
    assert!(!damaged.text.contains("panicked"), "{}", damaged.text);
    let finished = app.folder.run(app.folder.serve(&[]));
    assert_eq!(finished.code, Some(1), "{}", finished.text);
    assert_eq!(fs::read(database).unwrap(), vec![0x5A; good.len()], "damaged data is not overwritten");
    fs::write(database, good).unwrap();
    app.folder.assert_clean();
}

#[test]
fn verify_needs_data() {
    let folder = Folder::new();
    let finished = folder.verify();
    assert!(matches!(finished.code, Some(1 | 2)), "{:?}: {}", finished.code, finished.text);
    assert!(!finished.text.contains("panicked"), "{}", finished.text);
    assert!(!folder.data().exists(), "verify creates nothing");
}

/// `jari verify` in a folder, with nothing said about where the data lies.
fn verify_here(folder: &Folder) -> Finished {
    let mut command = folder.jari();
    command.arg("verify");
    folder.run(command)
}

#[test]
fn verify_looks_where_a_server_started_here_has_its_data() {
    let folder = Folder::new();
    Process::start(&folder, folder.serve(&[])).kill();
    assert_eq!(verify_here(&folder).code, Some(0), "in ./data");
    fs::rename(folder.data(), folder.root().join("elsewhere")).unwrap();
    assert_eq!(verify_here(&folder).code, Some(1), "there is none");
    fs::write(folder.root().join("config.toml"), "[storage]\ndata_dir = \"./elsewhere\"\n").unwrap();
    let finished = verify_here(&folder);
    assert_eq!(finished.code, Some(0), "where the file says: {}", finished.text);
    fs::write(folder.root().join("config.toml"), "[storage]\ndata = 5\n").unwrap();
    let finished = verify_here(&folder);
    assert_eq!(finished.code, Some(2), "{}", finished.text);
    assert!(finished.text.contains("storage.data_dir") && finished.text.contains("--data-dir"), "{}", finished.text);
    let mut command = folder.jari();
    command.args(["verify", "--data-dir", "elsewhere"]);
    assert_eq!(folder.run(command).code, Some(0), "no settings are read then");
}

#[test]
fn verify_tells_of_modes_that_a_start_refuses_and_examines_all_the_same() {
    let folder = Folder::new();
    Process::start(&folder, folder.serve(&[])).kill();
    let key = folder.data().join("operator.key");
    for (path, mode, proper) in [(folder.data(), 0o777, 0o700), (key, 0o644, 0o600)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let finished = folder.verify();
        assert_eq!(finished.code, Some(0), "{}", finished.text);
        let note = "note: a start by this user would refuse the folder: others can";
        assert!(finished.text.contains(note) && finished.text.contains("chmod"), "{}", finished.text);
        assert_eq!(folder.run(folder.serve(&[])).code, Some(1), "so it does");
        fs::set_permissions(&path, fs::Permissions::from_mode(proper)).unwrap();
    }
    assert!(!folder.verify().text.contains("note:"));
}
