//! What is spoken: versions of TLS, versions of HTTP by ALPN, and nothing else on the port.

use hyper::Request;
use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription, ProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Secured;
use super::client::{BOTH, NO_NAMES, config, get, shake};
use crate::harness::app::eventually;

const YEAR: &str = "max-age=31536000";

#[tokio::test]
async fn the_client_chooses_the_version_of_http_and_of_tls() {
    let server = Secured::start(&[]);
    for (names, expected) in [
        (&BOTH[..], Some("h2")),
        (&["http/1.1", "h2"], Some("h2")),
        (&["h2"], Some("h2")),
        (&["http/1.1"], Some("http/1.1")),
        (&NO_NAMES, None),
    ] {
        for (version, spoken) in [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)] {
            let stream = shake(server.process.address, config(&server.pair, version, names)).await.unwrap();
            let tls = stream.get_ref().1;
            assert_eq!(tls.alpn_protocol(), expected.map(str::as_bytes), "{names:?}");
            assert_eq!(tls.protocol_version(), Some(spoken));
        }
    }
    let error = shake(server.process.address, config(&server.pair, &TLS13, &["spdy/3"])).await.unwrap_err();
    let alert = error.get_ref().unwrap().downcast_ref::<rustls::Error>().unwrap();
    assert_eq!(*alert, rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol));
}

#[tokio::test]
async fn both_versions_of_http_give_the_same_answers() {
    let server = Secured::start(&[]);
    let mut http1 = server.http1().await;
    for (path, status) in [("/healthz", 200), ("/api/v1/concerts", 200), ("/nothing", 404)] {
        let request = Request::get(path).header("host", "localhost").body(<_>::default()).unwrap();
        let first = super::client::read(http1.send_request(request).await.unwrap()).await;
        let second = server.get(path).await;
        assert_eq!((first.status, second.status), (status, status), "{path}");
        assert_eq!(first.text, second.text, "{path}");
        for name in ["content-type", "content-length", "cache-control", "strict-transport-security"] {
            assert_eq!(first.headers.get(name), second.headers.get(name), "{name} of {path}");
        }
        assert_eq!(second.headers["strict-transport-security"], YEAR);
        assert!(second.headers.contains_key("x-request-id") && second.headers.contains_key("date"));
    }
}

#[tokio::test]
async fn a_head_that_cannot_be_read_is_answered_over_tls_as_well() {
    let server = Secured::start(&[]);
    let mut stream = server.stream(&["http/1.1"]).await;
    stream.write_all(b"GET /\x01 HTTP/1.1\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("INVALID_REQUEST"), "{answer}");
    assert!(answer.contains(&format!("\r\nstrict-transport-security: {YEAR}\r\n")), "{answer}");
}

/// The first message of a client whose newest version of TLS is 3.`minor`, which TLS 1.0 counts from.
fn hello(minor: u8) -> Vec<u8> {
    // A group, x25519, and a way to sign, ECDSA on P-256 with SHA-256.
    let extensions = [[0, 10, 0, 4, 0, 2, 0, 29], [0, 13, 0, 4, 0, 2, 4, 3]].concat();
    let suite = [0, 2, 0xc0, 0x2b, 1, 0];
    let body = [&[3, minor], &[7; 32][..], &[0], &suite, &[0, 16], &extensions].concat();
    let length = u8::try_from(body.len()).unwrap();
    [&[22, 3, 1, 0, length + 4, 1, 0, 0, length], &body[..]].concat()
}

#[tokio::test]
async fn an_old_version_of_tls_is_refused() {
    let server = Secured::start(&[]);
    let mut stream = TcpStream::connect(server.process.address).await.unwrap();
    stream.write_all(&hello(2)).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    // A fatal alert: protocol_version.
    assert_eq!((answer[0], &answer[5..]), (21, &[2, 70][..]), "{answer:?}");
    let mut stream = TcpStream::connect(server.process.address).await.unwrap();
    stream.write_all(&hello(3)).await.unwrap();
    assert_eq!(stream.read_u8().await.unwrap(), 22, "the handshake goes on");
}

#[tokio::test]
async fn a_client_without_tls_is_told_nothing_and_the_log_says_why() {
    let server = Secured::start(&["log.level=debug"]);
    let mut stream = TcpStream::connect(server.process.address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // The system may reset a connection of which something was not read.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    eventually("a hint in the log", async || {
        server.folder.printed().contains("does not speak TLS; if it asked with http://").then_some(())
    })
    .await;
    assert_eq!(server.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn without_a_certificate_http1_alone_is_spoken_and_nothing_of_tls_is_said() {
    let app = crate::harness::app::App::start(&[]);
    let answer = app.get("/healthz").await;
    assert!(!answer.headers.contains_key("strict-transport-security"));
    let mut stream = TcpStream::connect(app.process.address).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn the_answer_to_head_has_a_length_and_no_body() {
    let server = Secured::start(&[]);
    let mut sender = server.http2().await;
    for path in ["/healthz", "/nothing"] {
        let whole = super::client::ask(&mut sender, get(path)).await;
        let mut request = get(path);
        *request.method_mut() = hyper::Method::HEAD;
        let head = super::client::ask(&mut sender, request).await;
        assert_eq!((head.status, head.text.as_str()), (whole.status, ""), "{path}");
        assert_eq!(head.headers.get("content-length"), whole.headers.get("content-length"), "{path}");
    }
}
