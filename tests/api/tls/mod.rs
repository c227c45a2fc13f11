//! TLS and HTTP/2 of the port for clients: real handshakes over loopback, with certificates that each test makes.

mod client;
mod floods;
mod frames;
mod http2;
mod limits;
mod renewal;
mod starts;
mod stops;
mod versions;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::CertificateDer;

use crate::harness::process::{Folder, Process};

/// A certificate for loopback, and its key.
struct Pair {
    cert: String,
    key: String,
    der: CertificateDer<'static>,
}

impl Pair {
    fn new() -> Self {
        Self::of(own())
    }

    fn of(params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let cert = params.self_signed(&key).unwrap();
        Self { cert: cert.pem(), key: key.serialize_pem(), der: cert.der().clone() }
    }

    /// Puts it where a server in the folder looks for it.
    fn put(&self, folder: &Folder) {
        put(folder, "cert.pem", &self.cert);
        put(folder, "key.pem", &self.key);
    }
}

fn own() -> CertificateParams {
    CertificateParams::new(["localhost", "127.0.0.1", "evil.example"].map(str::to_owned)).unwrap()
}

/// Puts a file there in one step, for its owner alone.
fn put(folder: &Folder, name: &str, text: &str) {
    let (fresh, path) = (folder.root().join("fresh"), folder.root().join(name));
    fs::write(&fresh, text).unwrap();
    fs::set_permissions(&fresh, Permissions::from_mode(0o600)).unwrap();
    fs::rename(fresh, path).unwrap();
}

const FILES: [&str; 2] = ["server.tls_cert=cert.pem", "server.tls_key=key.pem"];

/// A server that speaks TLS.
struct Secured {
    process: Process,
    folder: Folder,
    pair: Pair,
}

impl Secured {
    fn start(settings: &[&str]) -> Self {
        let (folder, pair) = (Folder::new(), Pair::new());
        pair.put(&folder);
        let settings: Vec<String> = FILES.iter().chain(settings).map(|&setting| setting.to_owned()).collect();
        let process = Process::start(&folder, folder.serve(&settings));
        Self { process, folder, pair }
    }

    fn operator_key(&self) -> String {
        fs::read_to_string(self.folder.data().join("operator.key")).unwrap().trim().to_owned()
    }
}
