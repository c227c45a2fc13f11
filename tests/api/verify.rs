//! `jari verify`: clean data, data in use, no data, damaged data.

use std::fs;

use serde_json::json;

use crate::harness::app::{App, text};
use crate::harness::process::Folder;

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
