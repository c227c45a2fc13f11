//! Starts with TLS: what they say, and which are refused with what words.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use rcgen::date_time_ymd;

use super::{FILES, Pair, Secured, own, put};
use crate::harness::app::eventually;
use crate::harness::process::{Folder, Process};

#[track_caller]
fn refused(folder: &Folder, settings: &[&str], expected: &str) {
    let settings: Vec<String> = settings.iter().map(|&setting| setting.to_owned()).collect();
    let finished = folder.run(folder.serve(&settings));
    assert_eq!(finished.code, Some(2), "{}", finished.text);
    assert!(finished.text.contains(expected), "{expected:?} is not said:\n{}", finished.text);
    assert!(!folder.data().exists(), "nothing is written");
}

#[test]
fn a_start_without_both_files_in_order_is_refused() {
    let (folder, pair) = (Folder::new(), Pair::new());
    refused(&folder, &FILES[..1], "server.tls_cert is set, but server.tls_key is not");
    refused(&folder, &FILES[1..], "server.tls_key is set, but server.tls_cert is not");
    refused(&folder, &FILES, "cannot read cert.pem (setting server.tls_cert): No such file");
    put(&folder, "cert.pem", &pair.cert);
    refused(&folder, &FILES, "cannot read key.pem (setting server.tls_key): No such file");
    put(&folder, "key.pem", &pair.cert);
    refused(&folder, &FILES, "key.pem (setting server.tls_key) holds no private key");
    put(&folder, "key.pem", &Pair::new().key);
    refused(&folder, &FILES, "the key in key.pem does not fit the certificate in cert.pem");
    put(&folder, "key.pem", &pair.key);
    put(&folder, "cert.pem", &pair.key);
    refused(&folder, &FILES, "cert.pem (setting server.tls_cert) holds no certificate");
    put(&folder, "cert.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    refused(&folder, &FILES, "cert.pem (setting server.tls_cert) holds a certificate that cannot be read");
    put(&folder, "cert.pem", &pair.cert);
    fs::set_permissions(folder.root().join("key.pem"), Permissions::from_mode(0o640)).unwrap();
    refused(&folder, &FILES, "(setting server.tls_key, mode 640): run `chmod 600` on it");
    refused(&folder, &["server.tls_cert=.", FILES[1]], "(setting server.tls_cert) is no file");
}

#[test]
fn a_start_says_where_browsers_find_it() {
    let server = Secured::start(&[]);
    let (printed, address) = (server.folder.printed(), server.process.address);
    assert!(printed.contains(&format!("listens on https://{address}\n")), "{printed}");
    assert!(printed.contains(&format!("https://{address}/docs")), "{printed}");
    let public = Secured::start(&["server.public_url=https://tickets.example.com"]);
    let printed = public.folder.printed();
    assert!(printed.contains(&format!("listens on https://{}\n", public.process.address)), "{printed}");
    assert!(printed.contains("https://tickets.example.com/docs"), "{printed}");
}

#[test]
fn subcommands_ask_a_server_over_tls_when_they_are_told_whom_to_trust() {
    let server = Secured::start(&[]);
    let port = server.process.address.port();
    let run = |arguments: &[&str]| {
        let mut command = server.folder.jari();
        command.args(arguments).env("JARI_OPERATOR_KEY", server.operator_key());
        server.folder.run(command)
    };
    let url = format!("https://localhost:{port}");
    // It is no member of a cluster, and says so.
    let asked = run(&["cluster", "status", "--url", &url, "--cacert", "cert.pem"]);
    assert!(asked.text.contains("runs alone"), "{}", asked.text);
    let config = format!(
        "[server]\nlisten = \"127.0.0.1:{port}\"\ntls_cert = \"cert.pem\"\ntls_key = \"key.pem\"\n[storage]\ndata_dir = \"data\"\n"
    );
    fs::write(server.folder.root().join("config.toml"), config).unwrap();
    let asked = run(&["cluster", "status"]);
    assert!(asked.text.contains("runs alone"), "a server that is started here: {}", asked.text);
    let untold = run(&["cluster", "status", "--url", &url]);
    assert!(untold.code == Some(2) && untold.text.contains("needs --cacert FILE"), "{}", untold.text);
    put(&server.folder, "other.pem", &Pair::new().cert);
    let refused = run(&["cluster", "status", "--url", &url, "--cacert", "other.pem"]);
    assert!(refused.code == Some(1) && refused.text.contains("with --cacert FILE"), "{}", refused.text);
    let bench = run(&["bench", "hold", "--url", &url]);
    assert!(bench.code == Some(2) && bench.text.contains("--url must be http://HOST"), "{}", bench.text);
}

#[tokio::test]
async fn an_expired_certificate_is_served_with_a_warning() {
    let mut expired = own();
    (expired.not_before, expired.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    let mut early = own();
    (early.not_before, early.not_after) = (date_time_ymd(3000, 1, 1), date_time_ymd(3001, 1, 1));
    for (params, said) in [(expired, Some("has expired")), (early, Some("is not valid yet")), (own(), None)] {
        let folder = Folder::new();
        Pair::of(params).put(&folder);
        let process = Process::start(&folder, folder.serve(&FILES.map(str::to_owned)));
        let printed = || folder.printed();
        match said {
            Some(said) => {
                let said = format!("the certificate in cert.pem {said}");
                eventually(&said, async || printed().contains(&said).then_some(())).await;
            }
            None => assert!(!printed().contains("the certificate in"), "{}", printed()),
        }
        process.signal("TERM");
        assert_eq!(process.ended().code(), Some(0));
    }
}
