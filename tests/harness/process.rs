//! Owns the server as a process: the folder it works in, its start-up line, its end. Knows nothing of HTTP.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a start or an end may take before the test gives up; a healthy one takes a fraction of a second.
const PATIENCE: Duration = Duration::from_secs(20);
const GLANCE: Duration = Duration::from_millis(4);

/// A fresh working directory: `data` inside is the server's data folder, what it prints goes to a file beside it.
pub(crate) struct Folder {
    root: TempDir,
    /// Variables of every process in it.
    pub environment: Vec<(&'static str, OsString)>,
}

/// What a command line that ended by itself left behind.
pub(crate) struct Finished {
    /// The exit code; absent when a signal ended it.
    pub code: Option<i32>,
    /// Standard output and standard error together.
    pub text: String,
}

/// A running server. Killed when dropped.
pub(crate) struct Process {
    child: Owned,
    /// Where it listens, as printed at its start.
    pub address: SocketAddr,
}

/// A server that has not said yet where it listens. Killed when dropped.
pub(crate) struct Launched {
    child: Owned,
    output: PathBuf,
}

/// A child that does not outlive this.
struct Owned(Mutex<Child>);

impl Folder {
    pub(crate) fn new() -> Self {
        let root = tempfile::Builder::new().prefix("jari-test-").tempdir().unwrap();
        Self { root, environment: Vec::new() }
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.root().join("data")
    }

    fn output(&self) -> PathBuf {
        self.root().join("output.txt")
    }

    /// What the newest server in it has printed so far.
    pub(crate) fn printed(&self) -> String {
        fs::read_to_string(self.output()).unwrap()
    }

    /// The binary under test in this folder, free of settings that the caller's environment may hold.
    pub(crate) fn jari(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jari"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("JARI_") {
                command.env_remove(name);
            }
        }
        // The zone of the system is the same on every machine.
        command.env("TZ", "Asia/Seoul").current_dir(self.root()).stdin(Stdio::null());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// `jari serve` on a free port of the loopback address and on the data folder.
    pub(crate) fn serve(&self, settings: &[String]) -> Command {
        let mut command = self.jari();
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(self.data());
        for setting in settings {
            command.args(["--set", setting]);
        }
        command
    }

    /// Runs `jari verify` on the data folder.
    pub(crate) fn verify(&self) -> Finished {
        let mut command = self.jari();
        command.arg("verify").arg("--data-dir").arg(self.data());
        self.run(command)
    }

    /// `verify` must find nothing to complain about.
    #[track_caller]
    pub(crate) fn assert_clean(&self) {
        let finished = self.verify();
        assert_eq!(finished.code, Some(0), "verify is not clean:\n{}", finished.text);
    }

    /// Runs a command to its end, which must come within the patience of this module.
    #[track_caller]
    pub(crate) fn run(&self, mut command: Command) -> Finished {
        let output = tempfile::NamedTempFile::new_in(self.root()).unwrap();
        let mut child = print_to(&mut command, output.path()).spawn().unwrap();
        let status = wait(&mut child);
        let text = fs::read_to_string(output.path()).unwrap();
        assert!(status.is_some(), "{command:?} did not end; it printed:\n{text}");
        Finished { code: status.and_then(|status| status.code()), text }
    }
}

impl Process {
    /// Starts a server and waits until it has said where it listens.
    #[track_caller]
    pub(crate) fn start(folder: &Folder, command: Command) -> Self {
        let shown = format!("{command:?}");
        Self::try_start(folder, command).unwrap_or_else(|printed| panic!("{shown} did not start:\n{printed}"))
    }

    /// The same, or what a server has printed that did not start.
    pub(crate) fn try_start(folder: &Folder, command: Command) -> Result<Self, String> {
        Self::launch(folder, command).started()
    }

    /// Starts a server and does not wait for it.
    pub(crate) fn launch(folder: &Folder, mut command: Command) -> Launched {
        let output = folder.output();
        let child = Owned(Mutex::new(print_to(&mut command, &output).spawn().unwrap()));
        Launched { child, output }
    }

    /// `kill -9`, and waits until the process is gone.
    pub(crate) fn kill(&self) {
        self.child.kill().unwrap();
    }

    /// Sends a signal by its name, `TERM` for instance.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args([format!("-{name}"), id]).status().unwrap();
        assert!(status.success(), "the process was gone before the signal {name}");
    }

    /// Waits for the end that a signal asked for.
    #[track_caller]
    pub(crate) fn ended(&self) -> ExitStatus {
        wait(&mut self.child.lock()).expect("the server did not end after the signal")
    }
}

impl Launched {
    /// Waits until it has said where it listens.
    ///
    /// # Errors
    /// What it has printed, when it ended or said nothing in time.
    pub(crate) fn started(self) -> Result<Process, String> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            if let Some(address) = printed_address(&self.printed()) {
                return Ok(Process { child: self.child, address });
            }
            let ended = self.child.lock().try_wait().unwrap();
            if ended.is_some() || Instant::now() > give_up {
                self.child.kill().ok();
                return Err(self.printed());
            }
            thread::sleep(GLANCE);
        }
    }

    /// The id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    fn printed(&self) -> String {
        fs::read_to_string(&self.output).unwrap()
    }
}

impl Owned {
    fn lock(&self) -> MutexGuard<'_, Child> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn id(&self) -> u32 {
        self.lock().id()
    }

    fn kill(&self) -> io::Result<()> {
        let mut child = self.lock();
        child.kill()?;
        child.wait()?;
        Ok(())
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.kill().ok();
    }
}

fn print_to<'a>(command: &'a mut Command, output: &Path) -> &'a mut Command {
    let file = File::create(output).unwrap();
    command.stdout(file.try_clone().unwrap()).stderr(file)
}

/// Ends a child that outlives the patience and answers `None` then.
fn wait(child: &mut Child) -> Option<ExitStatus> {
    let give_up = Instant::now() + PATIENCE;
    while Instant::now() < give_up {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        thread::sleep(GLANCE);
    }
    child.kill().ok();
    child.wait().ok();
    None
}

/// The first `http://127.0.0.1:PORT` of a text, or with `https`, or of every address of this machine, once a character
/// after it shows that the port is complete.
fn printed_address(text: &str) -> Option<SocketAddr> {
    let (_, rest) = ["http://127.0.0.1:", "https://127.0.0.1:", "http://0.0.0.0:"]
        .iter()
        .find_map(|beginning| text.split_once(beginning))?;
    let end = rest.find(|character: char| !character.is_ascii_digit())?;
    Some(SocketAddr::from(([127, 0, 0, 1], rest[..end].parse().ok()?)))
}
