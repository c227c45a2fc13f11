//! The operator's API of a running server, as a subcommand asks it: which server, with which key, and what it answers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::bench::read::{read_key, read_url_of_either};
use super::exit::Exit;
use super::operator_tls::OperatorTls;
use super::settings::at_hand;
use crate::config::{Config, Scheme};
use crate::identity::{OPERATOR_KEY_FILE, OPERATOR_KEY_VARIABLE};

/// How long an answer may take: more than the server gives itself.
const ANSWER_LIMIT: Duration = Duration::from_secs(15);
/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Which server is asked, and with which key.
#[derive(Args)]
pub(super) struct RunningServer {
    /// The server that is asked, as http://HOST:PORT or https://HOST:PORT [default: where `jari serve` listens when it is started here]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Read the operator's key from this file [default: the variable JARI_OPERATOR_KEY, else operator.key in the data
    /// folder of a server that is started here]
    #[arg(long, value_name = "FILE")]
    operator_key_file: Option<PathBuf>,
    /// Trust the certificates in this file (PEM) when the server speaks TLS [default: server.tls_cert of a server that is
    /// started here, which is known by the host of server.public_url, or by its address]
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
    /// Read server.listen and storage.data_dir from this file [default: ./config.toml, when there is one] [env: JARI_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// A server, and how the operator asks it.
pub(super) struct OperatorApi {
    /// As it is shown.
    pub url: String,
    host: String,
    address: SocketAddr,
    key: String,
    /// How it is known, when it speaks TLS.
    tls: Option<OperatorTls>,
}

/// What a server answers that is no success.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The word for programs; empty when the answer is none of a jari.
    pub reason: String,
    pub message: String,
}

impl RunningServer {
    /// The server, with the key.
    ///
    /// # Errors
    /// What of it is not known.
    pub(super) fn find(&self) -> Result<OperatorApi, Exit> {
        let config = || at_hand(self.config.clone()).map_err(Exit::Usage);
        let (scheme, host, address) = match &self.url {
            Some(url) => read_url_of_either(url).map_err(Exit::Usage)?,
            None => {
                let server = config()?.server;
                let address = reachable(server.listen);
                let host = server.public_url.as_ref().filter(|_| server.scheme() == Scheme::Https);
                let host = host.map_or_else(|| address.to_string(), |url| url.origin.authority.host.to_string());
                (server.scheme(), host, address)
            }
        };
        let tls = match (scheme, &self.cacert, &self.url) {
            (Scheme::Http, None, _) => None,
            (Scheme::Http, Some(_), _) => {
                return Err(Exit::Usage("--cacert is for a server that speaks TLS, at an https:// URL".to_owned()));
            }
            (Scheme::Https, Some(trusted), _) => Some(trusted.clone()),
            (Scheme::Https, None, None) => config()?.server.tls_cert,
            (Scheme::Https, None, Some(_)) => {
                return Err(Exit::Usage(
                    "an https:// URL needs --cacert FILE, with the certificates to trust: the server's own, or those of the \
                     system, such as /etc/ssl/certs/ca-certificates.crt"
                        .to_owned(),
                ));
            }
        };
        let tls = tls.map(|trusted| OperatorTls::new(&trusted, &host)).transpose().map_err(Exit::Failure)?;
        let key = match (&self.operator_key_file, std::env::var(OPERATOR_KEY_VARIABLE)) {
            (Some(file), _) => read_key(file).map_err(Exit::Failure)?,
            (None, Ok(key)) => key,
            (None, Err(_)) => key_of_folder(&config()?)?,
        };
        Ok(OperatorApi { url: format!("{scheme}://{host}"), host, address, key, tls })
    }
}

/// Where a server is reached from this machine that listens there.
fn reachable(listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        ip if !ip.is_unspecified() => listen,
        IpAddr::V4(_) | IpAddr::V6(_) => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), listen.port()),
    }
}

fn key_of_folder(config: &Config) -> Result<String, Exit> {
    let file = config.storage.data_dir.join(OPERATOR_KEY_FILE);
    let key = std::fs::read_to_string(&file).map_err(|error| {
        Exit::Failure(format!(
            "there is no operator's key: {OPERATOR_KEY_VARIABLE} is not set, and {} cannot be read ({error}); in a \
             cluster only the folder of the instance that formed it has the file",
            file.display()
        ))
    })?;
    Ok(key.trim().to_owned())
}

impl OperatorApi {
    /// Asks, and gives the body of a success.
    ///
    /// # Errors
    /// [`Exit::Failure`] when the server cannot be reached or is no jari; inside, what it refuses with.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Result<Value, Refusal>, Exit> {
        let failed = |why: String| Exit::Failure(format!("the server at {} cannot be asked: {why}", self.url));
        match timeout(ANSWER_LIMIT, self.exchange(method, path, body)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(why)) => Err(failed(why)),
            Err(_) => Err(failed(format!("it did not answer within {} s", ANSWER_LIMIT.as_secs()))),
        }
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Result<Value, Refusal>, String> {
        let stream = TcpStream::connect(self.address).await.map_err(|error| error.to_string())?;
        match &self.tls {
            None => self.exchange_over(stream, (method, path, body)).await,
            Some(tls) => self.exchange_over(tls.connect(stream).await?, (method, path, body)).await,
        }
    }

    async fn exchange_over(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        (method, path, body): (Method, &str, Option<&Value>),
    ) -> Result<Result<Value, Refusal>, String> {
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        tokio::spawn(connection);
        let request = Request::builder().method(method).uri(path).header(HOST, &self.host);
        let request = request.header(AUTHORIZATION, format!("Bearer {}", self.key)).header(ACCEPT, "application/json");
        let bytes = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        let request = request.header(CONTENT_TYPE, "application/json").body(Full::new(bytes));
        let request = request.map_err(|error| format!("the key or the address cannot be sent: {error}"))?;
        let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let status = answer.status();
        let read = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
        let bytes = read.map_err(|error| error.to_string())?.to_bytes();
        let mut envelope: Value = serde_json::from_slice(&bytes)
            .map_err(|_| format!("it answers with status {status} and no JSON, so it is no jari"))?;
        let body = envelope["body"].take();
        if status.is_success() {
            return Ok(Ok(body));
        }
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Ok(Err(Refusal { reason: text("reason"), message: text("message") }))
    }
}

#[cfg(test)]
mod tests {
    use super::reachable;

    #[test]
    fn a_server_that_listens_everywhere_is_asked_on_this_machine() {
        for (listen, asked) in [
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:8080", "127.0.0.1:8080"),
            ("10.0.0.1:80", "10.0.0.1:80"),
            ("[fd00::1]:80", "[fd00::1]:80"),
        ] {
            assert_eq!(reachable(listen.parse().expect("an address")).to_string(), asked);
        }
    }
}
