//! Signals and the terminal: what ends the server, what makes it read its settings again, and what does no harm.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::app::{App, eventually};
use crate::harness::client::Client;
use crate::harness::process::{Folder, Process};

#[tokio::test]
async fn a_closed_terminal_and_signals_of_no_meaning_do_not_end_the_sale() {
    let app = App::start(&[]);
    for signal in ["USR1", "USR2", "HUP", "HUP"] {
        app.process.signal(signal);
    }
    printed(&app.folder, "the settings were read again").await;
    app.user("kim").await;
    app.process.signal("HUP");
    app.user("lee").await;
    app.stop_and_verify();
}

#[tokio::test]
async fn quit_stops_as_term_does() {
    let app = App::start(&[]);
    app.user("kim").await;
    app.process.signal("QUIT");
    assert_eq!(app.process.ended().code(), Some(0));
    app.folder.assert_clean();
}

#[tokio::test]
async fn nobody_who_reads_what_is_printed_is_no_reason_to_end() {
    for format in ["text", "json"] {
        let folder = Folder::new();
        let mut command = folder.serve(&["log.level=trace".to_owned(), format!("log.format={format}")]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut server = Killed(command.spawn().unwrap());
        let mut first = String::new();
        BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut first).unwrap();
        // Both pipes are closed now: every further line is refused by the system.
        drop(server.0.stderr.take());
        let (_, rest) = first.split_once("http://").unwrap();
        let end = rest.find(|part: char| !matches!(part, '0'..='9' | '.' | ':')).unwrap();
        let client = Client::new(rest[..end].parse().unwrap());
        for name in ["kim", "lee"] {
            client.call("POST", "/api/v1/users").json(json!({ "username": name })).await.success(201);
        }
        assert!(Command::new("kill").args(["-HUP", &server.0.id().to_string()]).status().unwrap().success());
        client.call("POST", "/api/v1/users").json(json!({"username": "choi"})).await.success(201);
        assert!(Command::new("kill").args(["-TERM", &server.0.id().to_string()]).status().unwrap().success());
        assert_eq!(server.0.wait().unwrap().code(), Some(0), "{format}");
        folder.assert_clean();
    }
}

#[tokio::test]
async fn a_hangup_takes_what_can_be_taken_and_names_what_needs_a_restart() {
    let folder = Folder::new();
    let file = folder.root().join("config.toml");
    fs::write(&file, "[hold]\nseconds = 300\n[queue]\nmax_active = 1\n").unwrap();
    let app = App::start_in(folder, &["sale.seat_limit=3"]);
    let spring = json!({"dates": [{"date": "2030-12-24", "price": 0}], "queue": {}});
    app.concert("spring", spring).await;
    let kim = app.guest("kim", "spring").await;
    let lee = app.guest("lee", "spring").await;
    assert_eq!(lee.joined["status"], "WAITING");

    fs::write(
        &file,
        "[hold]\nseconds = 60\n[sale]\nseat_limit = 4\n[server]\nmax_connections = 50\n[queue]\nmax_active = 2\n[log]\nlevel = \"debug\"\n",
    )
    .unwrap();
    app.process.signal("HUP");
    let text = printed(&app.folder, "the settings were read again").await;
    let line = text.lines().find(|line| line.contains("the settings were read again")).unwrap();
    for name in ["hold.seconds", "queue.max_active", "log.level"] {
        assert!(line.contains(name), "{line}");
    }
    assert!(line.contains("server.max_connections") && line.contains("restart"), "{line}");
    assert!(!line.contains("seat_limit"), "the flag still wins over the file: {line}");
    let held = app.reserving(&kim, json!({"seat": 1})).await.success(200);
    assert_eq!(held["expiresIn"], 60);
    assert_eq!(app.place(&lee).await.success(200)["status"], "ACTIVE", "there is room for her now");
    // Requests are told of at this level.
    printed(&app.folder, "request answered").await;

    // A line that is gone means the default again.
    fs::write(&file, "").unwrap();
    app.process.signal("HUP");
    eventually("the default", async || {
        app.reserving(&kim, json!({"seat": 2})).await.success(200);
        let again = app.reserving(&lee, json!({"seat": 3})).await.success(200);
        app.canceling(&lee, json!({"seat": 3})).await.success(200);
        (again["expiresIn"] == 300).then_some(())
    })
    .await;
    app.stop_and_verify();
}

#[tokio::test]
async fn a_faulty_file_leaves_the_running_settings_as_they_are() {
    let folder = Folder::new();
    let file = folder.root().join("config.toml");
    fs::write(&file, "[hold]\nseconds = 60\n").unwrap();
    let app = App::start_in(folder, &[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    for (faulty, named) in [
        ("[hold]\nseconds = 30\nsecond = 5\n", "hold.second"),
        ("[hold]\nseconds = 30\n[queue]\nguard = \"nobody\"\n", "queue.guard"),
        ("[hold\nseconds = 30\n", "TOML"),
    ] {
        fs::write(&file, faulty).unwrap();
        let before = output(&app.folder).matches("the settings stay as they are").count();
        app.process.signal("HUP");
        eventually("the fault", async || {
            let text = output(&app.folder);
            (text.matches("the settings stay as they are").count() > before).then_some(())
        })
        .await;
        assert!(output(&app.folder).contains(named), "{}", output(&app.folder));
    }
    assert_eq!(app.reserving(&kim, json!({"seat": 1})).await.success(200)["expiresIn"], 60);
    fs::remove_file(&file).unwrap();
    app.process.signal("HUP");
    printed(&app.folder, "the settings were read again").await;
    app.stop_and_verify();
}

#[tokio::test]
async fn a_second_interrupt_ends_at_once_and_the_first_says_what_it_waits_for() {
    let app = App::start(&[]);
    let kim = app.user("kim").await;
    // A request whose body does not come.
    let mut socket = TcpStream::connect(app.process.address).await.unwrap();
    let head = "POST /api/v1/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                Content-Length: 20\r\nExpect: 100-continue\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut asked = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    socket.read_exact(&mut asked).await.unwrap();
    app.process.signal("INT");
    let text = printed(&app.folder, "waiting up to 10 s for requests under way connections=1").await;
    assert!(text.contains("a second Ctrl-C ends at once"), "{text}");
    // Other signals are no hurry.
    app.process.signal("TERM");
    app.process.signal("HUP");
    let before = Instant::now();
    app.process.signal("INT");
    assert_eq!(app.process.ended().code(), Some(1));
    assert!(before.elapsed() < Duration::from_secs(5), "it does not wait for the request");
    assert!(output(&app.folder).contains("ended at once by Ctrl-C"), "{}", output(&app.folder));
    app.folder.assert_clean();
    let mut app = app;
    app.start_again();
    assert_eq!(app.balance(&kim).await, 0, "what was answered is there");
    app.stop_and_verify();
}

#[test]
fn a_start_that_nobody_reads_is_refused_without_a_panic() {
    let folder = Folder::new();
    let taken = Process::start(&folder, folder.serve(&[]));
    let mut command = folder.jari();
    command.args(["serve", "--data-dir"]).arg(folder.data()).args(["--listen", &taken.address.to_string()]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.stdout(writer.try_clone().unwrap()).stderr(writer);
    assert_eq!(command.spawn().unwrap().wait().unwrap().code(), Some(1));
}

/// A child that does not outlive its test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn output(folder: &Folder) -> String {
    fs::read_to_string(folder.root().join("output.txt")).unwrap()
}

/// What the server has printed, once `awaited` is in it.
async fn printed(folder: &Folder, awaited: &str) -> String {
    eventually(awaited, async || Some(output(folder)).filter(|text| text.contains(awaited))).await
}
