//! A request whose head arrives, and whose body does not before the connection is given up.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, stream};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;
use hyper::header::CONTENT_LENGTH;
use hyper::{Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex, split};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use super::{KEY, LONG, constant, dialer, identity, key, name};
use crate::cluster::link::{
    Accept, Answer, ByteStream, Connect, Dialer, Hello, LinkBody, Peer, ReadError, Server, ServerLimits, Traffic, read,
    whole,
};

const BODY_BYTES: usize = 600;
const CARRIED_BYTES: usize = 64 * 1024;
const ADDRESS: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 1);

/// Connections in memory that carry nothing any more once they are cut.
struct Way {
    is_cut: watch::Sender<bool>,
    arriving: mpsc::UnboundedSender<DuplexStream>,
}

struct Arrivals(tokio::sync::Mutex<mpsc::UnboundedReceiver<DuplexStream>>);

/// Tells what became of each body.
struct Reading(mpsc::UnboundedSender<Result<Bytes, ReadError>>);

async fn carry(mut from: ReadHalf<DuplexStream>, mut to: WriteHalf<DuplexStream>, mut is_cut: watch::Receiver<bool>) {
    let mut bytes = vec![0; CARRIED_BYTES];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        is_cut.wait_for(|is_cut| !*is_cut).await.expect("the way is there");
        to.write_all(&bytes[..length]).await.expect("the other end is there");
    }
}

impl Connect for Way {
    fn connect(&self, _: &str) -> BoxFuture<'static, io::Result<Box<dyn ByteStream>>> {
        let (near, near_carried) = duplex(CARRIED_BYTES);
        let (far, far_carried) = duplex(CARRIED_BYTES);
        let ((near_read, near_write), (far_read, far_write)) = (split(near_carried), split(far_carried));
        tokio::spawn(carry(near_read, far_write, self.is_cut.subscribe()));
        tokio::spawn(carry(far_read, near_write, self.is_cut.subscribe()));
        let arrived = self.arriving.send(far).map_err(|_| io::ErrorKind::ConnectionRefused.into());
        async move { arrived.map(|()| Box::new(near) as Box<dyn ByteStream>) }.boxed()
    }
}

impl Accept for Arrivals {
    fn accept(&self) -> BoxFuture<'_, (Box<dyn ByteStream>, SocketAddr)> {
        async move {
            let stream = self.0.lock().await.recv().await.expect("the way is there");
            (Box::new(stream) as Box<dyn ByteStream>, ADDRESS.into())
        }
        .boxed()
    }
}

impl Answer for Reading {
    async fn answer(&self, _: &Hello, request: Request<Incoming>) -> Response<LinkBody> {
        self.0.send(read(request.into_body(), 2 * BODY_BYTES).await).expect("the test waits for it");
        Response::new(whole(""))
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_whose_connection_is_given_up_is_not_taken_for_an_empty_one() {
    let (arriving, arrivals) = mpsc::unbounded_channel();
    let way = Arc::new(Way { is_cut: watch::Sender::new(false), arriving });
    let (read, mut bodies) = mpsc::unbounded_channel();
    let tls = key(KEY).server_config();
    let server = Server::new(tls, constant(identity(2)), Reading(read), ServerLimits::default());
    let arrivals = Arrivals(tokio::sync::Mutex::new(arrivals));
    let _serving = tokio::spawn(server.serve(arrivals, std::future::pending()));
    let network: Arc<dyn Connect> = Arc::<Way>::clone(&way);
    let peer = Peer::new(Dialer { network, ..dialer() }, name(2, ADDRESS.into()), Traffic::Propose);
    let body = StreamBody::new(stream::pending()).boxed_unsync();
    let request = Request::post("/").header(CONTENT_LENGTH, BODY_BYTES).body(body);
    let _asked = tokio::spawn(async move { peer.ask(request.expect("it is made of constants")).await.map(drop) });
    sleep(Duration::from_millis(100)).await;
    way.is_cut.send_replace(true);
    let body = timeout(LONG, bodies.recv()).await.expect("it is noticed").expect("it is read");
    assert!(body.is_err(), "{body:?}");
}
