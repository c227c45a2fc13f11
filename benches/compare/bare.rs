//! The ceiling of HTTP on this machine: an axum server that does nothing. GET answers 60 bytes, POST reads a request of
//! the shape of a hold and answers it again. It prints its address and serves until it is ended.

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::ListenerExt;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// As long as the answer to a poll, less its envelope.
const SIXTY_BYTES: &str = r#"{"result":"success","body":{"status":"ACTIVE","position":0}}"#;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Hold {
    user_id: String,
    date: String,
    seat: u32,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    assert_eq!(SIXTY_BYTES.len(), 60, "it is called after its length");
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listens on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // A connection that is gone already shows when it is read.
        stream.set_nodelay(true).ok();
    });
    axum::serve(listener, Router::new().route("/", get(sixty_bytes).post(echo))).await
}

async fn sixty_bytes() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], SIXTY_BYTES)
}

async fn echo(body: Bytes) -> Response {
    match serde_json::from_slice::<Hold>(&body) {
        Ok(hold) => {
            let text = serde_json::to_vec(&hold).expect("texts and a number are JSON");
            ([(CONTENT_TYPE, "application/json")], text).into_response()
        }
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}
