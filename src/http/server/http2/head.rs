//! The head of a request of HTTP/2 in the form that one of HTTP/1.1 has, so that whatever reads it need not know of both.

use axum::extract::Request;
use axum::http::header::{COOKIE, HOST};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Uri};

use crate::http::server::connection_task::HEAD_BYTES_MAX;

/// Bytes of a field beside its name and its value, as HTTP/1.1 sends it: a colon, a blank and the end of a line.
const FIELD_BYTES: usize = 4;

/// Whether a head has more bytes than one of HTTP/1.1 may have.
pub(super) fn is_too_large(request: &Request) -> bool {
    let path = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    let fields = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + FIELD_BYTES);
    request.method().as_str().len() + path + fields.sum::<usize>() > HEAD_BYTES_MAX
}

/// Gives `request` the form of HTTP/1.1: the server that it names in `Host`, its path alone in the first line, and one
/// field of cookies.
pub(super) fn as_http1(request: &mut Request) {
    if let Some(authority) = request.uri().authority() {
        let named = HeaderValue::from_str(authority.as_str()).expect("an authority is visible ASCII");
        let headers = request.headers_mut();
        let is_other = |host: &HeaderValue| !host.as_bytes().eq_ignore_ascii_case(named.as_bytes());
        if headers.get_all(HOST).iter().any(is_other) {
            // Two servers are none, as two fields of HTTP/1.1 are: RFC 9113, 8.3.1.
            headers.append(HOST, named);
        } else {
            headers.insert(HOST, named);
        }
        // CONNECT has no path.
        if let Some(path) = request.uri().path_and_query().cloned() {
            *request.uri_mut() = of_path(path);
        }
    }
    join_cookies(request.headers_mut());
}

fn of_path(path: PathAndQuery) -> Uri {
    Uri::from(path)
}

/// Puts the cookies into one field, which a client may send in many: RFC 9113, 8.2.3.
fn join_cookies(headers: &mut HeaderMap) {
    let mut all = headers.get_all(COOKIE).iter();
    if let (Some(_), Some(_)) = (all.next(), all.next()) {
        let cookies: Vec<&[u8]> = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
        let joined = HeaderValue::from_bytes(&cookies.join(&b"; "[..])).expect("each of them is a value");
        headers.insert(COOKIE, joined);
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::Request;
    use axum::http::header::{COOKIE, HOST};

    use super::{HEAD_BYTES_MAX, as_http1, is_too_large};

    fn hosts(uri: &str, hosts: &[&str]) -> (String, Vec<String>) {
        let request = hosts.iter().fold(Request::get(uri), |request, host| request.header(HOST, *host));
        let mut request = request.body(Body::empty()).expect("a request");
        as_http1(&mut request);
        let hosts = request.headers().get_all(HOST).iter();
        (request.uri().to_string(), hosts.map(|host| host.to_str().expect("text").to_owned()).collect())
    }

    #[test]
    fn the_server_that_a_request_names_is_its_host() {
        let one = |host: &str| vec![host.to_owned()];
        assert_eq!(hosts("https://a.example/x?y=z", &[]), ("/x?y=z".to_owned(), one("a.example")));
        assert_eq!(hosts("https://a.example:8443/", &["A.example:8443"]), ("/".to_owned(), one("a.example:8443")));
        assert_eq!(hosts("/x", &["b.example"]), ("/x".to_owned(), one("b.example")));
        for others in [&["b.example"][..], &["a.example", "b.example"], &["a.example:443"]] {
            let (_, named) = hosts("https://a.example/", others);
            assert!(named.len() > 1, "{named:?}");
        }
    }

    #[test]
    fn cookies_come_as_one_field() {
        let request = Request::get("https://a.example/").header(COOKIE, "a=1").header(COOKIE, "b=2; c=3");
        let mut request = request.body(Body::empty()).expect("a request");
        as_http1(&mut request);
        let cookies: Vec<_> = request.headers().get_all(COOKIE).iter().collect();
        assert_eq!(cookies, ["a=1; b=2; c=3"]);
    }

    #[test]
    fn a_head_has_as_many_bytes_as_one_of_http1() {
        let of = |bytes: usize| {
            let request = Request::get("/").header("x", "v".repeat(bytes));
            is_too_large(&request.body(Body::empty()).expect("a request"))
        };
        // The method, the path, and the field beside its value.
        let beside = "GET/x".len() + 4;
        assert!(!of(HEAD_BYTES_MAX - beside) && of(HEAD_BYTES_MAX - beside + 1));
    }
}
