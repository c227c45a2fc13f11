//! Owns a client that speaks TLS, and HTTP in either version on it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::ServerName;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Pair, Secured};

pub(super) const PATIENCE: Duration = Duration::from_secs(10);
pub(super) const BOTH: [&str; 2] = ["h2", "http/1.1"];
pub(super) const NO_NAMES: [&str; 0] = [];

/// An answer that is read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

/// A client that trusts one certificate.
pub(super) fn config(pair: &Pair, version: &'static SupportedProtocolVersion, names: &[&str]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(pair.der.clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_protocol_versions(&[version]).unwrap().with_root_certificates(roots);
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = names.iter().map(|name| name.as_bytes().to_vec()).collect();
    config
}

pub(super) async fn shake(address: SocketAddr, config: ClientConfig) -> io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TcpStream::connect(address).await?;
    let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream);
    timeout(PATIENCE, shaken).await.expect("the handshake came to no end")
}

impl Secured {
    pub(super) async fn stream(&self, names: &[&str]) -> TlsStream<TcpStream> {
        shake(self.process.address, config(&self.pair, &TLS13, names)).await.unwrap()
    }

    pub(super) async fn http1(&self) -> http1::SendRequest<Full<Bytes>> {
        let (sender, connection) = http1::handshake(TokioIo::new(self.stream(&["http/1.1"]).await)).await.unwrap();
        tokio::spawn(async move { connection.await.ok() });
        sender
    }

    pub(super) async fn http2(&self) -> http2::SendRequest<Full<Bytes>> {
        let io = TokioIo::new(self.stream(&["h2"]).await);
        let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(async move { connection.await.ok() });
        sender
    }

    /// The answer to a GET over a fresh connection of HTTP/2.
    pub(super) async fn get(&self, path: &str) -> Answer {
        ask(&mut self.http2().await, get(path)).await
    }
}

/// A GET of HTTP/2 for the server by its name.
pub(super) fn get(path: &str) -> Request<Full<Bytes>> {
    Request::get(format!("https://localhost{path}")).body(Full::default()).unwrap()
}

pub(super) async fn ask(sender: &mut http2::SendRequest<Full<Bytes>>, request: Request<Full<Bytes>>) -> Answer {
    read(send(sender, request).await).await
}

pub(super) async fn send(
    sender: &mut http2::SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Response<Incoming> {
    timeout(PATIENCE, sender.send_request(request)).await.expect("no answer").unwrap()
}

pub(super) async fn read(response: Response<Incoming>) -> Answer {
    let (head, body) = response.into_parts();
    let bytes = timeout(PATIENCE, body.collect()).await.expect("no end of the answer").unwrap().to_bytes();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    Answer { status: head.status.as_u16(), headers: head.headers, text }
}
