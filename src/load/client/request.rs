//! The bytes of a request, written into the same memory again and again.

use std::fmt::Arguments;
use std::io::Write;

/// One request at a time for one server.
pub(crate) struct Request {
    /// The header lines that every request has.
    host: String,
    bytes: Vec<u8>,
    body: Vec<u8>,
}

impl Request {
    /// Requests to the server that calls itself `host`.
    pub(crate) fn new(host: &str) -> Self {
        Self { host: format!("host: {host}\r\n"), bytes: Vec::new(), body: Vec::new() }
    }

    /// The request as it is sent.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// `path` is what follows `/api/v1`.
    pub(crate) fn get(&mut self, path: Arguments, bearer: Option<&str>) {
        self.head("GET", path, bearer);
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// `path` is the whole path, of something that is not under `/api/v1`.
    pub(crate) fn get_outside(&mut self, path: &str) {
        self.bytes.clear();
        write(&mut self.bytes, format_args!("GET {path} HTTP/1.1\r\n{}\r\n", self.host));
    }

    /// `path` is what follows `/api/v1`; `body` is JSON.
    pub(crate) fn post(&mut self, path: Arguments, bearer: Option<&str>, body: Arguments) {
        self.send("POST", path, bearer, body);
    }

    /// A request with a body by any method.
    pub(crate) fn send(&mut self, method: &str, path: Arguments, bearer: Option<&str>, body: Arguments) {
        self.head(method, path, bearer);
        self.body.clear();
        write(&mut self.body, body);
        let length = self.body.len();
        write(&mut self.bytes, format_args!("content-type: application/json\r\ncontent-length: {length}\r\n\r\n"));
        self.bytes.extend_from_slice(&self.body);
    }

    fn head(&mut self, method: &str, path: Arguments, bearer: Option<&str>) {
        self.bytes.clear();
        self.bytes.extend_from_slice(method.as_bytes());
        self.bytes.extend_from_slice(b" /api/v1");
        write(&mut self.bytes, path);
        self.bytes.extend_from_slice(b" HTTP/1.1\r\n");
        self.bytes.extend_from_slice(self.host.as_bytes());
        if let Some(bearer) = bearer {
            self.bytes.extend_from_slice(b"authorization: Bearer ");
            self.bytes.extend_from_slice(bearer.as_bytes());
            self.bytes.extend_from_slice(b"\r\n");
        }
    }
}

fn write(bytes: &mut Vec<u8>, text: Arguments) {
    bytes.write_fmt(text).expect("memory takes what is written");
}

#[cfg(test)]
mod tests {
    use super::Request;

    #[test]
    fn requests_are_written_as_http_has_them() {
        let mut request = Request::new("127.0.0.1:8080");
        request.post(format_args!("/token"), Some("abc"), format_args!("{{\"seat\":{}}}", 5));
        let expected = "POST /api/v1/token HTTP/1.1\r\nhost: 127.0.0.1:8080\r\nauthorization: Bearer abc\r\n\
                        content-type: application/json\r\ncontent-length: 10\r\n\r\n{\"seat\":5}";
        assert_eq!(std::str::from_utf8(request.bytes()), Ok(expected));
        request.get_outside("/metrics");
        let expected = "GET /metrics HTTP/1.1\r\nhost: 127.0.0.1:8080\r\n\r\n";
        assert_eq!(std::str::from_utf8(request.bytes()), Ok(expected));
        request.get(format_args!("/concerts"), None);
        let expected = "GET /api/v1/concerts HTTP/1.1\r\nhost: 127.0.0.1:8080\r\n\r\n";
        assert_eq!(std::str::from_utf8(request.bytes()), Ok(expected));
    }
}
