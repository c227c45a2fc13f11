//! A server of its own for a run: the same executable on a fresh folder, ended and verified afterwards.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::super::client::Server;
use super::super::error::Error;

/// How long a start may take; on a fresh folder it takes a fraction of a second.
const START_MAX: Duration = Duration::from_secs(30);
/// How long an end may take: requests under way have 10 s, then the rest of the log goes into the database.
const STOP_MAX: Duration = Duration::from_secs(60);
const LOOK_AFTER: Duration = Duration::from_millis(5);
/// What every run needs: holds that outlive it, and only the log lines that tell of trouble.
const SETTINGS: [&str; 3] = ["hold.seconds=86400", "queue.claim_seconds=0", "log.level=warn"];
/// Connections that a server takes anyway, and how many it is given beyond those of the run.
const CONNECTIONS_USUAL: u32 = 10_000;
const CONNECTIONS_SPARE: u32 = 1_000;
const OPERATOR_KEY_FILE: &str = "operator.key";

/// A running server in a folder that goes with it.
pub(crate) struct ChildServer {
    child: Child,
    folder: Folder,
    pub server: Server,
}

/// A folder that is removed when dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to whoever looks after temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl ChildServer {
    /// Starts a server for so many connections with its data in a fresh folder below `parent`, with `assignments` for
    /// `--set` beside the settings of every run.
    ///
    /// # Errors
    /// It does not start, or does not say where it listens.
    pub(crate) fn start(parent: &Path, connections: u32, assignments: &[String]) -> Result<Self, Error> {
        let folder = Folder::new(parent)?;
        let data = folder.0.join("data");
        let mut command = jari(&folder.0)?;
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(&data);
        let connections = (connections + CONNECTIONS_SPARE).max(CONNECTIONS_USUAL);
        command.arg("--set").arg(format!("server.max_connections={connections}"));
        for assignment in SETTINGS.into_iter().chain(assignments.iter().map(String::as_str)) {
            command.args(["--set", assignment]);
        }
        let failed = |error| Error::Server(format!("cannot start a server: {error}"));
        let mut child = command.stdout(Stdio::piped()).spawn().map_err(failed)?;
        let stdout = child.stdout.take().expect("standard output is a pipe");
        match Self::announced(stdout, &data) {
            Ok(server) => Ok(Self { child, folder, server }),
            Err(error) => {
                // It is gone already, or of no use.
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }

    /// Waits for the line that says where it listens; what follows is read and dropped.
    fn announced(stdout: ChildStdout, data: &Path) -> Result<Server, Error> {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // Nobody waits any longer once the address is known.
                let _ = sender.send(line);
            }
        });
        let line = receiver.recv_timeout(START_MAX).map_err(|_| {
            Error::Server("the server that was started ended, or did not say where it listens".to_owned())
        })?;
        let address = line.split_once("http://").and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok());
        let address =
            address.ok_or_else(|| Error::Server(format!("the server does not say where it listens: {line}")))?;
        // The key is written before the server says that it listens.
        let key = fs::read_to_string(data.join(OPERATOR_KEY_FILE))
            .map_err(|error| Error::Server(format!("cannot read the operator's key of the server: {error}")))?;
        Ok(Server { address, host: address.to_string(), operator_key: Some(key.trim().to_owned()) })
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Ends the server and runs `jari verify` on what it leaves; the complaint, if there is one.
    ///
    /// # Errors
    /// It does not end, or cannot be verified.
    pub(crate) fn finish(mut self) -> Result<Option<String>, Error> {
        let failed = |error| Error::Server(format!("cannot end the server: {error}"));
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process has an id above 0");
        kill_process(id, Signal::TERM).map_err(|error| failed(error.into()))?;
        let give_up = Instant::now() + STOP_MAX;
        let status = loop {
            if let Some(status) = self.child.try_wait().map_err(failed)? {
                break status;
            }
            if Instant::now() > give_up {
                return Err(Error::Server(format!("the server did not end within {} s", STOP_MAX.as_secs())));
            }
            thread::sleep(LOOK_AFTER);
        };
        if !status.success() {
            return Ok(Some(format!("the server ended with {status}")));
        }
        let output = jari(&self.folder.0)?
            .arg("verify")
            .arg("--data-dir")
            .arg(self.folder.0.join("data"))
            .output()
            .map_err(|error| Error::Server(format!("cannot run verify: {error}")))?;
        let said = || format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Ok((!output.status.success()).then(said))
    }
}

impl Drop for ChildServer {
    fn drop(&mut self) {
        // After `finish` it has ended, and there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Folder {
    fn new(parent: &Path) -> Result<Self, Error> {
        let path = parent.join(format!("jari-bench-{}", uuid::Uuid::new_v4()));
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|error| Error::Server(format!("cannot make the folder {}: {error}", path.display())))?;
        Ok(Self(path))
    }
}

/// This executable, in `folder`, free of settings that the environment or a file may hold. It is in a process group of
/// its own, so that Ctrl-C ends the run and not the server below it.
fn jari(folder: &Path) -> Result<Command, Error> {
    use std::os::unix::process::CommandExt;
    let executable = std::env::current_exe()
        .map_err(|error| Error::Server(format!("cannot find the executable of this process: {error}")))?;
    let mut command = Command::new(executable);
    let is_ours = |name: &OsString| name.to_string_lossy().starts_with("JARI_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_ours(name)) {
        command.env_remove(name);
    }
    command.current_dir(folder).stdin(Stdio::null()).process_group(0);
    Ok(command)
}
