//! A disk that fills up: told once, not ready below 128 MiB, and ready again by itself.
//!
//! The data lies on a small disk in memory, in a mount namespace of its own. Where the system does not let users have
//! one, there is nothing to see here.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::harness::app::eventually;
use crate::harness::client::Client;
use crate::harness::process::{Folder, Process};

/// What takes the room.
const FILLER: &str = "filler";

fn in_a_namespace(script: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", script]);
    command
}

fn has_namespaces() -> bool {
    let mount = "mount -t tmpfs -o size=4m,mode=700 tmpfs /mnt && fallocate -l 1M /mnt/filler";
    in_a_namespace(mount).output().is_ok_and(|output| output.status.success())
}

#[test]
fn a_first_start_without_room_leaves_nothing_behind() {
    if !has_namespaces() {
        return;
    }
    let folder = Folder::new();
    let data = folder.data();
    fs::create_dir(&data).unwrap();
    // Room for some of what a first start creates.
    for blocks in [0, 1, 4] {
        let script = format!(
            "mount -t tmpfs -o size={blocks}k,mode=700 tmpfs '{data}' && \"$0\" \"$@\"; code=$?; ls -A '{data}'; exit $code",
            data = data.display(),
            blocks = 4 * blocks + 4
        );
        let serve = folder.serve(&[]);
        let mut command = in_a_namespace(&script);
        command.arg(serve.get_program()).args(serve.get_args()).current_dir(folder.root());
        let finished = folder.run(command);
        assert_eq!(finished.code, Some(1), "{blocks}: {}", finished.text);
        let lines: Vec<&str> = finished.text.lines().collect();
        assert!(lines.len() == 1 && lines[0].contains("space"), "{blocks}: {}", finished.text);
    }
}

#[tokio::test]
async fn a_disk_that_fills_up_is_told_once_and_ends_the_readiness_until_there_is_room() {
    if !has_namespaces() {
        return;
    }
    let folder = Folder::new();
    let data = folder.data();
    fs::create_dir(&data).unwrap();
    let script = format!(
        "mount -t tmpfs -o size=700m,mode=700 tmpfs '{data}' && fallocate -l 600M '{data}/{FILLER}' && echo $$ > process && exec \"$0\" \"$@\"",
        data = data.display()
    );
    let serve = folder.serve(&[]);
    let mut command = in_a_namespace(&script);
    command.arg(serve.get_program()).args(serve.get_args()).current_dir(folder.root());
    let process = Process::start(&folder, command);
    let client = Client::new(process.address);
    client.call("GET", "/readyz").await.refused(503, "DISK_FULL");
    client.call("GET", "/healthz").await.success(200);

    let id = fs::read_to_string(folder.root().join("process")).unwrap();
    let inside = PathBuf::from(format!("/proc/{}/root{}", id.trim(), data.display()));
    fs::remove_file(inside.join(FILLER)).unwrap();
    eventually("ready again", async || (client.call("GET", "/readyz").await.status == 200).then_some(())).await;
    let metrics = String::from_utf8(client.call("GET", "/metrics").await.bytes.to_vec()).unwrap();
    assert!(metrics.contains("jari_data_dir_free_bytes 7"), "{metrics}");
    let said = fs::read_to_string(folder.root().join("output.txt")).unwrap();
    assert_eq!(said.matches("is almost full").count(), 1, "{said}");
    assert_eq!(said.matches("has room again").count(), 1, "{said}");
}
