//! Settings, files, the process: section 10 of the contract.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::app::{App, DATE, eventually};
use crate::harness::process::{Finished, Folder, Process};

#[test]
fn every_fault_of_the_configuration_is_named_in_one_message() {
    let folder = Folder::new();
    let file = "[hold]\nseconds = 86401\n[queue]\nguard = \"nobody\"\nunknown_key = 1\n";
    fs::write(folder.root().join("config.toml"), file).unwrap();
    let mut command =
        folder.serve(&["hold.secondz=5", "queue.active_seconds=x", "wallet.charge_max=0"].map(str::to_owned));
    command.env("JARI_SALE_SEAT_LIMIT", "1001");
    let finished = folder.run(command);
    assert_eq!(finished.code, Some(2), "{}", finished.text);
    for named in ["hold.seconds", "86400", "queue.guard", "unknown_key", "hold.secondz", "queue.active_seconds"] {
        assert!(finished.text.contains(named), "{named} is not named:\n{}", finished.text);
    }
    for named in ["wallet.charge_max", "1000000000000", "config.toml", "JARI_SALE_SEAT_LIMIT", "1000"] {
        assert!(finished.text.contains(named), "{named} is not named:\n{}", finished.text);
    }
}

#[test]
fn values_out_of_range_end_the_start() {
    let folder = Folder::new();
    for setting in [
        "server.max_connections=0",
        "server.max_connections=1000001",
        "server.request_timeout_seconds=0",
        "server.request_timeout_seconds=301",
        "storage.cache_mib=15",
        "storage.cache_mib=65537",
        "hold.seconds=0",
        "hold.seconds=-1",
        "hold.seconds=1.5",
        "queue.max_active=1000001",
        "queue.admit_interval=0",
        "queue.admit_interval=3601",
        "queue.active_seconds=0",
        "queue.active_seconds=86401",
        "queue.abandon_seconds=86401",
        "queue.end_on_hold_lapse=maybe",
        "queue.guard=none",
        "wallet.charge=nobody",
        "wallet.charge_max=1000000000001",
        "sale.seat_limit=0",
        "sale.seat_limit=1001",
        "sale.time_zone=Mars/Olympus",
        "log.format=xml",
        "log.level=loud",
        "server.listen=nowhere",
        "hold=5",
        "hold.seconds",
        "=5",
    ] {
        let finished = refused_start(&folder, setting);
        assert_eq!(finished.code, Some(2), "{setting}: {}", finished.text);
        let key = setting.split('=').next().unwrap();
        assert!(finished.text.contains(key), "{setting}: {}", finished.text);
    }
    assert!(!folder.data().join("operator.key").exists(), "nothing is written before the settings are good");
}

#[test]
fn settings_that_do_not_exist_yet_are_refused_with_a_sentence() {
    let folder = Folder::new();
    for setting in ["identity.mode=password", "wallet.charge=psp", "limits.charge=5"] {
        let finished = refused_start(&folder, setting);
        assert_eq!(finished.code, Some(2), "{setting}: {}", finished.text);
        assert!(finished.text.contains(setting.split('=').next().unwrap()), "{setting}: {}", finished.text);
    }
}

#[test]
fn wrong_use_ends_with_2_and_help_with_0() {
    let folder = Folder::new();
    for arguments in
        [&["serve", "--nonsense"][..], &["nonsense"], &["serve", "--listen"], &["serve", "--config", "absent.toml"]]
    {
        let mut command = folder.jari();
        command.args(arguments);
        let finished = folder.run(command);
        assert_eq!(finished.code, Some(2), "{arguments:?}: {}", finished.text);
        assert!(!finished.text.contains("panicked"), "{}", finished.text);
    }
    for arguments in [&["--help"][..], &["serve", "--help"], &["verify", "--help"], &["--version"]] {
        let mut command = folder.jari();
        command.args(arguments);
        let finished = folder.run(command);
        assert_eq!(finished.code, Some(0), "{arguments:?}: {}", finished.text);
        assert!(!finished.text.is_empty());
    }
}

#[test]
fn an_open_server_does_not_listen_to_the_world() {
    let folder = Folder::new();
    for charge in ["open", "operator"] {
        let mut command = folder.jari();
        command.args(["serve", "--listen", "0.0.0.0:0", "--data-dir"]).arg(folder.data());
        command.args(["--set", &format!("wallet.charge={charge}")]);
        let finished = folder.run(command);
        assert_eq!(finished.code, Some(2), "{}", finished.text);
        assert!(
            finished.text.contains("identity.mode") && finished.text.contains("--insecure-open"),
            "{}",
            finished.text
        );
        assert_eq!(finished.text.contains("wallet.charge"), charge == "open", "{}", finished.text);
    }
    // On the loopback address the flag is not needed, and does no harm.
    let mut command = folder.serve(&[]);
    command.arg("--insecure-open");
    Process::start(&folder, command).kill();
}

#[tokio::test]
async fn flags_win_over_environment_over_file_over_defaults() {
    let file = "[hold]\nseconds = 11\n[queue]\nactive_seconds = 111\n[sale]\nseat_limit = 7\n";
    for (environment, settings, expected) in
        [(None, &[][..], 11), (Some("22"), &[], 22), (Some("22"), &["hold.seconds=33"], 33)]
    {
        let folder = Folder::new();
        fs::write(folder.root().join("config.toml"), file).unwrap();
        let settings: Vec<_> = settings.iter().map(|&setting: &&str| setting.to_owned()).collect();
        let mut command = folder.serve(&settings);
        if let Some(value) = environment {
            command.env("JARI_HOLD_SECONDS", value);
        }
        assert_eq!(hold_seconds(folder, command).await, expected);
    }
    // Another file instead of the one in the working directory.
    let folder = Folder::new();
    fs::write(folder.root().join("config.toml"), file).unwrap();
    fs::write(folder.root().join("other.toml"), "[hold]\nseconds = 44\n[sale]\nseat_limit = 5\n").unwrap();
    let mut command = folder.serve(&[]);
    command.args(["--config", "other.toml"]);
    assert_eq!(hold_seconds(folder, command).await, 44);
}

#[tokio::test]
async fn the_demo_is_ready_to_buy() {
    let folder = Folder::new();
    let demo = |folder: &Folder| {
        let mut command = folder.serve(&[]);
        command.arg("--demo");
        command
    };
    drop(Process::start(&folder, demo(&folder)));
    let app = App::start_in(folder, &[]);
    let concerts = app.get("/api/v1/concerts").await.success(200);
    let concerts = concerts["concerts"].as_array().unwrap();
    assert_eq!((concerts.len(), &concerts[0]["status"]), (1, &json!("on_sale")));
    let dates = concerts[0]["availableDates"].as_array().unwrap().clone();
    assert_eq!(dates.len(), 3);
    let user = app.user("kim").await;
    let kim = app.post("/api/v1/token").json(json!({ "userId": user })).await.success(201);
    for date in &dates {
        let path = format!("/api/v1/seats?date={}", date.as_str().unwrap());
        let map = app.get(&path).bearer(kim["token"].as_str().unwrap()).await.success(200);
        let seats = map["seats"].as_array().unwrap();
        assert_eq!(seats.len(), 50);
        assert!(seats.iter().all(|seat| seat["price"] == 5000));
    }
    // A database that holds a concert gets no second one.
    let App { process, folder, .. } = app;
    process.kill();
    drop(Process::start(&folder, demo(&folder)));
    let app = App::start_in(folder, &[]);
    let again: Value = app.get("/api/v1/concerts").await.success(200);
    assert_eq!(again["concerts"].as_array().unwrap(), concerts);
}

#[tokio::test]
async fn keys_are_files_for_the_owner_alone() {
    let app = App::start(&[]);
    let key = app.folder.data().join("operator.key");
    let text = fs::read_to_string(&key).unwrap();
    assert!(!text.trim().is_empty() && text.split_whitespace().count() == 1, "the key alone");
    let mut keys = 0;
    for entry in fs::read_dir(app.folder.data()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_string_lossy().ends_with(".key") {
            keys += 1;
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
        }
    }
    assert!(keys >= 1);
    let printed = fs::read_to_string(app.folder.root().join("output.txt")).unwrap();
    assert!(printed.contains("operator.key"), "the start says where the key is:\n{printed}");
    assert!(!printed.contains(text.trim()), "the start does not print the key");

    let App { process, folder, .. } = app;
    process.kill();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let finished = folder.run(folder.serve(&[]));
    assert!(matches!(finished.code, Some(1 | 2)), "{:?}: {}", finished.code, finished.text);
    assert!(finished.text.contains("operator.key"), "{}", finished.text);
}

#[tokio::test]
async fn the_environment_overrides_the_operators_key() {
    let folder = Folder::new();
    let mut command = folder.serve(&[]);
    let chosen = "chosen-by-the-environment-0123456789";
    command.env("JARI_OPERATOR_KEY", chosen);
    let process = Process::start(&folder, command);
    let client = crate::harness::client::Client::new(process.address);
    client.call("GET", "/api/v1/admin/concerts").bearer(chosen).await.success(200);
    client.call("GET", "/api/v1/admin/concerts").bearer("another").await.refused(401, "TOKEN_INVALID");
    process.kill();
}

#[tokio::test]
async fn a_second_process_on_the_same_data_is_refused() {
    let app = App::start(&[]);
    let kim = app.user("kim").await;
    let finished = app.folder.run(app.folder.serve(&[]));
    assert_eq!(finished.code, Some(1), "{}", finished.text);
    assert!(!finished.text.contains("panicked") && finished.text.trim().lines().count() <= 3, "{}", finished.text);
    assert_eq!(app.balance(&kim).await, 0, "the first one goes on");
}

#[test]
fn faults_of_the_surroundings_end_with_1_and_a_sentence() {
    let folder = Folder::new();
    fs::write(folder.root().join("data"), "a file").unwrap();
    let finished = folder.run(folder.serve(&[]));
    assert_one_sentence(&finished, 1, "data");
    assert_eq!(fs::read_to_string(folder.root().join("data")).unwrap(), "a file", "nothing is overwritten");

    let folder = Folder::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = folder.jari();
    command.args(["serve", "--listen", &taken.local_addr().unwrap().to_string(), "--data-dir"]).arg(folder.data());
    assert_one_sentence(&folder.run(command), 1, &taken.local_addr().unwrap().to_string());

    // A setting in the environment that does not exist, and a file that is not TOML.
    let mut command = folder.serve(&[]);
    command.env("JARI_HOLD_SECONDZ", "5");
    assert_one_sentence(&folder.run(command), 2, "JARI_HOLD_SECONDZ");
    fs::write(folder.root().join("config.toml"), "[hold\nseconds = 5\n").unwrap();
    let finished = folder.run(folder.serve(&[]));
    assert_eq!(finished.code, Some(2), "{}", finished.text);
    assert!(finished.text.contains("config.toml"), "{}", finished.text);
}

#[tokio::test]
async fn without_arguments_the_data_lies_in_data() {
    let folder = Folder::new();
    let mut command = folder.jari();
    command.args(["serve", "--set", "server.listen=127.0.0.1:0", "--set", "log.format=json"]);
    let mut app = Process::start(&folder, command);
    assert!(folder.data().join("operator.key").exists());
    let answer = crate::harness::client::Client::new(app.address).call("GET", "/readyz").await;
    assert_eq!(answer.status, 200);
    app.signal("INT");
    assert_eq!(app.ended().code(), Some(0), "Ctrl-C ends as SIGTERM does");
    app = Process::start(&folder, folder.serve(&[]));
    app.kill();
}

#[tokio::test]
async fn what_is_under_way_is_finished_before_the_end() {
    let app = App::start(&[]);
    let body = r#"{"username":"kim"}"#;
    let mut socket = TcpStream::connect(app.process.address).await.unwrap();
    let head = format!(
        "POST /api/v1/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    app.process.signal("TERM");
    eventually("the end of accepting", async || TcpStream::connect(app.process.address).await.is_err().then_some(()))
        .await;
    socket.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(app.process.ended().code(), Some(0));
    app.folder.assert_clean();
}

#[track_caller]
fn assert_one_sentence(finished: &Finished, code: i32, named: &str) {
    assert_eq!(finished.code, Some(code), "{}", finished.text);
    assert!(finished.text.contains(named) && !finished.text.contains("panicked"), "{}", finished.text);
    assert!(finished.text.trim().lines().count() <= 3, "{}", finished.text);
}

fn refused_start(folder: &Folder, setting: &str) -> Finished {
    folder.run(folder.serve(&[setting.to_owned()]))
}

/// How long a server that was started like this holds a seat.
async fn hold_seconds(folder: Folder, command: std::process::Command) -> u64 {
    let process = Process::start(&folder, command);
    let key = fs::read_to_string(folder.data().join("operator.key")).unwrap();
    let client = crate::harness::client::Client::new(process.address);
    let concert =
        json!({"concertId": "spring", "title": "x", "status": "on_sale", "dates": [{"date": DATE, "price": 1}]});
    client.call("POST", "/api/v1/admin/concerts").bearer(key.trim()).json(concert).await.success(201);
    let user = client.call("POST", "/api/v1/users").json(json!({"username": "kim"})).await.success(201);
    let user = user["userId"].clone();
    let place = client.call("POST", "/api/v1/token").json(json!({"userId": user})).await.success(201);
    let body = json!({"userId": user, "date": DATE, "seats": [1, 2, 3, 4, 5]});
    let reserve = client.call("POST", "/api/v1/seats/reserve").bearer(place["token"].as_str().unwrap());
    reserve.json(body).await.success(200)["expiresIn"].as_u64().unwrap()
}
