//! Connecting to another instance, up to the point where both sides have said who they are.

use std::io;
use std::pin::Pin;
use std::sync::Arc;

use hyper::client::conn::http2::{Connection, SendRequest};
use hyper::{Request, Response, StatusCode, body::Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::body::{LinkBody, read, whole};
use super::counted::{ByteCounts, Counted};
use super::error::{LinkError, PeerName, chain};
use super::hello::{HELLO_BYTES_MAX, HELLO_PATH, Hello, Identity};
use super::http2;
use super::key::is_other_key;
use super::limits::DialLimits;
use super::stream::{ByteStream, Connect};
use super::traffic::Traffic;

/// The name of whoever is asked, which TLS and HTTP want and nobody reads.
pub(super) const AUTHORITY: &str = "peer.invalid";

/// What an instance connects to others with.
#[derive(Clone)]
pub struct Dialer {
    /// [`super::ClusterKey::client_config`].
    pub tls: Arc<ClientConfig>,
    /// What this instance tells of itself, at each connection anew.
    pub identity: watch::Receiver<Identity>,
    pub limits: DialLimits,
    pub network: Arc<dyn Connect>,
}

/// Sends requests on a connection; its clones share it.
pub(super) type Sender = SendRequest<LinkBody>;
/// What has to be polled for a connection to go on.
pub(super) type Driver = Pin<Box<Connection<TokioIo<Stream>, LinkBody, TokioExecutor>>>;
type Stream = TlsStream<Counted<Box<dyn ByteStream>>>;

/// Whom to connect to, and what for.
#[derive(Clone)]
pub(super) struct Target {
    pub dialer: Dialer,
    pub name: PeerName,
    pub traffic: Traffic,
    pub counts: Arc<ByteCounts>,
}

impl Target {
    /// Connects, within the limit for it.
    pub(super) async fn connect(&self) -> Result<(Sender, Driver), LinkError> {
        let limit = self.dialer.limits.connect;
        match timeout(limit, self.introduce()).await {
            Ok(connected) => connected,
            Err(_) => Err(LinkError::NotConnectedInTime { peer: self.name.clone(), limit }),
        }
    }

    async fn introduce(&self) -> Result<(Sender, Driver), LinkError> {
        let stream = self.secured().await?;
        let http = http2::asking(self.traffic);
        let shaken = http.handshake::<_, LinkBody>(TokioIo::new(stream)).await;
        let (mut sender, driver) = shaken.map_err(|error| self.not_connected(chain(&error)))?;
        let mut driver = Box::pin(driver);
        tokio::select! {
            biased;
            met = self.say_hello(&mut sender) => met?,
            ended = &mut driver => {
                let reason = ended.map_or_else(|error| chain(&error), |()| "it closed the connection".to_owned());
                return Err(self.not_connected(reason));
            }
        }
        Ok((sender, driver))
    }

    /// A stream on which both sides have proved that they have the same key.
    async fn secured(&self) -> Result<Stream, LinkError> {
        let connected = self.dialer.network.connect(&self.name.address).await;
        let stream = connected.map_err(|error| self.not_connected(error.to_string()))?;
        let stream = Counted::new(stream, Arc::clone(&self.counts));
        let authority = ServerName::try_from(AUTHORITY).expect("it is a name");
        let connector = TlsConnector::from(Arc::clone(&self.dialer.tls));
        connector.connect(authority, stream).await.map_err(|error| self.not_secured(&error))
    }

    async fn say_hello(&self, sender: &mut Sender) -> Result<(), LinkError> {
        let ours = self.dialer.identity.borrow().clone();
        let hello = Hello { identity: ours.clone(), traffic: self.traffic };
        let uri = format!("https://{AUTHORITY}{HELLO_PATH}");
        let request = Request::post(uri).body(whole(hello.encoded())).expect("it is made of constants");
        let (status, answer) = async {
            let answer: Response<Incoming> = sender.send_request(request).await.map_err(|error| chain(&error))?;
            let status = answer.status();
            let body = read(answer.into_body(), HELLO_BYTES_MAX).await.map_err(|error| error.to_string())?;
            Ok((status, body))
        }
        .await
        .map_err(|reason| self.not_connected(reason))?;
        if status != StatusCode::OK {
            return Err(self.not_accepted(String::from_utf8_lossy(&answer).into_owned()));
        }
        let theirs = Hello::read(&ours, &answer).map_err(|error| self.not_accepted(error.to_string()))?;
        let found = theirs.identity.node;
        if found != self.name.node {
            return Err(LinkError::WrongNode { peer: self.name.clone(), found });
        }
        Ok(())
    }

    fn not_secured(&self, error: &io::Error) -> LinkError {
        if is_other_key(error) {
            LinkError::WrongKey { peer: self.name.clone() }
        } else {
            self.not_connected(format!("the TLS handshake failed: {error}"))
        }
    }

    fn not_accepted(&self, reason: String) -> LinkError {
        LinkError::NotAccepted { peer: self.name.clone(), reason }
    }

    pub(super) fn not_connected(&self, reason: String) -> LinkError {
        LinkError::NotConnected { peer: self.name.clone(), reason }
    }
}
