//! TLS of a subcommand that asks a running server: whom it trusts, and by which name it knows the server.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::config::{Authority, Host};

/// How a server is known.
#[derive(Debug)]
pub(super) struct OperatorTls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl OperatorTls {
    /// Of the server that `host`, a name or an address with or without a port, names and that has a certificate which is
    /// in `trusted`, or follows from one that is.
    ///
    /// # Errors
    /// The file holds none, or there is no such name.
    pub(super) fn new(trusted: &Path, host: &str) -> Result<Self, String> {
        let file = trusted.display();
        let certificates = std::fs::read(trusted).map_err(|error| format!("cannot read {file}: {error}"))?;
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&certificates).filter_map(Result::ok));
        if roots.is_empty() {
            return Err(format!("{file} holds no certificate: it has to have a section -----BEGIN CERTIFICATE-----"));
        }
        let name = Authority::parse(host).and_then(|authority| match authority.host {
            Host::Name(name) => ServerName::try_from(name).ok(),
            Host::Address(address) => Some(ServerName::from(address)),
        });
        let name = name.ok_or_else(|| format!("{host} is no name that a certificate can have"))?;
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let builder = builder.with_protocol_versions(&[&TLS13, &TLS12]).expect("the provider has both");
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), name })
    }

    /// The handshake.
    ///
    /// # Errors
    /// It failed, with what to do about it.
    pub(super) async fn connect(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, String> {
        let connector = TlsConnector::from(Arc::clone(&self.config));
        connector.connect(self.name.clone(), stream).await.map_err(|error| {
            format!("{error}; name the server as its certificate does, and whom to trust with --cacert FILE")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::OperatorTls;

    #[test]
    fn a_server_is_known_by_a_file_and_a_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("roots.pem");
        let new = |host: &str| OperatorTls::new(&file, host);
        assert!(new("a.example").expect_err("there is no file").starts_with("cannot read "));
        std::fs::write(&file, "nothing\n").expect("written");
        assert!(new("a.example").expect_err("it is empty").contains("roots.pem holds no certificate"));
        let pair = rcgen::generate_simple_self_signed(["a.example".to_owned()]).expect("a certificate");
        std::fs::write(&file, pair.cert.pem()).expect("written");
        for host in ["a.example", "a.example:8443", "127.0.0.1:8443", "[::1]:8443"] {
            assert!(new(host).is_ok(), "{host}");
        }
        assert!(new("a_b%2f").is_err());
    }
}
