//! Data keeps the currency with which it began, and answers say it.

use serde_json::json;

use crate::harness::app::{App, DATE};
use crate::harness::process::{Folder, Process};

#[tokio::test]
async fn data_keeps_the_currency_it_began_with() {
    let app = App::start(&[]);
    let kim = app.user("kim").await;
    app.charge(&kim, 20_000).await;
    app.stop_and_verify();
    let other = |folder: &Folder| folder.run(folder.serve(&["wallet.currency=USD".to_owned()]));
    for _ in 0..2 {
        let finished = other(&app.folder);
        assert_eq!(finished.code, Some(2), "{}", finished.text);
        let message: Vec<_> = finished.text.lines().filter(|line| line.starts_with("jari:")).collect();
        assert_eq!(message.len(), 1, "one sentence: {}", finished.text);
        for named in ["KRW", "USD", "wallet.currency", "--data-dir"] {
            assert!(message[0].contains(named), "{named} is not named: {}", finished.text);
        }
    }
    // The refused starts have changed nothing.
    let verified = app.folder.verify();
    assert_eq!(verified.code, Some(0), "{}", verified.text);
    assert!(verified.text.contains("currency: KRW"), "{}", verified.text);
    let mut app = app;
    app.start_again();
    assert_eq!(app.balance(&kim).await, 20_000);
    // Also after a crash, with the currency in the log only.
    app.process.kill();
    assert_eq!(other(&app.folder).code, Some(2));
}

#[tokio::test]
async fn a_concert_alone_fixes_the_currency_and_an_empty_folder_does_not() {
    let folder = Folder::new();
    Process::start(&folder, folder.serve(&["wallet.currency=JPY".to_owned()])).kill();
    let app = App::start_in(folder, &["wallet.currency=EUR"]);
    app.concert("spring", json!({})).await;
    app.process.kill();
    let finished = app.folder.run(app.folder.serve(&[]));
    assert_eq!(finished.code, Some(2), "{}", finished.text);
    assert!(finished.text.contains("EUR") && finished.text.contains("KRW"), "{}", finished.text);
}

#[tokio::test]
async fn concerts_and_everything_about_money_say_the_currency() {
    let app = App::start(&["wallet.currency=EUR"]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let user = kim.user.clone();
    assert_eq!(app.charging(&user, 10_000).await.success(200)["currency"], "EUR");
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    app.paying(&kim, json!({"seat": 1})).await.success(200);
    for path in [
        "/api/v1/concerts/spring".to_owned(),
        format!("/api/v1/users/{user}/balance"),
        format!("/api/v1/users/{user}/ledger"),
        format!("/api/v1/users/{user}/payments"),
    ] {
        assert_eq!(app.get(&path).await.success(200)["currency"], "EUR", "{path}");
    }
    let listed = app.get("/api/v1/concerts").await.success(200);
    assert_eq!(listed["concerts"][0]["currency"], "EUR");
    for path in ["/api/v1/admin/concerts/spring".to_owned(), format!("/api/v1/admin/users/{user}")] {
        assert_eq!(app.operator("GET", &path).await.success(200)["currency"], "EUR", "{path}");
    }
    let created = json!({"title": "x", "dates": [{"date": DATE, "price": 1}]});
    let created = app.operator("POST", "/api/v1/admin/concerts").json(created).await.success(201);
    assert_eq!(created["currency"], "EUR");
}

#[test]
fn only_active_codes_of_iso_4217_are_currencies() {
    let folder = Folder::new();
    for code in ["krw", "Krw", "KR", "KRWS", "XYZ", "ABC", "XXX", "XAU", "DEM", "", "₩", "410"] {
        let finished = folder.run(folder.serve(&[format!("wallet.currency={code}")]));
        assert_eq!(finished.code, Some(2), "{code}: {}", finished.text);
        assert!(finished.text.contains("wallet.currency") && finished.text.contains("ISO 4217"), "{}", finished.text);
        assert!(!folder.data().exists(), "nothing is left behind");
    }
    let finished = folder.run(folder.serve(&["wallet.currency=krw".to_owned()]));
    assert!(finished.text.contains("the nearest is \"KRW\""), "{}", finished.text);
}

#[tokio::test]
async fn reading_the_settings_again_does_not_change_the_currency() {
    let folder = Folder::new();
    let file = folder.root().join("config.toml");
    std::fs::write(&file, "[wallet]\ncurrency = \"EUR\"\n").unwrap();
    let app = App::start_in(folder, &[]);
    app.concert("spring", json!({})).await;
    std::fs::write(&file, "[wallet]\ncurrency = \"USD\"\n[hold]\nseconds = 77\n").unwrap();
    app.process.signal("HUP");
    let kim = app.guest("kim", "spring").await;
    let held = crate::harness::app::eventually("the new hold time", async || {
        let body = app.reserving(&kim, json!({"seat": 1})).await.success(200);
        app.canceling(&kim, json!({"seat": 1})).await.success(200);
        (body["expiresIn"] == 77).then_some(body)
    });
    held.await;
    assert_eq!(app.get("/api/v1/concerts/spring").await.success(200)["currency"], "EUR");
}
