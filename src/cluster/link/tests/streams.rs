//! Answers that are streams: no more of them is made than is taken.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use hyper::{Request, Response};

use super::{LONG, call, dialer, instance_2, name, until};
use crate::cluster::link::{Answer, Hello, LinkBody, Peer, Traffic, empty};

const CHUNK_BYTES: usize = 16 * 1024;
const CHUNKS: usize = 2_048;

/// What became of a stream.
#[derive(Default)]
struct Made {
    bytes: AtomicUsize,
    is_dropped: AtomicBool,
}

/// A stream of 32 MiB.
struct Producer {
    made: Arc<Made>,
    left: usize,
}

impl Body for Producer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(left) = self.left.checked_sub(1) else { return Poll::Ready(None) };
        self.left = left;
        self.made.bytes.fetch_add(CHUNK_BYTES, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(vec![7; CHUNK_BYTES].into()))))
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.made.is_dropped.store(true, Ordering::Relaxed);
    }
}

/// Answers `/stream` with 32 MiB, and everything else with nothing.
struct Streams(Arc<Made>);

impl Answer for Streams {
    async fn answer(&self, _: &Hello, request: Request<Incoming>) -> Response<LinkBody> {
        Response::new(match request.uri().path() {
            "/stream" => {
                Producer { made: Arc::clone(&self.0), left: CHUNKS }.map_err(|never| match never {}).boxed_unsync()
            }
            _ => empty(),
        })
    }
}

async fn stream(peer: &Peer) -> Incoming {
    let request = Request::get("/stream").body(empty()).expect("a request");
    peer.ask(request).await.expect("it is answered").into_body()
}

/// Waits until no more is made, though all may run.
async fn settled(made: &Made) -> usize {
    let (mut bytes, mut rounds) = (made.bytes.load(Ordering::Relaxed), 0);
    while rounds < 20 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        let now = made.bytes.load(Ordering::Relaxed);
        rounds = if now == bytes { rounds + 1 } else { 0 };
        bytes = now;
    }
    bytes
}

#[tokio::test]
async fn a_slow_reader_holds_back_whoever_makes_the_stream() {
    for traffic in [Traffic::Raft, Traffic::Forward] {
        let made = Arc::new(Made::default());
        let server = instance_2(Streams(Arc::clone(&made))).await;
        let peer = Peer::new(dialer(), name(2, server.address), traffic);
        let mut body = stream(&peer).await;
        let ahead_max = traffic.answer_windows().stream as usize + 4 * CHUNK_BYTES;
        let mut taken = 0;
        while let Some(frame) = body.frame().await {
            let bytes = frame.expect("it comes to its end").into_data().expect("there are no trailers").len();
            taken += bytes;
            if taken % (4 << 20) == 0 {
                settled(&made).await;
            }
            let ahead = made.bytes.load(Ordering::Relaxed) - taken;
            assert!(ahead <= ahead_max, "{ahead} bytes ahead of {taken}");
        }
        assert_eq!(taken, CHUNKS * CHUNK_BYTES);
    }
}

#[tokio::test]
async fn slow_readers_stand_in_nobodys_way_where_answers_are_passed_on() {
    let made = Arc::new(Made::default());
    let server = instance_2(Streams(Arc::clone(&made))).await;
    let peer = Peer::new(dialer(), name(2, server.address), Traffic::Forward);
    let mut unread = Vec::new();
    for _ in 0..300 {
        unread.push(stream(&peer).await);
    }
    let bytes = settled(&made).await;
    assert!(bytes < 300 * 4 * CHUNK_BYTES, "{bytes}");
    tokio::time::timeout(LONG, call(&peer, "/")).await.expect("it does not wait").expect("it is answered");
}

#[tokio::test]
async fn a_reader_that_goes_away_ends_the_stream() {
    let made = Arc::new(Made::default());
    let server = instance_2(Streams(Arc::clone(&made))).await;
    let peer = Peer::new(dialer(), name(2, server.address), Traffic::Forward);
    let mut body = stream(&peer).await;
    body.frame().await.expect("it begins").expect("it goes on");
    assert!(!made.is_dropped.load(Ordering::Relaxed));
    drop(body);
    until(|| made.is_dropped.load(Ordering::Relaxed)).await;
    assert!(made.bytes.load(Ordering::Relaxed) < CHUNKS * CHUNK_BYTES);
    call(&peer, "/").await.expect("the connection goes on");
}

/// Never answers, and tells when it is given up.
struct Endless(Arc<Made>);

impl Answer for Endless {
    async fn answer(&self, _: &Hello, _: Request<Incoming>) -> Response<LinkBody> {
        let producer = Producer { made: Arc::clone(&self.0), left: CHUNKS };
        self.0.bytes.store(1, Ordering::Relaxed);
        std::future::pending::<()>().await;
        Response::new(producer.map_err(|never| match never {}).boxed_unsync())
    }
}

#[tokio::test]
async fn a_caller_that_goes_away_ends_the_answering() {
    let made = Arc::new(Made::default());
    let server = instance_2(Endless(Arc::clone(&made))).await;
    let peer = Peer::new(dialer(), name(2, server.address), Traffic::Raft);
    let calling = tokio::spawn(async move { call(&peer, "/").await });
    until(|| made.bytes.load(Ordering::Relaxed) == 1).await;
    calling.abort();
    until(|| made.is_dropped.load(Ordering::Relaxed)).await;
}
