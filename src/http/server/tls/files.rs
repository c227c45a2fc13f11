//! A certificate and its key as files hold them: read, judged, and made into what connections are served with. Nothing of
//! a key is told.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blake3::Hash;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{Ticketer, default_provider};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::{NoServerSessionStorage, ParsedCertificate};
use rustls::version::{TLS12, TLS13};
use rustls::{CertificateError as Judgement, Error as TlsError, InconsistentKeys, RootCertStore, ServerConfig};
use thiserror::Error;

use super::handshake::{HTTP1, HTTP2};
use crate::config::TlsFiles;

/// Bytes that a file may have: more than any chain of certificates needs.
const BYTES_MAX: u64 = 1024 * 1024;
/// Access of others than the owner, which nobody may have to a key.
const MODE_OF_OTHERS: u32 = 0o077;

/// Why the files for TLS cannot be used.
#[derive(Debug, Error)]
pub enum CertificateError {
    #[error("cannot read {} (setting {setting}): {source}", .path.display())]
    File { setting: &'static str, path: PathBuf, source: io::Error },
    #[error("{} (setting {setting}) is no file of {BYTES_MAX} bytes at most: name one in the form PEM", .path.display())]
    NoFile { setting: &'static str, path: PathBuf },
    #[error(
        "others can use the key file {} (setting server.tls_key, mode {mode:o}): run `chmod 600` on it, and have a new \
         certificate made with a new key if somebody may have read it",
        .path.display()
    )]
    Exposed { path: PathBuf, mode: u32 },
    #[error(
        "{} (setting server.tls_cert) holds no certificate: it has to begin with -----BEGIN CERTIFICATE-----",
        .0.display()
    )]
    NoCertificate(PathBuf),
    #[error("{} (setting server.tls_cert) holds a certificate that cannot be read: {reason}", .path.display())]
    Malformed { path: PathBuf, reason: String },
    #[error(
        "{} (setting server.tls_key) holds no private key without a password: it has to have a section -----BEGIN \
         PRIVATE KEY-----, or RSA or EC PRIVATE KEY",
        .0.display()
    )]
    NoKey(PathBuf),
    #[error(
        "the key in {} does not fit the certificate in {}: both are made together, so name a pair, with the server's own \
         certificate first",
        .key.display(), .cert.display()
    )]
    OtherKey { cert: PathBuf, key: PathBuf },
    #[error("the certificate in {} and the key in {} cannot be used: {source}", .cert.display(), .key.display())]
    Unusable { cert: PathBuf, key: PathBuf, source: TlsError },
}

/// What two files were made into.
pub(super) struct Loaded {
    pub config: Arc<ServerConfig>,
    /// Tells one content from another.
    pub content: Hash,
    /// What clients will not like about it.
    pub warning: Option<String>,
}

/// What the files hold.
///
/// # Errors
/// Nothing that connections can be served with.
pub(super) fn load(files: &TlsFiles) -> Result<Loaded, CertificateError> {
    let TlsFiles { cert, key } = files;
    let chain_text = read("server.tls_cert", cert)?;
    let key_text = read("server.tls_key", key)?;
    let mode = fs::metadata(key).map_err(failed("server.tls_key", key))?.permissions().mode() & 0o7777;
    if mode & MODE_OF_OTHERS != 0 {
        return Err(CertificateError::Exposed { path: key.clone(), mode });
    }
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain_text).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| CertificateError::NoCertificate(cert.clone()))?;
    if let Err(error) = ParsedCertificate::try_from(&chain[0]) {
        return Err(CertificateError::Malformed { path: cert.clone(), reason: error.to_string() });
    }
    let private = PrivateKeyDer::from_pem_slice(&key_text).map_err(|_| CertificateError::NoKey(key.clone()))?;
    let provider = Arc::new(default_provider());
    let warning = warning(&chain, &provider).map(|why| format!("the certificate in {} {why}", cert.display()));
    let config = config(chain, private, provider).map_err(|source| match source {
        TlsError::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            CertificateError::OtherKey { cert: cert.clone(), key: key.clone() }
        }
        source => CertificateError::Unusable { cert: cert.clone(), key: key.clone(), source },
    })?;
    let mut content = blake3::Hasher::new();
    content.update(&(chain_text.len() as u64).to_le_bytes()).update(&chain_text).update(&key_text);
    Ok(Loaded { config: Arc::new(config), content: content.finalize(), warning })
}

fn failed(setting: &'static str, path: &Path) -> impl Fn(io::Error) -> CertificateError {
    move |source| CertificateError::File { setting, path: path.to_owned(), source }
}

fn read(setting: &'static str, path: &Path) -> Result<Vec<u8>, CertificateError> {
    let failed = failed(setting, path);
    let no_file = || CertificateError::NoFile { setting, path: path.to_owned() };
    // To open a pipe would be to wait for it.
    if !fs::metadata(path).map_err(&failed)?.is_file() {
        return Err(no_file());
    }
    let mut bytes = Vec::new();
    File::open(path).map_err(&failed)?.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(&failed)?;
    if bytes.len() as u64 > BYTES_MAX { Err(no_file()) } else { Ok(bytes) }
}

/// How connections are served with a certificate.
fn config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    provider: Arc<CryptoProvider>,
) -> Result<ServerConfig, TlsError> {
    let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS13, &TLS12])?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key)?;
    config.alpn_protocols = vec![HTTP2.to_vec(), HTTP1.to_vec()];
    // A client that comes again spares both sides most of a handshake by a ticket, which the server need not keep. The key
    // of tickets is another with each certificate, so that a new one is seen by all.
    config.ticketer = Ticketer::new()?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    // What is sent before the handshake ends could be sent again by others.
    config.max_early_data_size = 0;
    Ok(config)
}

/// What clients will not like about the dates of a certificate, as far as its own library tells without knowing whom they
/// trust: the last of the chain stands for that.
fn warning(chain: &[CertificateDer<'static>], provider: &CryptoProvider) -> Option<&'static str> {
    let mut roots = RootCertStore::empty();
    roots.add(chain.last()?.clone()).ok()?;
    let own = ParsedCertificate::try_from(&chain[0]).ok()?;
    let algorithms = provider.signature_verification_algorithms.all;
    let judged = verify_server_cert_signed_by_trust_anchor(&own, &roots, &chain[1..], UnixTime::now(), algorithms);
    match judged {
        Err(TlsError::InvalidCertificate(Judgement::Expired | Judgement::ExpiredContext { .. })) => {
            Some("has expired: clients refuse it until it is renewed")
        }
        Err(TlsError::InvalidCertificate(Judgement::NotValidYet | Judgement::NotValidYetContext { .. })) => {
            Some("is not valid yet: clients refuse it until then, or the clock of this machine is wrong")
        }
        // Whom clients trust is not known here.
        Ok(()) | Err(_) => None,
    }
}
