//! Owns three servers that are instances of one cluster, each a process on its own folder. Judges nothing.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::thread;

use serde_json::Value;

use crate::harness::client::{Call, Client};
use crate::harness::ports::free_port;
use crate::harness::process::{Folder, Process};

/// The operator's key of all instances.
pub(crate) const OPERATOR_KEY: &str = "the-operators-key-of-this-test";

/// Instances with the ids from 1 on.
pub(crate) struct Cluster {
    pub instances: BTreeMap<u64, Instance>,
    /// What `--peers` says.
    peers: String,
}

/// One instance.
pub(crate) struct Instance {
    pub folder: Folder,
    pub process: Process,
    pub client: Client,
}

impl Cluster {
    /// Three on fresh folders, which have found each other.
    pub(crate) fn start() -> Self {
        let peers = (1..=3).map(|id| format!("{id}=127.0.0.1:{}", free_port())).collect::<Vec<_>>().join(",");
        let starts: Vec<_> = (1..=3)
            .map(|id| {
                let folder = new_folder();
                let command = serve(&folder, id, &peers);
                thread::spawn(move || (id, Instance::start(folder, command)))
            })
            .collect();
        let instances = starts.into_iter().map(|start| start.join().unwrap()).collect();
        Self { instances, peers }
    }

    /// Starts one more, which is to be taken in by the others.
    pub(crate) fn start_another(&mut self, id: u64) {
        self.peers = format!("{},{id}=127.0.0.1:{}", self.peers, free_port());
        let folder = new_folder();
        let command = serve(&folder, id, &self.peers);
        self.instances.insert(id, Instance::start(folder, command));
    }

    /// Starts an instance again that has ended, and gives what it prints when it does not start.
    pub(crate) fn try_start_again(&self, id: u64) -> Result<Process, String> {
        let folder = &self.instances[&id].folder;
        Process::try_start(folder, serve(folder, id, &self.peers))
    }

    /// Starts an instance again that has ended.
    pub(crate) fn start_again(&mut self, id: u64) {
        let folder = self.instances.remove(&id).unwrap().folder;
        let command = serve(&folder, id, &self.peers);
        self.instances.insert(id, Instance::start(folder, command));
    }
}

impl Instance {
    fn start(folder: Folder, command: Command) -> Self {
        let process = Process::start(&folder, command);
        Self { client: Client::new(process.address), process, folder }
    }

    /// A call with the operator's key.
    pub(crate) fn operator(&self, method: &str, path: &str) -> Call {
        self.client.call(method, path).bearer(OPERATOR_KEY)
    }

    /// What it knows of the cluster.
    pub(crate) async fn status(&self) -> Value {
        self.operator("GET", "/api/v1/admin/cluster").await.success(200)
    }

    /// What it has printed so far.
    pub(crate) fn printed(&self) -> String {
        fs::read_to_string(self.folder.root().join("output.txt")).unwrap()
    }
}

fn new_folder() -> Folder {
    let mut folder = Folder::new();
    folder.environment.push(("JARI_OPERATOR_KEY", OPERATOR_KEY.into()));
    let key_file = folder.root().join("cluster.key");
    fs::write(&key_file, "the key that all instances of this test have\n").unwrap();
    fs::set_permissions(&key_file, Permissions::from_mode(0o600)).unwrap();
    folder
}

fn serve(folder: &Folder, id: u64, peers: &str) -> Command {
    let mut command = folder.serve(&[]);
    command.args(["--node-id", &id.to_string(), "--peers", peers, "--cluster-key-file"]);
    command.arg(folder.root().join("cluster.key"));
    command
}
