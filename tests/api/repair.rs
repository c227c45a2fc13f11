//! `jari repair` as an operator meets it: the refused start names it, it mends, and the sale goes on.

use std::fs;
use std::path::PathBuf;

use jari::domain::{
    CalendarDate, Command, ConcertNo, PaymentId, PlaceRef, SeatKey, Sequence, Stamped, Timestamp, UserId, commands,
};
use jari::log::Entry;
use jari::replica::open;
use jari::storage::Options;
use serde_json::json;

use crate::harness::app::{App, DATE};
use crate::harness::process::{Finished, Process};

fn repair(app: &App, arguments: &[&str]) -> Finished {
    let mut command = app.folder.jari();
    command.arg("repair").arg("--data-dir").arg(app.folder.data()).args(arguments);
    app.folder.run(command)
}

/// What the server that was started last has printed so far.
fn printed(app: &App) -> String {
    fs::read_to_string(app.folder.root().join("output.txt")).unwrap()
}

/// The start is refused; its one sentence.
#[track_caller]
fn refused_start(app: &App) -> String {
    let finished = app.folder.run(app.folder.serve(&[]));
    assert_eq!(finished.code, Some(1), "{}", finished.text);
    for word in ["panicked", ".rs:", "registry", "backtrace"] {
        assert!(!finished.text.contains(word), "{word:?} in: {}", finished.text);
    }
    finished.text
}

#[tokio::test]
async fn a_damaged_database_is_rebuilt_and_the_sale_goes_on() {
    let mut app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 10_000).await;
    app.reserving(&kim, json!({"seats": [1, 2]})).await.success(200);
    app.paying(&kim, json!({"seat": 1})).await.success(200);
    app.process.kill();
    let database = app.folder.data().join("jari.redb");
    let mut bytes = fs::read(&database).unwrap();
    bytes.iter_mut().skip(4_096).for_each(|byte| *byte ^= 0x5a);
    fs::write(&database, &bytes).unwrap();
    let said = refused_start(&app);
    assert!(said.contains("`jari repair --data-dir ") && said.contains("nothing is lost"), "{said}");
    assert!(fs::read(&database).unwrap() == bytes, "a refused start changes nothing");

    let repaired = repair(&app, &[]);
    assert_eq!(repaired.code, Some(0), "{}", repaired.text);
    assert!(repaired.text.contains("clean: every rule holds"), "{}", repaired.text);
    assert!(repaired.text.contains("the old file is kept as "), "{}", repaired.text);
    app.folder.assert_clean();
    app.start_again();
    assert_eq!(app.balance(&kim.user).await, 5_000);
    app.stop_and_verify();
    let again = repair(&app, &[]);
    assert_eq!(again.code, Some(0), "{}", again.text);
    assert!(again.text.contains("is sound and was not changed"), "{}", again.text);
}

/// Appends an entry that trips over an assert in every start: a payment of Kim's held seat 1 without a ticket.
fn poison(data_dir: PathBuf, user: &str) -> u64 {
    let mut opened = open(&Options { data_dir, cache_bytes: 16 << 20 }).unwrap();
    let user = UserId(uuid::Uuid::parse_str(user).unwrap().as_u128());
    let date = CalendarDate::new(2030, 12, 24).unwrap();
    assert_eq!(date.to_string(), DATE);
    let place_ref = PlaceRef { concert: ConcertNo(1), sequence: Sequence(1), user };
    let command = Command::Pay(commands::Pay {
        place_ref,
        seats: SeatKey::of_date(date, &[1]),
        payment: PaymentId(1),
        tickets: Vec::new(),
        user: place_ref.user,
    });
    let now = Timestamp(opened.replica.look().latest().0 + 1);
    let index = opened.log.last().next();
    let entry = Entry::alone(index, vec![Stamped { now, idempotency: None, by: None, command }]);
    opened.log.append(std::slice::from_ref(&entry)).unwrap();
    opened.replica.store().stop().unwrap();
    index.0
}

#[tokio::test]
async fn an_entry_that_cannot_be_applied_is_left_out_and_the_sale_goes_on() {
    let mut app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 10_000).await;
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    app.process.kill();
    let index = poison(app.folder.data(), &kim.user).to_string();
    let said = refused_start(&app);
    assert!(said.contains(&format!("entry {index} of the log cannot be applied")), "{said}");
    assert!(said.contains("Pay") && said.contains(&format!("--skip-entry {index}`")), "{said}");
    let not_named = repair(&app, &[]);
    assert_eq!(not_named.code, Some(1), "{}", not_named.text);

    let repaired = repair(&app, &["--skip-entry", &index]);
    assert_eq!(repaired.code, Some(0), "{}", repaired.text);
    assert!(repaired.text.contains("clean: every rule holds"), "{}", repaired.text);
    assert!(repaired.text.contains("lost: command 1 of 1"), "{}", repaired.text);
    for _ in 0..2 {
        app.start_again();
        assert_eq!(app.balance(&kim.user).await, 10_000, "the payment is left out");
        app.stop_and_verify();
    }
    app.start_again();
    app.paying(&kim, json!({"seat": 1})).await.success(200);
    assert_eq!(app.balance(&kim.user).await, 5_000);
}

#[tokio::test]
async fn keys_that_are_missing_beside_data_are_told() {
    let mut app = App::start(&[]);
    let first = printed(&app);
    assert!(!first.contains("missing"), "a first start misses nothing: {first}");
    app.stop_and_verify();
    fs::remove_file(app.folder.data().join("token.key")).unwrap();
    app.start_again();
    let said = printed(&app);
    assert!(said.contains("token.key is missing") && said.contains("are void"), "{said}");
    assert!(!said.contains("operator.key is missing"), "{said}");
    app.stop_and_verify();
    fs::remove_file(app.folder.data().join("ticket.key")).unwrap();
    app.start_again();
    let said = printed(&app);
    assert!(said.contains("ticket.key is missing") && said.contains("printed ones too"), "{said}");
    assert!(!said.contains("token.key is missing"), "{said}");
    app.stop_and_verify();
    fs::remove_file(app.folder.data().join("operator.key")).unwrap();
    app.start_again();
    let said = printed(&app);
    assert!(said.contains("operator.key is missing") && said.contains("a new operator key is written"), "{said}");
}

/// Bytes of a page of the database, and how many pages are damaged, one by one.
const PAGE: usize = 4_096;
const PAGES_TRIED: usize = 40;

#[tokio::test]
async fn damage_that_shows_while_the_server_runs_is_told_with_what_to_do() {
    let mut app = App::start(&[]);
    app.concert("spring", json!({"dates": [{"date": DATE, "seats": 200, "price": 1}]})).await;
    let mut users = Vec::new();
    for number in 0..200 {
        let guest = app.guest(&format!("guest-{number}"), "spring").await;
        app.charge(&guest.user, 10).await;
        app.reserving(&guest, json!({"seat": number + 1})).await.success(200);
        app.paying(&guest, json!({"seat": number + 1})).await.success(200);
        users.push(guest.user);
    }
    app.stop_and_verify();
    let (database, log) = (app.folder.data().join("jari.redb"), app.folder.data().join("log"));
    let sound = fs::read(&database).unwrap();
    let segments: Vec<(PathBuf, Vec<u8>)> = fs::read_dir(&log)
        .unwrap()
        .map(|it| it.unwrap().path())
        .map(|it| (it.clone(), fs::read(it).unwrap()))
        .collect();
    let in_use = |page: &usize| sound[page * PAGE..].iter().take(PAGE).any(|byte| *byte != 0);
    let pages: Vec<usize> = (1..sound.len() / PAGE).filter(in_use).collect();
    let mut shown = 0;
    for page in pages.iter().step_by(pages.len().div_ceil(PAGES_TRIED)) {
        fs::remove_dir_all(&log).unwrap();
        fs::create_dir(&log).unwrap();
        segments.iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
        let mut bytes = sound.clone();
        bytes[page * PAGE..][..PAGE].fill(0xAA);
        fs::write(&database, &bytes).unwrap();
        match Process::try_start(&app.folder, app.folder.serve(&[])) {
            Err(_) => {}
            Ok(process) => {
                app.goes_on_with(process);
                // It may end, or answer 500: what it says is looked at below.
                let _ = app.operator("GET", "/api/v1/admin/events").attempt().await;
                for user in users.iter().step_by(9) {
                    for what in ["ledger", "payments"] {
                        let _ = app.get(&format!("/api/v1/users/{user}/{what}")).attempt().await;
                    }
                    let _ = app.reservations(user, "spring").attempt().await;
                    let _ = app.charging(user, 1).attempt().await;
                }
                app.process.kill();
            }
        }
        let said = printed(&app);
        for word in ["panicked", ".rs:", "registry", "backtrace"] {
            assert!(!said.contains(word), "page {page}: {word:?} in: {said}");
        }
        if said.contains("damaged") || said.contains("cannot read") {
            shown += 1;
            assert!(said.contains("jari repair"), "page {page}: {said}");
        }
    }
    assert!(shown > PAGES_TRIED / 4, "{shown} of the damaged pages showed");
    fs::write(&database, &sound).unwrap();
}
