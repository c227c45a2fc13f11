//! When a new certificate is seen, in virtual time, and what is kept of one that cannot be used. Which files are refused
//! with what words is asked of whole servers.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::time::sleep;

use super::{Certificates, LOOK_INTERVAL};
use crate::config::TlsFiles;

/// Puts a new pair into the folder.
fn renew(folder: &Path) {
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    fs::write(folder.join("cert.pem"), pair.cert.pem()).expect("written");
    fs::write(folder.join("key.pem"), pair.signing_key.serialize_pem()).expect("written");
    fs::set_permissions(folder.join("key.pem"), Permissions::from_mode(0o600)).expect("ours");
}

/// The certificate of a folder with a pair, which is looked at again, and what asks for a look.
fn started() -> (TempDir, Certificates, Arc<Notify>) {
    let folder = tempfile::tempdir().expect("a folder");
    renew(folder.path());
    let files = TlsFiles { cert: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
    let (certificates, renewal) = Certificates::load(files).expect("a pair");
    let again = Arc::new(Notify::new());
    tokio::spawn(renewal.keep_up(Arc::clone(&again)));
    (folder, certificates, again)
}

/// Lets the look come that is due.
async fn glance() {
    sleep(Duration::from_millis(1)).await;
}

fn is_same(one: &Arc<ServerConfig>, other: &Arc<ServerConfig>) -> bool {
    Arc::ptr_eq(one, other)
}

#[tokio::test(start_paused = true)]
async fn a_new_pair_is_taken_within_a_minute() {
    let (folder, certificates, _again) = started();
    let first = certificates.current();
    glance().await;
    renew(folder.path());
    sleep(LOOK_INTERVAL - Duration::from_secs(1)).await;
    assert!(is_same(&first, &certificates.current()));
    sleep(Duration::from_secs(1)).await;
    let second = certificates.current();
    assert!(!is_same(&first, &second));
    sleep(10 * LOOK_INTERVAL).await;
    assert!(is_same(&second, &certificates.current()), "it is taken once");
}

#[tokio::test(start_paused = true)]
async fn a_pair_that_cannot_be_used_changes_nothing_and_may_come_back() {
    let (folder, certificates, again) = started();
    let first = certificates.current();
    let key = folder.path().join("key.pem");
    let look = async || {
        again.notify_one();
        glance().await;
        certificates.current()
    };
    let sound = fs::read(&key).expect("a key");
    fs::write(&key, "nothing").expect("written");
    assert!(is_same(&first, &look().await));
    fs::write(&key, &sound).expect("written");
    fs::set_permissions(&key, Permissions::from_mode(0o644)).expect("ours");
    assert!(is_same(&first, &look().await), "others may read it");
    fs::set_permissions(&key, Permissions::from_mode(0o600)).expect("ours");
    assert!(is_same(&first, &look().await), "it is the first again");
    renew(folder.path());
    assert!(!is_same(&first, &look().await));
}
