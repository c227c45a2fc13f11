//! The head of an HTTP/1.1 response and the few fields that a client reads of the body. It knows no connection: bytes
//! in, what they mean out, however they were cut into pieces on the way.

use std::io;

/// Headers that a response may have at most.
const HEADERS_MAX: usize = 64;
/// Bytes of the longest body that is read: the map of 100,000 seats has a tenth of it.
const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Why there was no response to a request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("cannot connect: {0}")]
    Connect(#[source] io::Error),
    #[error("the connection broke: {0}")]
    Broken(#[source] io::Error),
    #[error("the server closed the connection before it had answered")]
    Closed,
    #[error("the answer is not HTTP/1.1: {0}")]
    Malformed(#[source] httparse::Error),
    #[error("the answer comes in chunks (transfer-encoding); this client reads answers with a content-length only")]
    Chunked,
    #[error("the answer does not tell its content-length")]
    NoLength,
    #[error("the answer has {0} bytes; this client reads up to {BODY_BYTES_MAX}")]
    TooLarge(usize),
    #[error("the server sent more than was asked for")]
    Unasked,
    #[error("there was no answer until the run was over")]
    Late,
}

/// What the first lines of a response say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub status: u16,
    pub head_bytes: usize,
    pub body_bytes: usize,
    pub persistence: Persistence,
    /// What `Retry-After` says, where it says a number.
    pub retry_after_seconds: Option<u64>,
}

/// What becomes of the connection after a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Persistence {
    KeepAlive,
    Close,
}

/// A whole response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Response<'a> {
    pub status: u16,
    pub body: &'a [u8],
    /// After how many seconds the client is to come again.
    pub retry_after_seconds: Option<u64>,
}

impl Fault {
    /// The word under which a report counts it.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Connect(_) => "cannot connect",
            Self::Broken(_) => "connection broken",
            Self::Closed => "connection closed",
            Self::Malformed(_) | Self::NoLength | Self::TooLarge(_) | Self::Unasked => "not understood",
            Self::Chunked => "chunked",
            Self::Late => "no answer",
        }
    }
}

/// Reads the head at the beginning of `bytes`; `None` while it is not complete.
///
/// # Errors
/// What cannot become a response that this client reads.
pub(super) fn read_head(bytes: &[u8]) -> Result<Option<Head>, Fault> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head_bytes) = response.parse(bytes).map_err(Fault::Malformed)? else {
        return Ok(None);
    };
    let status = response.code.expect("a complete head has a status");
    let mut length = matches!(status, 204 | 304).then_some(0);
    let mut retry_after_seconds = None;
    let mut persistence = if response.version == Some(1) { Persistence::KeepAlive } else { Persistence::Close };
    for header in response.headers.iter() {
        if header.name.eq_ignore_ascii_case("content-length") {
            let text = std::str::from_utf8(header.value).ok();
            let declared = text.and_then(|text| text.trim().parse().ok()).ok_or(Fault::NoLength)?;
            length = Some(if status == 304 { 0 } else { declared });
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(Fault::Chunked);
        } else if header.name.eq_ignore_ascii_case("connection") && header.value.eq_ignore_ascii_case(b"close") {
            persistence = Persistence::Close;
        } else if header.name.eq_ignore_ascii_case("retry-after") {
            retry_after_seconds = std::str::from_utf8(header.value).ok().and_then(|text| text.trim().parse().ok());
        }
    }
    match length {
        None => Err(Fault::NoLength),
        Some(body_bytes) if body_bytes > BODY_BYTES_MAX => Err(Fault::TooLarge(body_bytes)),
        Some(body_bytes) => Ok(Some(Head { status, head_bytes, body_bytes, persistence, retry_after_seconds })),
    }
}

impl<'a> Response<'a> {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first text that the body gives as `name`, as long as it has no escapes: an id, a token, a word.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        let rest = self.value(name)?.strip_prefix(b"\"")?;
        let end = rest.iter().position(|byte| *byte == b'"')?;
        std::str::from_utf8(&rest[..end]).ok()
    }

    /// The first number that the body gives as `name`.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        let rest = self.value(name)?;
        let end = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        std::str::from_utf8(&rest[..end]).ok()?.parse().ok()
    }

    /// What follows `"name":`.
    fn value(&self, name: &str) -> Option<&'a [u8]> {
        let name = name.as_bytes();
        let mut rest = self.body;
        while let Some(quote) = rest.iter().position(|byte| *byte == b'"') {
            rest = &rest[quote + 1..];
            if let Some(value) = rest.strip_prefix(name).and_then(|rest| rest.strip_prefix(b"\":")) {
                return Some(value);
            }
        }
        None
    }

    /// Whether the server asks for another try later.
    pub(crate) fn is_overloaded(&self) -> bool {
        self.status == 503
    }

    /// The reason of a refusal, or its status where it has none.
    pub(crate) fn reason(&self) -> &'a str {
        self.text("reason").unwrap_or("no reason given")
    }

    /// The response in one line, shortened, for messages to people.
    pub(crate) fn shown(&self) -> String {
        const SHOWN_MAX: usize = 300;
        let body = &self.body[..self.body.len().min(SHOWN_MAX)];
        format!("{} {}", self.status, String::from_utf8_lossy(body))
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Head, Persistence, Response, read_head};

    const PLAIN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nContent-Length: 12\r\n\r\nhello, world";

    #[test]
    fn a_head_is_read_once_all_of_it_is_there_wherever_it_was_cut() {
        let end = PLAIN.len() - 12;
        for cut in 0..end {
            assert!(matches!(read_head(&PLAIN[..cut]), Ok(None)), "cut after {cut} bytes");
        }
        for cut in end..=PLAIN.len() {
            let head = read_head(&PLAIN[..cut]).expect("it is fine").expect("it is complete");
            let persistence = Persistence::KeepAlive;
            let expected =
                Head { status: 200, head_bytes: end, body_bytes: 12, persistence, retry_after_seconds: None };
            assert_eq!(head, expected, "cut after {cut} bytes");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_a_clear_sentence() {
        let refused = |text: &str| read_head(text.as_bytes()).expect_err("it cannot be read").to_string();
        let chunked = refused("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        assert!(chunked.contains("chunks") && chunked.contains("content-length"), "{chunked}");
        assert!(refused("HTTP/1.1 200 OK\r\n\r\n").contains("content-length"));
        assert!(refused("HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n").contains("content-length"));
        assert!(refused("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n").contains("99999999999"));
        assert!(refused("SSH-2.0-OpenSSH_9.2\r\n").contains("HTTP/1.1"));
        assert!(matches!(read_head(b"HTTP/1.1 200 OK\r\n\r\n"), Err(Fault::NoLength)));
    }

    #[test]
    fn the_head_tells_when_to_come_again_whether_the_connection_closes_and_when_there_is_no_body() {
        let head = |text: &str| read_head(text.as_bytes()).expect("it is fine").expect("it is complete");
        let busy = head("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\ncontent-length: 0\r\n\r\n");
        assert_eq!(busy.retry_after_seconds, Some(7));
        let closing = head("HTTP/1.1 503 Busy\r\nconnection: Close\r\ncontent-length: 0\r\n\r\n");
        assert_eq!((closing.status, closing.persistence), (503, Persistence::Close));
        assert_eq!(closing.retry_after_seconds, None);
        assert_eq!(head("HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n").persistence, Persistence::Close);
        assert_eq!(head("HTTP/1.1 304 Not Modified\r\netag: \"a\"\r\n\r\n").body_bytes, 0);
        assert_eq!(head("HTTP/1.1 304 Not Modified\r\ncontent-length: 7\r\n\r\n").body_bytes, 0);
    }

    #[test]
    fn fields_are_found_by_their_names() {
        let body = br#"{"result":"success","body":{"why":"token","token":"abc.def","pollAfter":3,"at":12}}"#;
        let response = Response { status: 200, body, retry_after_seconds: None };
        assert_eq!(response.text("token"), Some("abc.def"));
        assert_eq!((response.number("pollAfter"), response.number("at")), (Some(3), Some(12)));
        assert_eq!((response.text("pollAfter"), response.number("token"), response.text("toke")), (None, None, None));
        assert!(response.is_success());
        let body = br#"{"body":{"code":409,"reason":"SEAT_TAKEN"}}"#;
        let refusal = Response { status: 409, body, retry_after_seconds: None };
        assert_eq!((refusal.reason(), refusal.is_success()), ("SEAT_TAKEN", false));
        assert_eq!(Response { status: 502, body: b"", retry_after_seconds: None }.reason(), "no reason given");
    }
}
