//! The heads of requests and answers on their way between instances: what is of one connection stays behind, and what
//! instances tell each other goes along.

use std::net::IpAddr;
use std::time::Duration;

use axum::http::header::{CONNECTION, TE, TRANSFER_ENCODING, UPGRADE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use hyper::Response;

use crate::cluster::{NOT_LEADING, UNDONE};
use crate::http::client::ClientAddress;
use crate::node::Fate;

/// Milliseconds that a request has left when it is sent on.
const TIME_LEFT: HeaderName = HeaderName::from_static("jari-time-left-ms");
/// Where a request came from that is sent on.
const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("jari-client-address");
const UNKNOWN: HeaderValue = HeaderValue::from_static("unknown");

/// Fields of one connection, beside those that `Connection` names (RFC 9110 section 7.6.1).
const HOP_BY_HOP: [HeaderName; 6] = [
    CONNECTION,
    TE,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// Takes off what is of the connection alone over which a head came.
pub(in crate::http) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// Says how much time a request has left.
pub(super) fn set_time_left(headers: &mut HeaderMap, left: Duration) {
    headers.insert(TIME_LEFT, u64::try_from(left.as_millis()).unwrap_or(u64::MAX).into());
}

/// How much time a request has left that another instance sent on.
pub(in crate::http) fn time_left(headers: &HeaderMap) -> Option<Duration> {
    let milliseconds = headers.get(TIME_LEFT)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_millis(milliseconds))
}

/// Says where a request came from, instead of whatever its client said of that.
pub(super) fn set_client(headers: &mut HeaderMap, client: Option<ClientAddress>) {
    headers.remove(CLIENT_ADDRESS);
    if let Some(ClientAddress(address)) = client {
        let value = HeaderValue::try_from(address.to_string()).expect("addresses are written in visible ASCII");
        headers.insert(CLIENT_ADDRESS, value);
    }
}

/// Where a request came from that another instance sent on.
pub(in crate::http) fn client(headers: &HeaderMap) -> Option<ClientAddress> {
    let address: IpAddr = headers.get(CLIENT_ADDRESS)?.to_str().ok()?.parse().ok()?;
    Some(ClientAddress(address))
}

/// Says in an answer to another instance that this one does not lead.
pub(in crate::http) fn mark_not_leading<B>(response: &mut Response<B>, fate: Fate) {
    let value = match fate {
        Fate::Undone => {
            *response.status_mut() = StatusCode::MISDIRECTED_REQUEST;
            UNDONE
        }
        Fate::Unknown => UNKNOWN,
    };
    response.headers_mut().insert(NOT_LEADING, value);
}

/// What became of a request whose answer says that the instance does not lead; nothing when it does.
pub(super) fn not_leading<B>(response: &Response<B>) -> Option<Fate> {
    let value = response.headers().get(NOT_LEADING)?;
    Some(if value == UNDONE { Fate::Undone } else { Fate::Unknown })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::{CLIENT_ADDRESS, TIME_LEFT, client, remove_hop_by_hop, set_client, set_time_left, time_left};
    use crate::http::client::ClientAddress;

    #[test]
    fn fields_of_the_connection_stay_behind_and_those_that_it_names() {
        let fields = [
            ("connection", "close, X-Of-Hop"),
            ("connection", "keep-alive,x-other-hop,b@d"),
            ("keep-alive", "timeout=5"),
            ("proxy-connection", "keep-alive"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("x-of-hop", "1"),
            ("x-other-hop", "2"),
            ("x-own", "3"),
            ("x-own", "4"),
            ("authorization", "Bearer t"),
        ];
        let field = |(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        let mut headers = HeaderMap::new();
        for (name, value) in fields.map(field) {
            headers.append(name, value);
        }
        remove_hop_by_hop(&mut headers);
        let left: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        assert_eq!(left.len(), 3, "{left:?}");
        for field in [("x-own", b"3".as_slice()), ("x-own", b"4"), ("authorization", b"Bearer t")] {
            assert!(left.contains(&field), "{left:?}");
        }
    }

    #[test]
    fn the_time_that_is_left_is_told_in_milliseconds() {
        let mut headers = HeaderMap::new();
        assert_eq!(time_left(&headers), None);
        set_time_left(&mut headers, Duration::from_micros(7_004_999));
        assert_eq!(headers[TIME_LEFT], "7004");
        assert_eq!(time_left(&headers), Some(Duration::from_millis(7_004)));
        headers.insert(TIME_LEFT, HeaderValue::from_static("soon"));
        assert_eq!(time_left(&headers), None);
    }

    #[test]
    fn where_a_request_came_from_is_what_this_instance_says() {
        let mut headers = HeaderMap::new();
        for forged in ["198.51.100.1", "198.51.100.2"] {
            headers.append(CLIENT_ADDRESS, HeaderValue::from_static(forged));
        }
        for text in ["203.0.113.7", "2001:db8::5"] {
            let address = ClientAddress(text.parse().expect("an address"));
            set_client(&mut headers, Some(address));
            assert_eq!(headers.get_all(CLIENT_ADDRESS).iter().collect::<Vec<_>>(), [text]);
            assert_eq!(client(&headers), Some(address));
        }
        set_client(&mut headers, None);
        assert_eq!(client(&headers), None);
        headers.insert(CLIENT_ADDRESS, HeaderValue::from_static("nowhere"));
        assert_eq!(client(&headers), None);
    }
}
