//! The process: its files, its start and its end.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::app::{App, eventually};
use crate::harness::client::Client;
use crate::harness::process::{Finished, Folder, Process};

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
    assert_eq!(dates.len(), 4);
    let user = app.user("kim").await;
    let kim = app.post("/api/v1/token").json(json!({ "userId": user })).await.success(201);
    for date in &dates {
        let path = format!("/api/v1/seats?date={}", date.as_str().unwrap());
        let map = app.get(&path).bearer(kim["token"].as_str().unwrap()).await.success(200);
        let seats = map["seats"].as_array().unwrap();
        assert_eq!(seats.len(), 50);
        let of = |field: &str| -> BTreeSet<String> { seats.iter().map(|seat| seat[field].to_string()).collect() };
        assert_eq!((of("section").len(), of("rowLabel").len(), of("price").len()), (3, 5, 2), "{map}");
        assert_eq!(seats.iter().filter(|seat| seat["accessible"] == true).count(), 4);
        assert_eq!(seats.iter().filter(|seat| seat["status"] == "blocked").count(), 1);
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
async fn the_examples_of_the_description_work_with_the_demo_as_they_stand() {
    let folder = Folder::new();
    let mut command = folder.serve(&[]);
    command.arg("--demo");
    drop(Process::start(&folder, command));
    let app = App::start_in(folder, &[]);
    let description: Value = app.get("/openapi.json").await.json();
    let example = |path: &str| {
        let content = &description["paths"][path]["post"]["requestBody"]["content"]["application/json"];
        let examples = content["examples"].as_object();
        examples.map_or(&content["example"], |examples| &examples["a-seat"]["value"]).clone()
    };
    app.post("/api/v1/users").json(example("/api/v1/users")).await.success(201);
    let place = app.post("/api/v1/token").json(example("/api/v1/token")).await.success(201);
    let token = place["token"].as_str().unwrap();
    let user = place["userId"].as_str().unwrap();
    let charge = app.post(&format!("/api/v1/users/{user}/balance/charge"));
    charge.json(example("/api/v1/users/{userId}/balance/charge")).await.success(200);
    for path in ["/api/v1/seats/reserve", "/api/v1/seats/payment"] {
        app.post(path).bearer(token).json(example(path)).await.success(200);
    }
}

#[tokio::test]
async fn keys_are_files_for_the_owner_alone() {
    let app = App::start(&[]);
    let key = app.folder.data().join("operator.key");
    let text = fs::read_to_string(&key).unwrap();
    assert!(!text.trim().is_empty() && text.split_whitespace().count() == 1, "the key alone");
    let mut keys = Vec::new();
    for entry in fs::read_dir(app.folder.data()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_string_lossy().ends_with(".key") {
            keys.push(entry.path());
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
        }
    }
    assert!(keys.len() >= 2, "the operator's key and the signing keys beside it: {keys:?}");
    let printed = fs::read_to_string(app.folder.root().join("output.txt")).unwrap();
    assert!(printed.contains("operator.key"), "the start says where the key is:\n{printed}");
    assert!(!printed.contains(text.trim()), "the start does not print the key");

    let App { process, folder, .. } = app;
    process.kill();
    for key in keys {
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        let finished = folder.run(folder.serve(&[]));
        assert!(matches!(finished.code, Some(1 | 2)), "{:?}: {}", finished.code, finished.text);
        assert!(finished.text.contains(&*key.file_name().unwrap().to_string_lossy()), "{}", finished.text);
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    }
    // Neither a folder nor a pipe that nobody writes to is a key.
    let key = folder.data().join("operator.key");
    fs::remove_file(&key).unwrap();
    for make in ["mkdir", "mkfifo"] {
        assert!(Command::new(make).arg(&key).status().unwrap().success());
        fs::set_permissions(&key, fs::Permissions::from_mode(0o700)).unwrap();
        let finished = folder.run(folder.serve(&[]));
        assert_eq!(finished.code, Some(1), "{make}: {}", finished.text);
        assert!(finished.text.contains("operator.key is no file"), "{make}: {}", finished.text);
        Command::new("rm").arg("-r").arg(&key).status().unwrap();
    }
    Process::start(&folder, folder.serve(&[])).kill();
}

#[tokio::test]
async fn the_environment_overrides_the_operators_key() {
    let folder = Folder::new();
    let mut command = folder.serve(&[]);
    let chosen = "chosen-by-the-environment-0123456789";
    command.env("JARI_OPERATOR_KEY", chosen);
    let process = Process::start(&folder, command);
    let client = Client::new(process.address);
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
    let answer = Client::new(app.address).call("GET", "/readyz").await;
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
        "POST /api/v1/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\n\r\n",
        body.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the body, so the request is under way.
    let mut asked = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    socket.read_exact(&mut asked).await.unwrap();
    assert_eq!(asked, *b"HTTP/1.1 100 Continue\r\n\r\n");
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
