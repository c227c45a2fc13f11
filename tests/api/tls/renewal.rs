//! New certificates while the server runs.

use rustls::version::{TLS12, TLS13};

use super::client::{ask, config, get, shake};
use super::{Pair, Secured, put};
use crate::harness::app::eventually;

impl Secured {
    /// Has the files looked at, and waits until so many lines of the log have `text`.
    async fn looks(&self, text: &str, times: usize) {
        self.process.signal("HUP");
        let count = || self.folder.printed().matches(text).count();
        eventually(&format!("{times} times {text:?}"), async || (count() >= times).then_some(())).await;
        assert_eq!(count(), times, "{}", self.folder.printed());
    }
}

const TAKEN: &str = "new connections have the new certificate";
const KEPT: &str = "the certificate stays as it is";

#[tokio::test]
async fn new_connections_see_a_new_certificate_and_old_ones_go_on() {
    let server = Secured::start(&[]);
    let mut old = server.http2().await;
    // It has a ticket by which it could spare the handshake.
    let resuming = config(&server.pair, &TLS12, &["h2"]);
    shake(server.process.address, resuming.clone()).await.unwrap();
    let renewed = Pair::new();
    renewed.put(&server.folder);
    server.looks(TAKEN, 1).await;
    for version in [&TLS12, &TLS13] {
        let fresh = shake(server.process.address, config(&renewed, version, &["h2"])).await.unwrap();
        assert_eq!(fresh.get_ref().1.peer_certificates().unwrap()[0], renewed.der);
        assert!(shake(server.process.address, config(&server.pair, version, &["h2"])).await.is_err());
    }
    assert!(shake(server.process.address, resuming).await.is_err(), "an old ticket is no way around it");
    assert_eq!(ask(&mut old, get("/healthz")).await.status, 200);
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_told_once_and_the_old_one_kept() {
    let server = Secured::start(&[]);
    put(&server.folder, "cert.pem", "nothing\n");
    server.looks(KEPT, 1).await;
    assert!(server.folder.printed().contains("cert.pem (setting server.tls_cert) holds no certificate"));
    server.looks("the settings were read again", 2).await;
    assert_eq!(server.folder.printed().matches(KEPT).count(), 1, "it is told once");
    assert_eq!(server.get("/healthz").await.status, 200);
    // The certificate alone is there, its key not yet.
    let renewed = Pair::new();
    put(&server.folder, "cert.pem", &renewed.cert);
    server.looks(KEPT, 2).await;
    assert!(server.folder.printed().contains("the key in key.pem does not fit the certificate in cert.pem"));
    assert_eq!(server.get("/healthz").await.status, 200);
    put(&server.folder, "key.pem", &renewed.key);
    server.looks(TAKEN, 1).await;
    assert!(shake(server.process.address, config(&renewed, &TLS13, &["h2"])).await.is_ok());
}
