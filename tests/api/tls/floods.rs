//! Floods that HTTP/2 makes cheap for whoever sends them: each ends its connection, and no other.

use std::time::Duration;

use tokio::time::timeout;

use super::Secured;
use super::frames::{
    CONTINUATION, DATA, END_STREAM, ENHANCE_YOUR_CALM, Frames, GET, GOAWAY, HEADERS, WINDOW_UPDATE, block, frame,
    headers, reset,
};

/// Sends `flood` of ever more streams until the connection ends; with which code it did.
async fn ended_by(server: &Secured, flood: impl Fn(u32) -> Vec<u8>) -> u32 {
    let mut frames = server.frames(&[]).await;
    let mut bystander = server.frames(&[]).await;
    bystander.answers(1).await;
    let bytes: Vec<u8> = (0..5_000).flat_map(|at| flood(2 * at + 1)).collect();
    // The server need not take all of it.
    let _ = timeout(Duration::from_secs(5), frames.try_send(&bytes)).await;
    let code = last_words(&mut frames).await;
    bystander.answers(3).await;
    assert_eq!(server.get("/healthz").await.status, 200);
    code
}

async fn last_words(frames: &mut Frames) -> u32 {
    frames.until(|frame| frame.kind == GOAWAY).await.code()
}

#[tokio::test]
async fn streams_that_are_given_up_at_once_end_the_connection() {
    let server = Secured::start(&[]);
    let code = ended_by(&server, |stream| [headers(stream, END_STREAM, &GET), reset(stream)].concat()).await;
    assert_eq!(code, ENHANCE_YOUR_CALM);
}

#[tokio::test]
async fn streams_that_the_server_is_made_to_give_up_end_the_connection() {
    let server = Secured::start(&[]);
    // A window that grows beyond what there may be is an error of the stream.
    let beyond = 0x7fff_ffff_u32.to_be_bytes();
    let broken = |stream| [headers(stream, END_STREAM, &GET), frame(WINDOW_UPDATE, 0, stream, &beyond)].concat();
    assert_eq!(ended_by(&server, broken).await, ENHANCE_YOUR_CALM);
}

#[tokio::test]
async fn a_head_without_an_end_ends_the_connection() {
    let server = Secured::start(&[]);
    let mut frames = server.frames(&[]).await;
    let mut flood = frame(HEADERS, END_STREAM, 1, &block(&GET));
    for _ in 0..1_000 {
        flood.extend(frame(CONTINUATION, 0, 1, &block(&[("x-own", "0123456789".repeat(12).as_str())])));
    }
    let _ = timeout(Duration::from_secs(5), frames.try_send(&flood)).await;
    assert_eq!(last_words(&mut frames).await, ENHANCE_YOUR_CALM);
    assert_eq!(server.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn empty_pieces_of_bodies_end_the_connection() {
    let server = Secured::start(&[]);
    let mut frames = server.frames(&[]).await;
    let post = [(":method", "POST"), GET[1], GET[2], (":path", "/api/v1/users")];
    let mut flood = headers(1, 0, &post);
    for _ in 0..100_000 {
        flood.extend(frame(DATA, 0, 1, &[]));
    }
    let _ = timeout(Duration::from_secs(5), frames.try_send(&flood)).await;
    assert_eq!(last_words(&mut frames).await, ENHANCE_YOUR_CALM);
    assert_eq!(server.get("/healthz").await.status, 200);
}
