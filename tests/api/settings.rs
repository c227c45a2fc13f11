//! The configuration: where settings come from, which ones are refused and how it is said.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::harness::app::DATE;
use crate::harness::client::Client;
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
        "server.idle_seconds=0",
        "server.connections_per_client=0",
        "server.connections_per_client=1000001",
        "server.public_url=tickets.example.com",
        "server.public_url=ftp://tickets.example.com",
        "server.allowed_origins=https://shop.example/path",
        "server.allowed_origins=*",
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
        "cluster.node_id=0",
        "cluster.peers=1=https://10.0.0.1:7001",
        "cluster.peers=1=10.0.0.1:7001,1=10.0.0.2:7001",
        "cluster.peer_listen=7001",
        "cluster.shards=0",
        "cluster.shards=4097",
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
fn what_one_of_several_instances_lacks_is_told_before_it_starts() {
    let folder = Folder::new();
    let check = |arguments: &[&str], code: i32, parts: &[&str]| {
        let mut command = folder.jari();
        command.args(["config", "--check"]).args(arguments);
        let finished = folder.run(command);
        assert_eq!(finished.code, Some(code), "{arguments:?}: {}", finished.text);
        for part in parts {
            assert!(finished.text.contains(part), "{part:?} is not in:\n{}", finished.text);
        }
        finished.text
    };
    let peers = ["--peers", "1=http://10.0.0.1:7001,2=10.0.0.2:7001,3=[fd00::3]:7001"];
    check(&peers, 2, &["has 2 faults:", "--peers: cluster.peers names", "--node-id 1 or 2 or 3", "--cluster-key-file"]);
    check(&["--node-id", "1"], 2, &["has a fault:", "--node-id: cluster.node_id is for one of several instances"]);
    check(&["--cluster-key-file", "cluster.key"], 2, &["has a fault:", "--cluster-key-file: cluster.key_file is for"]);
    let wrong = check(&["--peers", "1=10.0.0.1", "--node-id", "1"], 2, &["has a fault:", "\"1=10.0.0.1\" has no port"]);
    assert!(!wrong.contains("names none"), "nothing follows from what was refused: {wrong}");

    let mut one_of_three = peers.to_vec();
    one_of_three.extend(["--node-id", "4", "--cluster-key-file", "cluster.key", "--set", "hold.seconds=0"]);
    check(&one_of_three, 2, &["has 2 faults:", "--node-id: cluster.node_id is 4", "hold.seconds"]);
    one_of_three[3] = "3";
    one_of_three.truncate(6);
    check(&one_of_three, 2, &["has a fault:", "--cluster-key-file: there is no cluster key file cluster.key: copy"]);
    let key = folder.root().join("cluster.key");
    fs::write(&key, "k".repeat(32)).unwrap();
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    check(&one_of_three, 2, &["has a fault:", "others can use the cluster key file cluster.key (mode 644)"]);
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    let list = r#"["1=10.0.0.1:7001", "2=10.0.0.2:7001", "3=[fd00::3]:7001"]"#;
    check(&one_of_three, 0, &["cluster.node_id = 3  (--node-id)", &format!("cluster.peers = {list}  (--peers)")]);
    // The same from a file, in which the instances are a list.
    fs::write(folder.root().join("config.toml"), format!("[cluster]\npeers = {list}\nnode_id = 3\n")).unwrap();
    check(&["--cluster-key-file", "cluster.key"], 0, &[&format!("cluster.peers = {list}  (config.toml, line 2)")]);
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

fn refused_start(folder: &Folder, setting: &str) -> Finished {
    folder.run(folder.serve(&[setting.to_owned()]))
}

/// How long a server that was started like this holds a seat.
async fn hold_seconds(folder: Folder, command: std::process::Command) -> u64 {
    let process = Process::start(&folder, command);
    let key = fs::read_to_string(folder.data().join("operator.key")).unwrap();
    let client = Client::new(process.address);
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
