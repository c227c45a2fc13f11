//! Whoever does not have the key is not read any further.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{Echo, KEY, Running, call, dialer, free_port, identity, instance_2, key, name, peer, serve, until};
use crate::cluster::link::{Dialer, LinkError, Peer, ServerLimits, Traffic};

const OTHER_KEY: &str = "a key that the others of this test do not have";

#[tokio::test]
async fn another_key_is_noticed_at_both_sides() {
    let server = instance_2(Echo).await;
    let other = Dialer { tls: key(OTHER_KEY).client_config(), ..dialer() };
    let error = call(&Peer::new(other, name(2, server.address), Traffic::Raft), "/").await.expect_err("another key");
    assert_eq!(error, LinkError::WrongKey { peer: name(2, server.address) });
    assert!(error.is_unsent());
    until(|| server.counts.unproven() == 1).await;
    call(&peer(server.address), "/").await.expect("the server goes on");
}

/// Takes every server for genuine, with a certificate or without.
#[derive(Debug)]
struct Trusting(Takes);

/// How a client wants a server's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    RawKeys,
    Certificates,
}

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        self.0 == Takes::RawKeys
    }
}

/// A client that takes every server for genuine, in one version of TLS.
fn trusting(
    version: &'static SupportedProtocolVersion,
    takes: Takes,
) -> rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert> {
    ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[version])
        .expect("the provider has it")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trusting(takes)))
}

/// Connects, and reads until the server has ended the connection, which must be before it says anything.
async fn is_shut_out(server: &Running, config: ClientConfig) -> io::Error {
    let before = server.counts.unproven();
    let stream = TcpStream::connect(server.address).await.expect("it listens");
    let tls = TlsConnector::from(Arc::new(config));
    let refused = match tls.connect(ServerName::try_from("x").expect("a name"), stream).await {
        // The client is done before the server has judged it.
        Ok(mut stream) => {
            let request = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
            let asked = async {
                stream.write_all(request).await?;
                stream.read_u8().await
            };
            asked.await.expect_err("it answers nothing")
        }
        Err(error) => error,
    };
    until(|| server.counts.unproven() == before + 1).await;
    assert_eq!(server.counts.not_accepted(), 0);
    refused
}

#[tokio::test]
async fn a_client_that_does_not_look_at_the_servers_key_is_looked_at() {
    let server = instance_2(Echo).await;
    let mut config = trusting(&TLS13, Takes::RawKeys).with_no_client_auth();
    config.client_auth_cert_resolver = Arc::clone(&key(OTHER_KEY).client_config().client_auth_cert_resolver);
    let refused = is_shut_out(&server, config).await;
    assert!(refused.to_string().contains("AccessDenied"), "{refused}");
    // With the key it would have been let in.
    let mut config = trusting(&TLS13, Takes::RawKeys).with_no_client_auth();
    config.client_auth_cert_resolver = Arc::clone(&key(KEY).client_config().client_auth_cert_resolver);
    let stream = TcpStream::connect(server.address).await.expect("it listens");
    let name = ServerName::try_from("x").expect("a name");
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("it has the key");
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.expect("it is taken");
    stream.read_u8().await.expect("it is answered");
}

#[tokio::test]
async fn a_client_without_a_key_pair_is_shut_out() {
    let server = instance_2(Echo).await;
    is_shut_out(&server, trusting(&TLS13, Takes::RawKeys).with_no_client_auth()).await;
    is_shut_out(&server, trusting(&TLS13, Takes::Certificates).with_no_client_auth()).await;
}

#[tokio::test]
async fn an_older_tls_is_shut_out() {
    let server = instance_2(Echo).await;
    let refused = is_shut_out(&server, trusting(&TLS12, Takes::Certificates).with_no_client_auth()).await;
    assert!(refused.to_string().contains("ProtocolVersion"), "{refused}");
}

/// What a server says to these bytes, up to its end of the connection.
async fn said_to(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(bytes).await.expect("it takes them");
    let mut said = Vec::new();
    // A server that does not read to the end resets the connection.
    let _ = stream.read_to_end(&mut said).await;
    said
}

#[tokio::test]
async fn what_is_no_tls_is_shut_out() {
    let server = instance_2(Echo).await;
    for (number, bytes) in
        [b"GET / HTTP/1.1\r\nhost: x\r\n\r\n".as_slice(), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &[22; 70_000]]
            .into_iter()
            .enumerate()
    {
        let said = said_to(server.address, bytes).await;
        assert!(said.len() < 10, "no more than an alert: {said:?}");
        until(|| server.counts.unproven() == number as u64 + 1).await;
    }
    call(&peer(server.address), "/").await.expect("the server goes on");
}

#[tokio::test]
async fn silence_is_given_up() {
    let limits = ServerLimits { introduction: Duration::from_millis(50), ..ServerLimits::default() };
    let server = serve(free_port().await, identity(2), Echo, limits);
    assert_eq!(said_to(server.address, b"").await, b"");
    assert_eq!(server.counts.unproven(), 1);
}

#[tokio::test]
async fn a_server_that_is_no_instance_is_told_apart() {
    let listener = free_port().await;
    let address = listener.local_addr().expect("it is bound");
    let other = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("it comes");
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.expect("it listens");
        stream
    });
    let error = call(&peer(address), "/").await.expect_err("it speaks no TLS");
    assert!(matches!(&error, LinkError::NotConnected { reason, .. } if reason.contains("TLS")), "{error}");
    drop(other.await);
}
