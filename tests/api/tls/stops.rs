//! The end of a server that speaks TLS.

use http_body_util::BodyExt;
use tokio::time::timeout;

use super::Secured;
use super::client::{PATIENCE, ask, get, send};
use super::frames::GOAWAY;

#[tokio::test]
async fn a_stop_ends_streams_and_connections_of_http2_in_good_order() {
    let server = Secured::start(&[]);
    let mut idle = server.frames(&[]).await;
    idle.answers(1).await;
    let mut sender = server.http2().await;
    assert_eq!(ask(&mut sender, get("/healthz")).await.status, 200);
    let mut follow = get("/api/v1/admin/events/stream");
    follow.headers_mut().insert("authorization", format!("Bearer {}", server.operator_key()).parse().unwrap());
    let stream = send(&mut sender, follow).await.into_body();
    server.process.signal("TERM");
    let ended = timeout(PATIENCE, stream.collect()).await.expect("the stream goes on");
    assert!(ended.is_ok(), "it ends as a whole answer does: {ended:?}");
    assert_eq!(idle.until(|frame| frame.kind == GOAWAY).await.code(), 0);
    while idle.next().await.is_some() {}
    let status = server.process.ended();
    assert_eq!(status.code(), Some(0), "{}", server.folder.printed());
    assert!(!server.folder.printed().contains("still under way"), "{}", server.folder.printed());
    server.folder.assert_clean();
}
